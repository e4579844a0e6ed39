#include "pixelcnn/net/layer_table.h"
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

/* Floats that a layer keeps per image. */
static size_t kept_floats(const layer *l)
{
    const layer_kind *kind = kind_of(l);
    return (l->output ? 2 * (size_t)l->outputs : 0) + (kind->kept ? kind->kept(l) : 0);
}

network_size size_of_network(const network *net)
{
    network_size s = {0};
    param_list all = net_params(net);
    s.parameters = all.total;
    free_param_list(&all);
    size_t floats = net->inputs + net->truths;
    count_adds(&s, net);
    for (int i = 0; i < net->n; ++i) {
        layer l = net->layers[i];
        floats += kept_floats(&l);
        if (l.workspace_size > s.work_bytes) s.work_bytes = l.workspace_size;
    }
    s.image_bytes = floats * sizeof(float);
    return s;
}
