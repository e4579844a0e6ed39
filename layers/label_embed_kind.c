#include "layers/label_embed_layer.h"
#include "layers/layer_kind.h"

static const cfg_key keys[] = {
    {"classes", KEY_INT, 1, LARGEST_SIZE, 0, 0, "", "K, number of classes, or of a label's attributes"},
    {"size", KEY_INT, 0, LARGEST_SIZE, 0, 0, "0", "D, size of the embedding; 0: the label itself"},
    {"spatial", KEY_INT, 0, 1, 0, 0, "0", "1: an embedding per position; needs size"},
    {"dropout", KEY_FLOAT, 0, 1, 1, 0, "0", "probability of training an image without its label"},
    {"attributes", KEY_INT, 0, 1, 0, 0, "0",
     "0: a label is one of K classes; 1: a label is a vector of K numbers, from labels-idx2-float files in the data "
     "set"},
    {0},
};

static layer plan(net_memory *m, layer_shape s, label_options o)
{
    double width = o.size ? o.size * (o.spatial ? plane_of(s) : 1) : o.classes;
    layer l = planned_layer(m, s, LABEL_EMBED, s.colours, 0);
    label_embed *e = checked_calloc(1, sizeof *e);
    *e = (label_embed){.classes = o.classes, .size = o.size, .spatial = o.spatial};
    l.self_layer = (layer *)e;
    plan_weights(m, s, o.size ? o.classes * width : 0);
    m->floats += s.batch * (2. * o.classes + 2 * width);
    plan_workspace(m, s, 0, o.size ? o.classes * width : 0);
    return l;
}

static layer parse(const parse_site *at)
{
    label_options o = {site_number(at, "classes", 0), site_number(at, "size", 0), site_number(at, "spatial", 0),
                       site_real(at, "dropout"), site_number(at, "attributes", 0)};
    network *net = at->net;
    if (at->index) SITE_DIE(at, 0, "must be the first layer, right after [net]; this is layer %d", at->index);
    if (o.spatial && !o.size) SITE_DIE(at, "spatial", "needs size > 0");
    double width = o.size ? (double)o.size * (o.spatial ? net->h * net->w : 1) : o.classes;
    check_size(at, net->c + (double)o.classes / (net->h * net->w), o.size ? width * o.classes : 0);
    check_size(at, width / (net->h * net->w), 0);
    if (at->plan) return plan(at->plan, site_shape(at), o);
    return make_label_embed_layer(site_shape(at), o);
}

static void sources(const layer *l, int index, source_list *out)
{
    (void)l;
    (void)index;
    add_source(out, (layer_source){FROM_IMAGE, OUTPUT, 0});
}

static void add_products(const layer *l, const network *net, product_list *out)
{
    const label_embed *e = label_of(net);
    (void)l;
    if (e->size) add_product(out, (product){.rows = e->width, .depth = e->classes, .pixels = 1});
}

/* t, h and its gradient. */
static size_t kept(const layer *l)
{
    const label_embed *e = (label_embed *)l->self_layer;
    return e->classes + (e->size ? 2 : 1) * (size_t)e->width;
}

const layer_kind label_embed_kind = {
    .type = LABEL_EMBED,
    .section = "label_embed",
    .keys = keys,
    .gives = GIVES_IMAGE,
    .parse = parse,
    .free = free_label_embed_layer,
    .sources = sources,
    .products = add_products,
    .kept = kept,
    .gpu = GPU_ONLY(&label_embed_gpu),
};

/* ---- what a gated layer's label term costs ---- */

/* V h, once per image or at each pixel. Without an embedding h is the label itself. */
void add_label_product(product_list *list, const network *net, const label_link *k)
{
    if (k->v)
        add_product(list, (product){.rows = k->rows,
                                    .depth = k->width,
                                    .pixels = k->pixels ? k->pixels : 1,
                                    .data_gradient = label_of(net)->size > 0});
}
