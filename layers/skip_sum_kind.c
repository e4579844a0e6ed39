#include <string.h>
#include "activations.h"
#include "layers/gated_hstack_layer.h"
#include "layers/layer_kind.h"
#include "layers/skip_sum_layer.h"

static const cfg_key keys[] = {
    {"filters", KEY_INT, 1, LARGEST_SIZE, 0, 0, "", "S, a multiple of the image's channels"},
    {"layers", KEY_LAYERS, 0, 0, 0, 0, 0, "gated_hstack layers to sum (default: all before)"},
    {"activation", KEY_WORD, 0, 0, 0, ACTIVATION_WORDS, "linear", "activation of the sum"},
    {0},
};

static layer plan(net_memory *m, layer_shape s, skip_options o)
{
    double sums = 0;
    for (int i = 0; i < o.n; ++i) {
        sums += plan_panels(m, o.widths[i], o.filters, o.filters, 1);
        plan_weights(m, s, (double)o.filters * o.widths[i]);
    }
    plan_workspace(m, s, plane_of(s) * padded(o.filters, PANEL_LANES), sums);
    return planned_layer(m, s, SKIP_SUM, o.filters, 0);
}

/* The gated_hstack layers that the key `layers` names; without it, all of them. */
static int skip_sources(const parse_site *at, int *from)
{
    cfg_option *o = cfg_find(at->section, "layers");
    int n = 0;
    for (int i = 0; !o && i < at->index; ++i) {
        if (at->kinds[i] != &gated_hstack_kind) continue;
        from[n++] = i;
    }
    for (const char *text = o ? o->pair.val : 0; text; text = strchr(text, ',') ? strchr(text, ',') + 1 : 0) {
        int index = layer_named(at, "layers", text);
        if (at->kinds[index] != &gated_hstack_kind) SITE_DIE(at, "layers", "layer %d is not a gated_hstack", index);
        for (int i = 0; i < n; ++i)
            if (from[i] == index) SITE_DIE(at, "layers", "layer %d is listed twice", index);
        from[n++] = index;
    }
    if (!n) SITE_DIE(at, "layers", "no gated_hstack before this layer; add one");
    return n;
}

static layer parse(const parse_site *at)
{
    int *from = checked_calloc(2 * at->index, sizeof(int)), *widths = from + at->index;
    skip_options o = {.n = skip_sources(at, from),
                      .from = from,
                      .widths = widths,
                      .filters = site_number(at, "filters", 0),
                      .activation = get_activation((char *)site_word(at, "activation"))};
    for (int i = 0; i < o.n; ++i) {
        widths[i] = at->net->layers[from[i]].out_c;
        check_size(at, o.filters, (double)o.filters * widths[i]);
    }
    check_groups(at, o.filters);
    layer l = at->plan ? plan(at->plan, site_shape(at), o) : make_skip_sum_layer(site_shape(at), o);
    free(from);
    return l;
}

static void sources(const layer *l, int index, source_list *out)
{
    (void)index;
    for (int i = 0; i < skip_of(l)->n; ++i) add_source(out, (layer_source){skip_of(l)->from[i], INNER, 0});
}

static void field(const layer *l, int index, const field_walk *w)
{
    for (int k = 0; k < w->colours; ++k)
        for (int i = 0; i < skip_of(l)->n; ++i)
            see_groups(w, (feature_group){index, OUTPUT, k}, (feature_group){skip_of(l)->from[i], INNER, 0}, k + 1, 0,
                       0);
}

static void add_products(const layer *l, const network *net, product_list *out)
{
    (void)net;
    for (int i = 0; i < skip_of(l)->n; ++i) add_conv_product(out, skip_of(l)->conv + i, skip_of(l)->from[i]);
}

const layer_kind skip_sum_kind = {
    .type = SKIP_SUM,
    .section = "skip_sum",
    .keys = keys,
    .gives = GIVES_HEAD,
    .parse = parse,
    .free = free_skip_sum_layer,
    .sources = sources,
    .field = field,
    .products = add_products,
    .gpu = GPU_ONLY(&skip_sum_gpu),
};
