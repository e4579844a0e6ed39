/*
network_size.c - counts of floats and of multiplications. See network_size.h.
*/
#include "gated_hstack_layer.h"
#include "gated_vstack_layer.h"
#include "label_embed_layer.h"
#include "network_size.h"
#include "params.h"
#include "pixel_softmax_layer.h"
#include "skip_sum_layer.h"

static double conv_adds(const causal_conv *k) { return (double)conv_weights(k) * k->h * k->w; }

/* V h: once an image, or at each pixel. */
static double label_adds(const label_link *k)
{
    return k->v ? (double)k->rows * k->width * (k->pixels ? k->pixels : 1) : 0;
}

static double vstack_adds(const gated_vstack *v)
{
    return conv_adds(&v->conv) + (v->factored ? conv_adds(&v->first) : 0) + (v->read ? label_adds(&v->label) : 0);
}

static double hstack_adds(const gated_hstack *h)
{
    double link = (double)conv_weights(&h->link) * (h->link.h - 1) * h->link.w; // no row above the first
    return conv_adds(&h->conv) + link + (h->read ? conv_adds(&h->out) : 0) + label_adds(&h->label);
}

static double layer_adds(layer l)
{
    double sum = 0;
    if (l.type == GATED_VSTACK) return vstack_adds(vstack_of(l));
    if (l.type == GATED_HSTACK) return hstack_adds(hstack_of(l));
    if (l.type == CONVOLUTIONAL) return (double)l.nweights * l.out_h * l.out_w;
    for (int i = 0; l.type == SKIP_SUM && i < skip_of(l)->n; ++i) sum += conv_adds(skip_of(l)->conv + i);
    return sum;
}

/* Floats that a layer keeps for each image behind its output and delta. */
static size_t private_floats(layer l)
{
    size_t plane = (size_t)l.out_h * l.out_w, f = l.n;
    if (l.type == GATED_VSTACK) return 4 * plane * f + 4 * f + (vstack_of(l)->factored ? 2 * plane * f + f : 0);
    if (l.type == GATED_HSTACK) return 4 * plane * f + 5 * f;
    if (l.type == SKIP_SUM) return f;
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
    label_embed *e = label_of(*net);
    size_t floats = net->inputs + net->truths + label_floats(e);
    s.multiply_adds = e && e->size ? (double)e->classes * e->width : 0;
    for (int i = 0; i < net->n; ++i) {
        layer l = net->layers[i];
        floats += 2 * (size_t)l.outputs + private_floats(l);
        s.multiply_adds += layer_adds(l);
        if (l.workspace_size > s.work_bytes) s.work_bytes = l.workspace_size;
    }
    s.image_bytes = floats * sizeof(float);
    return s;
}
