/*
parse_layers.c - sections of ours to layers. What would leak, or not fit, ends here with file, line and key.
*/
#include <limits.h>
#include "activations.h"
#include "layers/gated_hstack_layer.h"
#include "layers/gated_vstack_layer.h"
#include "layers/label_embed_layer.h"
#include "layers/pixel_fourier_layer.h"
#include "layers/pixel_softmax_layer.h"
#include "layers/skip_sum_layer.h"
#include "pixelcnn/net/layer_table.h"

#define DIE(at, key, ...) cfg_die((at)->file, (at)->section, key, __VA_ARGS__)

static int number(const parse_site *at, const char *key, int absent)
{
    return option_find_int_quiet(at->section->options, (char *)key, absent);
}

static LAYER_TYPE type_of(const parse_site *at, int index) { return at->params.net->layers[index].type; }

static int is_labelled(const parse_site *at) { return at->params.index > 0 && type_of(at, 0) == LABEL_EMBED; }

static layer_shape shape_of(const parse_site *at)
{
    const network *net = at->params.net;
    layer_shape s = {.batch = net->batch, .h = net->h, .w = net->w, .colours = net->c};
    if (is_labelled(at)) {
        label_embed *e = label_of(net);
        s.label = e->size ? e->size : e->classes;
        s.spatial = e->spatial;
    }
    return s;
}

/* Darknet counts a layer's floats in ints. */
static void check_size(const parse_site *at, double channels, double weights)
{
    const network *net = at->params.net;
    double floats = channels * net->h * net->w * net->batch;
    if (floats > INT_MAX || weights > INT_MAX)
        DIE(at, 0, "%g floats of activations and %g weights; a layer can have %d: reduce batch, image or filters",
            floats, weights, INT_MAX);
}

/* Of a stack: how far from a pixel a kernel reads, and what is padded, are counted in ints too. */
static void check_reach(const parse_site *at, int filters, int size, int dilation)
{
    double pixel = 2. * padded(filters, PANEL_LANES), margin = dilation * (size / 2);
    check_size(at, pixel / at->params.net->batch, 0);
    if (pixel * margin > INT_MAX)
        DIE(at, "dilation",
            "%g floats of %d filters within the kernel's reach of %g pixels, which can be %d: reduce size, "
            "dilation or filters",
            pixel * margin, filters, margin, INT_MAX);
}

static void check_odd(const parse_site *at, int size)
{
    if (size % 2 == 0) DIE(at, "size", "must be odd; use %d or %d", size - 1, size + 1);
}

static void check_groups(const parse_site *at, int filters)
{
    int colours = at->params.net->c;
    if (filters % colours)
        DIE(at, "filters", "must be a multiple of the %d channels of the image, one group each; use %d", colours,
            (filters / colours + 1) * colours);
}

/* The layer before this one that has that type, or FROM_IMAGE. */
static int nearest(const parse_site *at, LAYER_TYPE type)
{
    for (int i = at->params.index - 1; i >= 0; --i)
        if (type_of(at, i) == type) return i;
    return FROM_IMAGE;
}

/* The layer that text names, absolute or negative and relative. */
static int layer_named(const parse_site *at, const char *key, const char *text)
{
    int index = atoi(text), here = at->params.index;
    if (index < 0) index += here;
    if (index < 0 || index >= here) DIE(at, key, "layer %d is not before this one, which is layer %d", index, here);
    return index;
}

/* Layers that hand the image on, or its features. */
static int is_image(const parse_site *at, int index)
{
    return type_of(at, index) == LABEL_EMBED || type_of(at, index) == PIXEL_FOURIER;
}

/* Channels of layer `from`, or of what stands for the image. */
static int channels_of_feeder(const parse_site *at, int from)
{
    const network *net = at->params.net;
    return from == FROM_IMAGE ? net->c * fourier_width(octaves_of(net)) : net->layers[from].out_c;
}

/* The layer that feeds this one by key, FROM_IMAGE for the image; anything else than type would leak. */
static int feeder(const parse_site *at, const char *key, LAYER_TYPE type, int image_allowed, const char *why)
{
    cfg_option *o = cfg_find(at->section, key);
    if (!o) return nearest(at, type);
    int index = !strcmp(o->pair.val, "image") ? FROM_IMAGE : layer_named(at, key, o->pair.val);
    if (index >= 0 && is_image(at, index)) index = FROM_IMAGE;
    if (index == FROM_IMAGE && image_allowed) return index;
    if (index == FROM_IMAGE || type_of(at, index) != type) DIE(at, key, "%s", why);
    return index;
}

layer parse_label_embed(const parse_site *at)
{
    label_options o = {number(at, "classes", 0), number(at, "size", 0), number(at, "spatial", 0),
                       option_find_float_quiet(at->section->options, "dropout", 0), number(at, "attributes", 0)};
    network *net = at->params.net;
    if (at->params.index) DIE(at, 0, "must be the first layer, right after [net]; this is layer %d", at->params.index);
    if (o.spatial && !o.size) DIE(at, "spatial", "needs size > 0");
    double width = o.size ? (double)o.size * (o.spatial ? net->h * net->w : 1) : o.classes;
    check_size(at, net->c + (double)o.classes / (net->h * net->w), o.size ? width * o.classes : 0);
    check_size(at, width / (net->h * net->w), 0);
    if (at->plan) return plan_label_embed(at->plan, shape_of(at), o);
    return make_label_embed_layer(shape_of(at), o);
}

layer parse_pixel_fourier(const parse_site *at)
{
    int octaves = number(at, "octaves", 0), here = at->params.index;
    if (here > is_labelled(at))
        DIE(at, 0, "must stand before the first gated layer, right after [net] or [label_embed]; this is layer %d",
            here);
    check_size(at, (double)at->params.net->c * fourier_width(octaves), 0);
    if (at->plan) return plan_pixel_fourier(at->plan, shape_of(at), octaves);
    return make_pixel_fourier_layer(shape_of(at), octaves);
}

layer parse_gated_vstack(const parse_site *at)
{
    vstack_options o = {.filters = number(at, "filters", 0),
                        .size = number(at, "size", 0),
                        .dilation = number(at, "dilation", 0),
                        .factored = number(at, "factored", 0)};
    o.from = feeder(at, "from", GATED_VSTACK, 1, "a vertical layer reads the image or another gated_vstack");
    o.cin = channels_of_feeder(at, o.from);
    check_odd(at, o.size);
    check_size(at, 2. * o.filters, 2. * o.filters * (o.factored ? o.filters : o.cin) * o.size * (o.size / 2 + 1.));
    check_size(at, (double)o.cin * o.size * (o.size / 2 + 1) / at->params.net->batch,
               o.factored ? (double)o.filters * o.cin * o.size : 0);
    check_size(at, 0, 2. * o.filters * shape_of(at).label);
    check_reach(at, o.filters, o.size, o.dilation);
    if (at->plan) return plan_gated_vstack(at->plan, shape_of(at), o);
    return make_gated_vstack_layer(shape_of(at), o);
}

/* Stock layers overwrite the gradient of what they read, so what they read must have no other reader. */
static void check_sole_reader(const parse_site *at, int from)
{
    if (from == FROM_IMAGE || from + 1 >= at->params.index) return;
    if (row_of_type(type_of(at, from + 1))->role == ROLE_HEAD)
        DIE(at, "from", "layer %d also feeds the head, layer %d; put a [skip_sum] between those two", from, from + 1);
}

static void check_mask(const parse_site *at, const hstack_options *o)
{
    int colours = at->params.net->c;
    if (o->from == FROM_IMAGE && !o->mask_a)
        DIE(at, "mask", "the image must pass mask=a; mask b would let each pixel see itself");
    if (o->from != FROM_IMAGE && o->mask_a)
        DIE(at, "mask", "mask a is for the image; a horizontal layer that reads another uses mask=b");
    if (o->mask_a && o->residual) DIE(at, "residual", "in mask a this would let each pixel see itself; use 0");
    if (o->mask_a && colours == 1 && o->size < 3)
        DIE(at, "size", "mask a on a grey image sees size/2 columns to the left: none; use 3 or more");
    if (o->residual && o->cin != o->filters)
        DIE(at, "residual", "adds an input of %d channels to %d filters; make them equal or use residual=0", o->cin,
            o->filters);
}

layer parse_gated_hstack(const parse_site *at)
{
    const char *mask = option_find_str(at->section->options, "mask", "b");
    hstack_options o = {.filters = number(at, "filters", 0),
                        .size = number(at, "size", 0),
                        .dilation = number(at, "dilation", 0),
                        .mask_a = !strcmp(mask, "a")};
    o.residual = number(at, "residual", !o.mask_a);
    o.from = feeder(at, "from", GATED_HSTACK, 1, "a horizontal layer reads the image or another gated_hstack");
    o.vertical = feeder(at, "vertical", GATED_VSTACK, 0, "must be a gated_vstack");
    if (o.vertical == FROM_IMAGE) DIE(at, "vertical", "no gated_vstack stands before this layer; put one there");
    o.cin = channels_of_feeder(at, o.from);
    o.vertical_filters = at->params.net->layers[o.vertical].out_c;
    check_odd(at, o.size);
    check_groups(at, o.filters);
    check_mask(at, &o);
    check_sole_reader(at, o.from);
    check_size(at, 2. * o.filters, 2. * o.filters * o.cin * (o.size / 2 + 1));
    check_size(at, (double)o.cin * (o.size / 2 + 1) / at->params.net->batch, 4. * o.filters * o.vertical_filters);
    check_size(at, 0, (double)o.filters * o.filters);
    check_size(at, 0, 2. * o.filters * shape_of(at).label);
    check_reach(at, o.filters, o.size, o.dilation);
    if (at->plan) return plan_gated_hstack(at->plan, shape_of(at), o);
    return make_gated_hstack_layer(shape_of(at), o);
}

/* The layers key as indices of gated_hstack layers; or all of them. */
static int skip_sources(const parse_site *at, int *from)
{
    cfg_option *o = cfg_find(at->section, "layers");
    int n = 0;
    for (int i = 0; !o && i < at->params.index; ++i) {
        if (type_of(at, i) != GATED_HSTACK) continue;
        from[n++] = i;
    }
    for (const char *text = o ? o->pair.val : 0; text; text = strchr(text, ',') ? strchr(text, ',') + 1 : 0) {
        int index = layer_named(at, "layers", text);
        if (type_of(at, index) != GATED_HSTACK) DIE(at, "layers", "layer %d is not a gated_hstack", index);
        for (int i = 0; i < n; ++i)
            if (from[i] == index) DIE(at, "layers", "names layer %d twice", index);
        from[n++] = index;
    }
    if (!n) DIE(at, "layers", "no gated_hstack stands before this layer; put one there");
    return n;
}

layer parse_skip_sum(const parse_site *at)
{
    int *from = checked_calloc(2 * at->params.index, sizeof(int)), *widths = from + at->params.index;
    char *activation = option_find_str(at->section->options, "activation", "linear");
    skip_options o = {.n = skip_sources(at, from),
                      .from = from,
                      .widths = widths,
                      .filters = number(at, "filters", 0),
                      .activation = get_activation(activation)};
    for (int i = 0; i < o.n; ++i) {
        widths[i] = at->params.net->layers[from[i]].out_c;
        check_size(at, o.filters, (double)o.filters * widths[i]);
    }
    check_groups(at, o.filters);
    layer l = at->plan ? plan_skip_sum(at->plan, shape_of(at), o) : make_skip_sum_layer(shape_of(at), o);
    free(from);
    return l;
}

/* The head starts at a skip_sum or at a horizontal layer's output. */
static void check_in_head(const parse_site *at)
{
    LAYER_TYPE before = at->params.index ? type_of(at, at->params.index - 1) : BLANK;
    if (before != SKIP_SUM && before != GATED_HSTACK && before != CONVOLUTIONAL && before != ACTIVE)
        DIE(at, 0,
            "the head follows a [skip_sum] or a [gated_hstack]; here it would see the image or vertical features,"
            " which have seen what comes after a pixel");
}

void check_head(const parse_site *at)
{
    int colours = at->params.net->c;
    check_in_head(at);
    if (strcmp(at->section->name, "convolutional")) return;
    int groups = number(at, "groups", 1), filters = number(at, "filters", 1), cin = at->params.c;
    if (groups != colours)
        DIE(at, "groups", "with %d image channel%s write groups=%d, so that no colour sees a later one", colours,
            colours > 1 ? "s" : "", colours);
    check_groups(at, filters);
    if (cin % groups) DIE(at, "groups", "the input's %d channels cannot be divided among %d groups", cin, groups);
    check_size(at, filters, (double)filters * cin / groups);
}

layer plan_head(const parse_site *at)
{
    if (strcmp(at->section->name, "convolutional")) return plan_activation(at->plan, shape_of(at), at->params.c);
    return plan_head_conv(at->plan, shape_of(at), at->params.c, number(at, "filters", 1));
}

layer parse_pixel_softmax(const parse_site *at)
{
    int levels = number(at, "levels", 0), colours = at->params.net->c;
    if (at->params.index != at->params.net->n - 1) DIE(at, 0, "must be the last layer");
    check_in_head(at);
    if (at->params.c != colours * levels)
        DIE(at, "levels", "needs %d input channels (%d image channel%s x %d levels), the layer before has %d",
            colours * levels, colours, colours > 1 ? "s" : "", levels, at->params.c);
    if (at->plan) return plan_pixel_softmax(at->plan, shape_of(at), levels);
    return make_pixel_softmax_layer(shape_of(at), levels);
}
