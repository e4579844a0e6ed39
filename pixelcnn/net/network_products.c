#include "pixelcnn/net/layer_table.h"
#include "pixelcnn/net/network_products.h"

product *network_products(const network *net, int *n)
{
    product_list list = {0};
    for (; list.layer < net->n; ++list.layer) {
        const layer *l = net->layers + list.layer;
        const layer_kind *kind = kind_of(l);
        if (kind->products) kind->products(l, net, &list);
    }
    *n = list.n;
    return list.p;
}

double forward_adds(product p) { return (double)p.rows * p.depth * p.pixels * p.times; }

double training_adds(product p) { return (p.data_gradient ? 3 : 2) * forward_adds(p); }
