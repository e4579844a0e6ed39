#include <limits.h>
#include "base/text.h"
#include "layers/label_embed_layer.h"
#include "layers/layer_kind.h"
#include "layers/math/panel.h"

int site_number(const parse_site *at, const char *key, int absent)
{
    return option_find_int_quiet(at->section->options, (char *)key, absent);
}

float site_real(const parse_site *at, const char *key)
{
    return option_find_float_quiet(at->section->options, (char *)key, 0);
}

const char *site_word(const parse_site *at, const char *key)
{
    return option_find_str(at->section->options, (char *)key, "");
}

static const layer_kind *kind_at(const parse_site *at, int index) { return at->kinds[index]; }

int site_is_labelled(const parse_site *at) { return at->index > 0 && kind_at(at, 0) == &label_embed_kind; }

layer_shape site_shape(const parse_site *at)
{
    const network *net = at->net;
    layer_shape s = {.batch = net->batch, .h = net->h, .w = net->w, .colours = net->c};
    if (site_is_labelled(at)) {
        label_embed *e = label_of(net);
        s.label = e->size ? e->size : e->classes;
        s.spatial = e->spatial;
    }
    return s;
}

/* Darknet counts a layer's floats in ints. */
void check_size(const parse_site *at, double channels, double weights)
{
    const network *net = at->net;
    double floats = channels * net->h * net->w * net->batch;
    if (floats > INT_MAX || weights > INT_MAX)
        SITE_DIE(at, 0, "%g activations and %g weights; the limit per layer is %d: reduce batch, image or filters",
                 floats, weights, INT_MAX);
}

/* The distance that a kernel reads and the padded size are ints too. */
void check_reach(const parse_site *at, int filters, int size, int dilation)
{
    double pixel = 2. * padded(filters, PANEL_LANES), margin = dilation * (size / 2);
    check_size(at, pixel / at->net->batch, 0);
    if (pixel * margin > INT_MAX)
        SITE_DIE(at, "dilation",
                 "%g floats for %d filter%s and a kernel reach of %g pixels; the limit is %d: reduce size, dilation or "
                 "filters",
                 pixel * margin, filters, plural_s(filters), margin, INT_MAX);
}

void check_odd(const parse_site *at, int size)
{
    if (size % 2 == 0) SITE_DIE(at, "size", "must be odd; use %d or %d", size - 1, size + 1);
}

void check_groups(const parse_site *at, int filters)
{
    int colours = at->net->c;
    if (filters % colours)
        SITE_DIE(at, "filters", "must be a multiple of the image's %d channels, one group for each; use %d", colours,
                 (filters / colours + 1) * colours);
}

static int is_fit(const parse_site *at, int index, const feeder_rule *rule)
{
    const layer_kind *kind = kind_at(at, index);
    return rule->kind ? kind == rule->kind : kind->gives == rule->gives;
}

/* The nearest earlier layer that satisfies the rule, or FROM_IMAGE. */
static int nearest(const parse_site *at, const feeder_rule *rule)
{
    for (int i = at->index - 1; i >= 0; --i)
        if (is_fit(at, i, rule)) return i;
    return FROM_IMAGE;
}

int layer_named(const parse_site *at, const char *key, const char *text)
{
    int index = atoi(text), here = at->index;
    if (index < 0) index += here;
    if (index < 0 || index >= here) SITE_DIE(at, key, "layer %d does not come before this one, layer %d", index, here);
    return index;
}

static int gives_image(const parse_site *at, int index) { return kind_at(at, index)->gives == GIVES_IMAGE; }

int channels_of_feeder(const parse_site *at, int from)
{
    if (from != FROM_IMAGE) return at->net->layers[from].out_c;
    int channels = at->net->c;
    for (int i = 0; i < at->index && gives_image(at, i); ++i) channels = at->net->layers[i].out_c;
    return channels;
}

double plan_input(const parse_site *at, int from, int left, int right)
{
    layer_shape s = site_shape(at);
    if (from == FROM_IMAGE) return s.h * ((double)s.w + left + right) * channels_of_feeder(at, from);
    plan_handed_on(at->plan, s, at->net->layers + from, left, right);
    return 0;
}

int feeder(const parse_site *at, feeder_rule rule)
{
    cfg_option *o = cfg_find(at->section, rule.key);
    if (!o) return nearest(at, &rule);
    int index = !strcmp(o->pair.val, "image") ? FROM_IMAGE : layer_named(at, rule.key, o->pair.val);
    if (index >= 0 && gives_image(at, index)) index = FROM_IMAGE;
    if (index == FROM_IMAGE && rule.image_allowed) return index;
    if (index == FROM_IMAGE || !is_fit(at, index, &rule)) SITE_DIE(at, rule.key, "%s", rule.why);
    return index;
}

void check_sole_reader(const parse_site *at, int from)
{
    if (from == FROM_IMAGE || from + 1 >= at->index) return;
    if (kind_at(at, from + 1)->overwrites)
        SITE_DIE(at, "from", "layer %d also feeds the head, layer %d; put a [skip_sum] between them", from, from + 1);
}

void check_in_head(const parse_site *at)
{
    layer_gives before = at->index ? kind_at(at, at->index - 1)->gives : GIVES_IMAGE;
    if (before != GIVES_HORIZONTAL && before != GIVES_HEAD)
        SITE_DIE(at, 0,
                 "the head must follow a [skip_sum] or a [gated_hstack]; here it would read the image or vertical "
                 "features, which have seen later pixels");
    if (at->plan && before == GIVES_HORIZONTAL) plan_planes(at->plan, site_shape(at), at->c);
}
