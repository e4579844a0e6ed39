/*
network_size.c - counts of floats and of multiplications. See network_size.h.
*/
#include "layers/gated_hstack_layer.h"
#include "layers/gated_vstack_layer.h"
#include "layers/label_embed_layer.h"
#include "layers/pixel_softmax_layer.h"
#include "pixelcnn/net/network_products.h"
#include "pixelcnn/net/network_size.h"
#include "pixelcnn/net/params.h"

static void count_adds(network_size *s, const network *net)
{
    int n;
    product *p = network_products(net, &n);
    for (int i = 0; i < n; ++i) {
        s->multiply_adds += forward_adds(p[i]);
        s->training_adds += training_adds(p[i]);
    }
    free(p);
}

/* Floats that a layer keeps for each image behind its output and delta. */
static size_t private_floats(layer l)
{
    size_t plane = (size_t)l.out_h * l.out_w, f = l.n;
    if (l.type == GATED_VSTACK) {
        const gated_vstack *v = vstack_of(&l);
        return plane * (2 * spread_floats(v->conv.out) + (v->factored ? spread_floats(v->first.out) : 0)) + 2 * f;
    }
    if (l.type == GATED_HSTACK) {
        const gated_hstack *h = hstack_of(&l);
        return plane * (spread_floats(h->conv.out) + 2 * spread_floats(h->out.in)) + 2 * f;
    }
    if (l.type == PIXEL_SOFTMAX) return plane * loss_of(&(network){.n = 1, .layers = &l})->colours + 2;
    return 0;
}

static size_t label_floats(const label_embed *e) { return e ? e->classes + (e->size ? 2 : 1) * (size_t)e->width : 0; }

network_size size_of_network(const network *net)
{
    network_size s = {0};
    param_list all = net_params(net);
    s.parameters = all.total;
    free_param_list(&all);
    label_embed *e = label_of(net);
    size_t floats = net->inputs + net->truths + label_floats(e);
    count_adds(&s, net);
    for (int i = 0; i < net->n; ++i) {
        layer l = net->layers[i];
        floats += 2 * (size_t)l.outputs + private_floats(l);
        if (l.workspace_size > s.work_bytes) s.work_bytes = l.workspace_size;
    }
    s.image_bytes = floats * sizeof(float);
    return s;
}
