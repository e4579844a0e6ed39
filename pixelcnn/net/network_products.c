/*
network_products.c - the matrix products of a net. See network_products.h.
*/
#include "layers/gated_hstack_layer.h"
#include "layers/gated_vstack_layer.h"
#include "layers/label_embed_layer.h"
#include "layers/skip_sum_layer.h"
#include "pixelcnn/net/network_products.h"

#define PRODUCTS_A_LAYER 4 // at most, but for a skip_sum, which has one a source

typedef struct {
    product *p;
    int n, layer;
} product_list;

static void add_product(product_list *list, product p)
{
    p.layer = list->layer;
    if (!p.times) p.times = 1;
    list->p[list->n++] = p;
}

static void add_conv(product_list *list, const causal_conv *k, int from)
{
    add_product(list, (product){.rows = k->cout,
                                .depth = k->cin * k->kh * k->kw,
                                .pixels = k->h * k->w,
                                .data_gradient = from != FROM_IMAGE});
}

/* V h: once an image, or at each pixel. Without embedding h is the label itself. */
static void add_label(product_list *list, const network *net, const label_link *k)
{
    if (k->v)
        add_product(list, (product){.rows = k->rows,
                                    .depth = k->width,
                                    .pixels = k->pixels ? k->pixels : 1,
                                    .data_gradient = label_of(net)->size > 0});
}

static void add_embedding(product_list *list, const label_embed *e)
{
    if (e->size) add_product(list, (product){.rows = e->width, .depth = e->classes, .pixels = 1});
}

static void add_vstack(product_list *list, const network *net, const gated_vstack *v)
{
    int inner = v->factored ? list->layer : v->from; // what W_2 reads is no image
    if (v->factored) add_conv(list, &v->first, v->from);
    add_conv(list, &v->conv, inner);
    if (v->output_used) add_label(list, net, &v->label);
}

static void add_hstack(product_list *list, const network *net, const gated_hstack *h)
{
    causal_conv link = h->link;
    --link.h; // no row above the first
    add_conv(list, &h->conv, h->from);
    if (link.h) add_conv(list, &link, h->vertical);
    if (h->output_used) add_conv(list, &h->out, list->layer);
    add_label(list, net, &h->label);
}

static void add_convolutional(product_list *list, layer l)
{
    add_product(list, (product){.rows = l.n / l.groups,
                                .depth = l.c / l.groups * l.size * l.size,
                                .pixels = l.out_h * l.out_w,
                                .times = l.groups,
                                .data_gradient = 1});
}

static void add_layer(product_list *list, const network *net)
{
    layer l = net->layers[list->layer];
    if (l.type == LABEL_EMBED) add_embedding(list, label_of(net));
    if (l.type == GATED_VSTACK) add_vstack(list, net, vstack_of(&l));
    if (l.type == GATED_HSTACK) add_hstack(list, net, hstack_of(&l));
    if (l.type == CONVOLUTIONAL) add_convolutional(list, l);
    for (int i = 0; l.type == SKIP_SUM && i < skip_of(&l)->n; ++i)
        add_conv(list, skip_of(&l)->conv + i, skip_of(&l)->from[i]);
}

product *network_products(const network *net, int *n)
{
    size_t most = 0;
    for (int i = 0; i < net->n; ++i)
        most += net->layers[i].type == SKIP_SUM ? skip_of(&net->layers[i])->n : PRODUCTS_A_LAYER;
    product_list list = {.p = checked_calloc(most, sizeof(product))};
    for (; list.layer < net->n; ++list.layer) add_layer(&list, net);
    *n = list.n;
    return list.p;
}

double forward_adds(product p) { return (double)p.rows * p.depth * p.pixels * p.times; }

double training_adds(product p) { return (p.data_gradient ? 3 : 2) * forward_adds(p); }
