#include "layers/layer_kind.h"
#include "layers/pixel_fourier_layer.h"

static const cfg_key keys[] = {
    {"octaves", KEY_INT, 1, MOST_OCTAVES, 0, 0, "8",
     "n: adds the sines and cosines of 2 pi x to 2^n pi x, for values x from 0 to 1"},
    {0},
};

static layer plan(net_memory *m, layer_shape s, int octaves)
{
    layer l = planned_layer(m, s, PIXEL_FOURIER, s.colours * fourier_width(octaves), 0);
    pixel_fourier *p = checked_calloc(1, sizeof *p);
    p->octaves = octaves;
    l.self_layer = (layer *)p;
    return l;
}

static layer parse(const parse_site *at)
{
    int octaves = site_number(at, "octaves", 0), here = at->index;
    if (here > site_is_labelled(at))
        SITE_DIE(at, 0, "must come before the first gated layer, right after [net] or [label_embed]; this is layer %d",
                 here);
    check_size(at, (double)at->net->c * fourier_width(octaves), 0);
    if (at->plan) return plan(at->plan, site_shape(at), octaves);
    return make_pixel_fourier_layer(site_shape(at), octaves);
}

static void sources(const layer *l, int index, source_list *out)
{
    (void)l;
    (void)index;
    add_source(out, (layer_source){FROM_IMAGE, OUTPUT, 0});
}

const layer_kind pixel_fourier_kind = {
    .type = PIXEL_FOURIER,
    .section = "pixel_fourier",
    .keys = keys,
    .gives = GIVES_IMAGE,
    .parse = parse,
    .free = free_pixel_fourier_layer,
    .sources = sources,
    .gpu = GPU_ONLY(&pixel_fourier_gpu),
};
