#include "base/text.h"
#include "layers/layer_kind.h"
#include "layers/pixel_softmax_layer.h"

static const cfg_key keys[] = {
    {"levels", KEY_INT, 2, 256, 0, 0, "", "L; the input must have (image channels) * L channels"},
    {0},
};

/* Also counts the net's input and truth. */
static layer plan(net_memory *m, layer_shape s, int levels)
{
    return planned_layer(m, s, PIXEL_SOFTMAX, s.colours * levels, 3. * s.colours);
}

static layer parse(const parse_site *at)
{
    int levels = site_number(at, "levels", 0), colours = at->net->c;
    if (at->index != at->net->n - 1) SITE_DIE(at, 0, "must be the last layer");
    check_in_head(at);
    if (at->c != colours * levels)
        SITE_DIE(at, "levels", "needs %d input channels (%d image channel%s x %d levels), the layer before it has %d",
                 colours * levels, colours, plural_s(colours), levels, at->c);
    if (at->plan) return plan(at->plan, site_shape(at), levels);
    return make_pixel_softmax_layer(site_shape(at), levels);
}

static void sources(const layer *l, int index, source_list *out)
{
    (void)l;
    add_source(out, (layer_source){index - 1, OUTPUT, 0});
}

/* The truth, and the image's loss in doubles. */
static size_t kept(const layer *l) { return (size_t)l->truths + 2; }

const layer_kind pixel_softmax_kind = {
    .type = PIXEL_SOFTMAX,
    .section = "pixel_softmax",
    .keys = keys,
    .gives = GIVES_LOSS,
    .parse = parse,
    .free = free_pixel_softmax_layer,
    .sources = sources,
    .kept = kept,
    .gpu = GPU_ONLY(&pixel_softmax_gpu),
};
