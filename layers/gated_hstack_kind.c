#include <string.h>
#include "base/text.h"
#include "layers/gated_hstack_layer.h"
#include "layers/gated_vstack_layer.h"
#include "layers/handed_on.h"
#include "layers/layer_kind.h"

static const cfg_key keys[] = {
    {"filters", KEY_INT, 1, LARGEST_SIZE, 0, 0, "", "F, a multiple of the image's channels"},
    {"size", KEY_INT, 1, 255, 0, 0, "3", "n, odd: the kernel reads the current pixel and n/2 left of it"},
    {"dilation", KEY_INT, 1, 255, 0, 0, "1", "distance between the kernel's taps"},
    {"mask", KEY_WORD, 0, 0, 0, "a|b", "b",
     "a: without the current pixel, for a layer that reads the image; b: with it"},
    {"residual", KEY_INT, 0, 1, 0, 0, 0, "1: add the input to the output (default: 1 with mask b, 0 with a)"},
    {"from", KEY_LAYER, 0, 0, 0, 0, 0, "input (default: the nearest gated_hstack before, else image)"},
    {"vertical", KEY_LAYER, 0, 0, 0, 0, 0, "vertical layer (default: the nearest gated_vstack before)"},
    {0},
};

static layer plan(const parse_site *at, hstack_options o)
{
    net_memory *m = at->plan;
    layer_shape s = site_shape(at);
    double f = o.filters, side = taps_aside(s, o.size, o.dilation), margin = side * o.dilation;
    double g = padded(o.filters, PANEL_LANES), wide = 2 * g, fv = 2. * o.vertical_filters;
    double sums = plan_panels(m, o.cin, 2 * f, wide, side + 1) + plan_panels(m, fv, 2 * f, wide, 1) +
                  plan_panels(m, f, f, g, 1);
    plan_weights(m, s, 2 * f * o.cin * (o.size / 2 + 1) + 2 * f * fv + f * f);
    double scratch = plan_input(at, o.from, margin, 0) + plan_label(m, s, o.filters);
    plan_workspace(m, s, s.h * (s.w + margin) * wide + plane_of(s) * (g + padded(o.cin, PANEL_LANES)) + scratch,
                   sums + wide + g + (s.spatial ? 2 * f * s.label : 0));
    return planned_gated_layer(m, s, GATED_HSTACK, o.filters, wide + 2 * g);
}

static void check_mask(const parse_site *at, const hstack_options *o)
{
    int colours = at->net->c;
    if (o->from == FROM_IMAGE && !o->mask_a)
        SITE_DIE(at, "mask", "a layer that reads the image needs mask=a; with mask=b each pixel would see itself");
    if (o->from != FROM_IMAGE && o->mask_a)
        SITE_DIE(at, "mask", "mask=a is only for a layer that reads the image; use mask=b");
    if (o->mask_a && o->residual) SITE_DIE(at, "residual", "with mask=a each pixel would see itself; use 0");
    if (o->mask_a && colours == 1 && o->size < 3)
        SITE_DIE(at, "size", "with mask=a a grey image is seen size/2 columns to the left: none; use 3 or more");
    if (o->residual && o->cin != o->filters)
        SITE_DIE(at, "residual",
                 "cannot add an input of %d channel%s to %d filter%s; make them equal or use residual=0", o->cin,
                 plural_s(o->cin), o->filters, plural_s(o->filters));
}

static layer parse(const parse_site *at)
{
    const char *mask = site_word(at, "mask");
    hstack_options o = {.filters = site_number(at, "filters", 0),
                        .size = site_number(at, "size", 0),
                        .dilation = site_number(at, "dilation", 0),
                        .mask_a = !strcmp(mask, "a")};
    o.residual = site_number(at, "residual", !o.mask_a);
    o.from = feeder(at, (feeder_rule){"from", GIVES_HORIZONTAL, 0, 1,
                                      "a horizontal layer reads the image or another gated_hstack"});
    o.vertical = feeder(at, (feeder_rule){"vertical", GIVES_VERTICAL, &gated_vstack_kind, 0, "must be a gated_vstack"});
    if (o.vertical == FROM_IMAGE) SITE_DIE(at, "vertical", "no gated_vstack before this layer; add one");
    o.cin = channels_of_feeder(at, o.from);
    o.vertical_filters = at->net->layers[o.vertical].out_c;
    check_odd(at, o.size);
    check_groups(at, o.filters);
    check_mask(at, &o);
    check_sole_reader(at, o.from);
    check_size(at, 2. * o.filters, 2. * o.filters * o.cin * (o.size / 2 + 1));
    check_size(at, (double)o.cin * (o.size / 2 + 1) / at->net->batch, 4. * o.filters * o.vertical_filters);
    check_size(at, 0, (double)o.filters * o.filters);
    check_size(at, 0, 2. * o.filters * site_shape(at).label);
    check_reach(at, o.filters, o.size, o.dilation);
    if (at->plan) return plan(at, o);
    return make_gated_hstack_layer(site_shape(at), o);
}

static void sources(const layer *l, int index, source_list *out)
{
    const gated_hstack *h = hstack_of(l);
    (void)index;
    add_source(out, (layer_source){h->from, OUTPUT, &h->conv});
    add_source(out, (layer_source){h->vertical, INNER, &h->link});
}

static void use_output(const layer *l, int used) { hstack_of(l)->output_used = used; }

/* x' sees g, and g sees what z reads, by size and dilation. check compares this with what the convolutions
   really read. */
static void field(const layer *l, int index, const field_walk *w)
{
    const gated_hstack *h = hstack_of(l);
    int half = l->size / 2;
    feature_group a = {h->vertical, INNER, 0}, x = {h->from, OUTPUT, 0};
    for (int k = 0; k < w->colours; ++k) {
        feature_group output = {index, OUTPUT, k};
        see_groups(w, output, (feature_group){index, INNER, 0}, k + 1, 0, 0);
        if (h->residual) w->see(w, output, (feature_group){h->from, OUTPUT, k}, 0, 0);
    }
    for (int k = 0; k < w->colours; ++k) {
        feature_group g = {index, INNER, k};
        w->see(w, g, a, -1, 0);
        for (int left = 1; left <= half; ++left) see_groups(w, g, x, w->colours, 0, -left * h->conv.d);
        see_groups(w, g, x, h->mask_a ? k : k + 1, 0, 0);
    }
}

static int plain(const layer *l, plain_kernel *k)
{
    *k = (plain_kernel){l->size / 2, hstack_of(l)->conv.d};
    return 1;
}

static void add_products(const layer *l, const network *net, product_list *out)
{
    const gated_hstack *h = hstack_of(l);
    causal_conv link = h->link;
    --link.h; // no row above the first
    add_conv_product(out, &h->conv, h->from);
    if (link.h) add_conv_product(out, &link, h->vertical);
    if (h->output_used) add_conv_product(out, &h->out, out->layer);
    add_label_product(out, net, &h->label);
}

static size_t kept(const layer *l)
{
    const gated_hstack *h = hstack_of(l);
    size_t plane = (size_t)l->out_h * l->out_w;
    return plane * (layout_floats(h->conv.out) + 2 * layout_floats(h->out.in)) + 2 * l->n + handed_on_floats(l);
}

const layer_kind gated_hstack_kind = {
    .type = GATED_HSTACK,
    .section = "gated_hstack",
    .keys = keys,
    .gives = GIVES_HORIZONTAL,
    .parse = parse,
    .free = free_gated_hstack_layer,
    .sources = sources,
    .use_output = use_output,
    .field = field,
    .plain = plain,
    .products = add_products,
    .kept = kept,
    .gpu = GPU_ONLY(&gated_hstack_gpu),
};
