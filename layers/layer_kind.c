/* The lists that kinds of layers add to. */
#include "layers/layer_kind.h"
#include "layers/math/causal_conv.h"

void add_source(source_list *list, layer_source s)
{
    list->source = checked_realloc(list->source, (list->n + 1) * sizeof s);
    list->source[list->n++] = s;
}

void see_groups(const field_walk *w, feature_group y, feature_group x, int groups, int dr, int dc)
{
    for (x.group = 0; x.group < groups; ++x.group) w->see(w, y, x, dr, dc);
}

void add_product(product_list *list, product p)
{
    p.layer = list->layer;
    if (!p.times) p.times = 1;
    list->p = checked_realloc(list->p, (list->n + 1) * sizeof p);
    list->p[list->n++] = p;
}

void add_conv_product(product_list *list, const struct causal_conv *k, int from)
{
    add_product(list, (product){.rows = k->cout,
                                .depth = k->cin * k->kh * k->kw,
                                .pixels = k->h * k->w,
                                .data_gradient = from != FROM_IMAGE});
}
