#include <string.h>
#include "layers/gated_vstack_layer.h"
#include "layers/handed_on.h"
#include "layers/layer_kind.h"

static const cfg_key keys[] = {
    {"filters", KEY_INT, 1, LARGEST_SIZE, 0, 0, "", "F, number of output features"},
    {"size", KEY_INT, 1, 255, 0, 0, "3", "n, odd: kernel of (n/2+1) x n"},
    {"dilation", KEY_INT, 1, 255, 0, 0, "1", "distance between the kernel's taps"},
    {"factored", KEY_INT, 0, 1, 0, 0, "0", "1: split the kernel into 1 x n, then (n/2+1) x 1"},
    {"from", KEY_LAYER, 0, 0, 0, 0, 0, "input (default: the nearest gated_vstack before, else image)"},
    {0},
};

static layer plan(const parse_site *at, vstack_options o)
{
    net_memory *m = at->plan;
    layer_shape s = site_shape(at);
    double f = o.filters, side = taps_aside(s, o.size, o.dilation), margin = side * o.dilation, u = 0, sums;
    double rows = rows_above(s, o.size, o.dilation) + 1, columns = 2 * side + 1;
    double wide = 2. * padded(o.filters, PANEL_LANES);
    if (o.factored) {
        u = padded(o.filters, PANEL_LANES);
        sums = plan_panels(m, f, 2 * f, wide, rows) + plan_panels(m, o.cin, f, u, columns) + u;
        plan_weights(m, s, 2 * f * f * (o.size / 2 + 1) + f * o.cin * o.size + f);
    } else {
        sums = plan_panels(m, o.cin, 2 * f, wide, rows * columns);
        plan_weights(m, s, 2 * f * o.cin * o.size * (o.size / 2 + 1.));
    }
    double scratch = plan_input(at, o.from, margin, margin) + plan_label(m, s, o.filters);
    plan_workspace(m, s, s.h * (s.w + 2 * margin) * (wide + u) + plane_of(s) * padded(o.cin, PANEL_LANES) + scratch,
                   sums + wide + (s.spatial ? 2 * f * s.label : 0));
    return planned_gated_layer(m, s, GATED_VSTACK, o.filters, 2 * wide + u);
}

static layer parse(const parse_site *at)
{
    vstack_options o = {.filters = site_number(at, "filters", 0),
                        .size = site_number(at, "size", 0),
                        .dilation = site_number(at, "dilation", 0),
                        .factored = site_number(at, "factored", 0)};
    o.from = feeder(
        at, (feeder_rule){"from", GIVES_VERTICAL, 0, 1, "a vertical layer reads the image or another gated_vstack"});
    o.cin = channels_of_feeder(at, o.from);
    check_odd(at, o.size);
    check_size(at, 2. * o.filters, 2. * o.filters * (o.factored ? o.filters : o.cin) * o.size * (o.size / 2 + 1.));
    check_size(at, (double)o.cin * o.size * (o.size / 2 + 1) / at->net->batch,
               o.factored ? (double)o.filters * o.cin * o.size : 0);
    check_size(at, 0, 2. * o.filters * site_shape(at).label);
    check_reach(at, o.filters, o.size, o.dilation);
    if (at->plan) return plan(at, o);
    return make_gated_vstack_layer(site_shape(at), o);
}

static void sources(const layer *l, int index, source_list *out)
{
    const gated_vstack *v = vstack_of(l);
    (void)index;
    add_source(out, (layer_source){v->from, OUTPUT, v->factored ? &v->first : &v->conv});
}

static void use_output(const layer *l, int used) { vstack_of(l)->output_used = used; }

/* By size and dilation. check compares this with what the convolution really reads. */
static void field(const layer *l, int index, const field_walk *w)
{
    const gated_vstack *v = vstack_of(l);
    int half = l->size / 2, d = v->conv.d, groups = v->from == FROM_IMAGE ? w->colours : 1;
    feature_group output = {index, OUTPUT, 0}, a = {index, INNER, 0}, x = {v->from, OUTPUT, 0};
    w->see(w, output, a, 0, 0);
    for (int up = 0; up <= half; ++up)
        for (int side = -half; side <= half; ++side) see_groups(w, a, x, groups, -up * d, side * d);
}

/* A gate halves small values: a gain of 2 keeps their size. */
static double gain(const char *array) { return strcmp(array, "W_1") ? 2 : 1; }

static void add_products(const layer *l, const network *net, product_list *out)
{
    const gated_vstack *v = vstack_of(l);
    int inner = v->factored ? out->layer : v->from; // W_2 does not read the image
    if (v->factored) add_conv_product(out, &v->first, v->from);
    add_conv_product(out, &v->conv, inner);
    if (v->output_used) add_label_product(out, net, &v->label);
}

static size_t kept(const layer *l)
{
    const gated_vstack *v = vstack_of(l);
    size_t plane = (size_t)l->out_h * l->out_w, u = v->factored ? layout_floats(v->first.out) : 0;
    return plane * (2 * layout_floats(v->conv.out) + u) + 2 * l->n + handed_on_floats(l);
}

const layer_kind gated_vstack_kind = {
    .type = GATED_VSTACK,
    .section = "gated_vstack",
    .keys = keys,
    .gives = GIVES_VERTICAL,
    .parse = parse,
    .free = free_gated_vstack_layer,
    .sources = sources,
    .use_output = use_output,
    .field = field,
    .gain = gain,
    .products = add_products,
    .kept = kept,
    .gpu = GPU_ONLY(&gated_vstack_gpu),
};
