/* Darknet's [convolutional] and [activation] in the head of a Gated PixelCNN. */
#include "activation_layer.h"
#include "activations.h"
#include "base/text.h"
#include "convolutional_layer.h"
#include "layers/head_conv.h"
#include "layers/layer_kind.h"

static const cfg_key conv_keys[] = {
    {"filters", KEY_INT, 1, LARGEST_SIZE, 0, 0, "1", "number of output features"},
    {"size", KEY_INT, 1, 1, 0, 0, "1", "a larger kernel would let pixels see later ones"},
    {"stride", KEY_INT, 1, 1, 0, 0, "1", "only 1"},
    {"pad", KEY_INT, 0, 1, 0, 0, "0", "no effect with size=1"},
    {"padding", KEY_INT, 0, 0, 0, 0, "0", "only 0"},
    {"groups", KEY_INT, 1, 3, 0, 0, "1", "the image's channels"},
    {"batch_normalize", KEY_INT, 0, 0, 0, 0, "0", "only 0: batch statistics mix images and positions"},
    {"activation", KEY_WORD, 0, 0, 0, ACTIVATION_WORDS, "logistic", "activation of the output"},
    {0},
};

static const cfg_key activation_keys[] = {
    {"activation", KEY_WORD, 0, 0, 0, ACTIVATION_WORDS, "linear", "activation of the output"},
    {0},
};

static ACTIVATION activation_at(const parse_site *at) { return get_activation((char *)site_word(at, "activation")); }

static void check_conv(const parse_site *at, int filters, int groups)
{
    int colours = at->net->c, cin = at->c;
    if (groups != colours)
        SITE_DIE(at, "groups", "an image with %d channel%s needs groups=%d, so that no colour sees a later one",
                 colours, plural_s(colours), colours);
    check_groups(at, filters);
    if (cin % groups)
        SITE_DIE(at, "groups", "cannot divide the input's %d channel%s among %d groups", cin, plural_s(cin), groups);
    check_size(at, filters, (double)filters * cin / groups);
}

static layer plan_conv(net_memory *m, layer_shape s, int cin, int filters)
{
    double weights = (double)cin * filters / s.colours;
    plan_weights(m, s, weights);
    plan_workspace(m, s, head_conv_scratch(cin / s.colours, filters / s.colours, s.h * s.w), weights + filters);
    return planned_layer(m, s, CONVOLUTIONAL, filters, 0);
}

static layer parse_conv(const parse_site *at)
{
    int filters = site_number(at, "filters", 0), groups = site_number(at, "groups", 0);
    check_in_head(at);
    check_conv(at, filters, groups);
    if (at->plan) return plan_conv(at->plan, site_shape(at), at->c, filters);
    layer l = make_convolutional_layer(at->net->batch, at->h, at->w, at->c, filters, groups, 1, 1, 0, activation_at(at),
                                       0, 0, 0, at->net->adam);
    make_head_conv(&l);
    return l;
}

static layer parse_activation_layer(const parse_site *at)
{
    check_in_head(at);
    if (at->plan) return planned_layer(at->plan, site_shape(at), ACTIVE, at->c, 0);
    layer l = make_activation_layer(at->net->batch, at->inputs, activation_at(at));
    l.h = l.out_h = at->h;
    l.w = l.out_w = at->w;
    l.c = l.out_c = at->c;
    return l;
}

static void sources(const layer *l, int index, source_list *out)
{
    (void)l;
    add_source(out, (layer_source){index - 1, OUTPUT, 0});
}

static void field(const layer *l, int index, const field_walk *w)
{
    (void)l;
    for (int k = 0; k < w->colours; ++k)
        w->see(w, (feature_group){index, OUTPUT, k}, (feature_group){index - 1, OUTPUT, k}, 0, 0);
}

static void conv_products(const layer *l, const network *net, product_list *out)
{
    (void)net;
    add_product(out, (product){.rows = l->n / l->groups,
                               .depth = l->c / l->groups * l->size * l->size,
                               .pixels = l->out_h * l->out_w,
                               .times = l->groups,
                               .data_gradient = 1});
}

const layer_kind head_conv_kind = {
    .type = CONVOLUTIONAL,
    .section = "convolutional",
    .alias = "conv",
    .keys = conv_keys,
    .gives = GIVES_HEAD,
    .overwrites = 1,
    .parse = parse_conv,
    .sources = sources,
    .field = field,
    .products = conv_products,
    .gpu = GPU_ONLY(&head_conv_gpu),
};

const layer_kind head_activation_kind = {
    .type = ACTIVE,
    .section = "activation",
    .keys = activation_keys,
    .gives = GIVES_HEAD,
    .overwrites = 1,
    .parse = parse_activation_layer,
    .sources = sources,
    .field = field,
};
