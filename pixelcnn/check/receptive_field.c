/*
receptive_field.c - receptive fields by declaration. See receptive_field.h.

A set holds the pixels at which some feature is read on the way to the output; it is passed from each layer to
those that it reads. Features fall into one group a colour, the vertical ones into one group altogether.
*/
#include <string.h>
#include "layers/gated_hstack_layer.h"
#include "layers/gated_vstack_layer.h"
#include "layers/skip_sum_layer.h"
#include "pixelcnn/check/receptive_field.h"
#include "pixelcnn/net/positions.h"

typedef struct {
    const network *net;
    int colours, h, w;
    unsigned char *field; // (C,H,W), of the image
    unsigned char *sets;  // of each layer: (C,H,W) of its output, then (C,H,W) of its gate
} reach;

static size_t plane_of(const reach *r) { return (size_t)r->h * r->w; }

static unsigned char *output_set(const reach *r, int layer_index, int group)
{
    if (layer_index == FROM_IMAGE) return r->field + group * plane_of(r);
    return r->sets + ((size_t)layer_index * 2 * r->colours + group) * plane_of(r);
}

static unsigned char *gate_set(const reach *r, int layer_index, int group)
{
    return output_set(r, layer_index, r->colours + group);
}

/* to, moved by (dr,dc), gains what `from` holds. */
static void spread_reach(const reach *r, const unsigned char *from, unsigned char *to, int dr, int dc)
{
    int c0 = dc < 0 ? -dc : 0, c1 = dc > 0 ? r->w - dc : r->w;
    for (int row = 0; row < r->h; ++row) {
        if (row + dr < 0 || row + dr >= r->h) continue;
        const unsigned char *x = from + (size_t)row * r->w;
        unsigned char *y = to + (size_t)(row + dr) * r->w + dc;
        for (int c = c0; c < c1; ++c) y[c] |= x[c];
    }
}

/* The same to groups 0 .. groups-1 of a layer's output. */
static void spread_groups(const reach *r, const unsigned char *from, int source, int groups, int dr, int dc)
{
    for (int g = 0; g < groups; ++g) spread_reach(r, from, output_set(r, source, g), dr, dc);
}

static void through_vertical(const reach *r, int i)
{
    gated_vstack *v = vstack_of(&r->net->layers[i]);
    int half = r->net->layers[i].size / 2, d = v->conv.d, groups = v->from == FROM_IMAGE ? r->colours : 1;
    for (int up = 0; up <= half; ++up)
        for (int side = -half; side <= half; ++side)
            spread_groups(r, output_set(r, i, 0), v->from, groups, -up * d, side * d);
}

static void through_horizontal(const reach *r, int i)
{
    gated_hstack *h = hstack_of(&r->net->layers[i]);
    int half = r->net->layers[i].size / 2;
    for (int k = 0; k < r->colours; ++k) {
        for (int g = 0; g <= k; ++g) spread_reach(r, output_set(r, i, k), gate_set(r, i, g), 0, 0);
        if (h->residual) spread_reach(r, output_set(r, i, k), output_set(r, h->from, k), 0, 0);
    }
    for (int k = 0; k < r->colours; ++k) {
        const unsigned char *z = gate_set(r, i, k);
        spread_groups(r, z, h->vertical, 1, -1, 0);
        for (int left = 1; left <= half; ++left) spread_groups(r, z, h->from, r->colours, 0, -left * h->conv.d);
        spread_groups(r, z, h->from, h->mask_a ? k : k + 1, 0, 0);
    }
}

static void through_skip(const reach *r, int i)
{
    skip_sum *s = skip_of(&r->net->layers[i]);
    for (int k = 0; k < r->colours; ++k)
        for (int source = 0; source < s->n; ++source)
            for (int g = 0; g <= k; ++g) spread_reach(r, output_set(r, i, k), gate_set(r, s->from[source], g), 0, 0);
}

static void through_head(const reach *r, int i)
{
    for (int k = 0; k < r->colours; ++k) spread_reach(r, output_set(r, i, k), output_set(r, i - 1, k), 0, 0);
}

void declared_field(const network *net, int position, unsigned char *field)
{
    reach r = {.net = net, .colours = net->c, .h = net->h, .w = net->w, .field = field};
    memset(field, 0, net->c * plane_of(&r));
    r.sets = checked_calloc((size_t)net->n * 2 * net->c, plane_of(&r));
    output_set(&r, net->n - 2, colour_of_position(net, position))[position / net->c] = 1;
    for (int i = net->n - 2; i >= 0; --i) {
        LAYER_TYPE type = net->layers[i].type;
        if (type == GATED_VSTACK)
            through_vertical(&r, i);
        else if (type == GATED_HSTACK)
            through_horizontal(&r, i);
        else if (type == SKIP_SUM)
            through_skip(&r, i);
        else if (type != LABEL_EMBED && type != PIXEL_FOURIER)
            through_head(&r, i);
    }
    free(r.sets);
}

/* From the sets of a masked convolution's output, r->sets, to those of its input, r->field; both (C,H,W). */
static void through_masked(const reach *r, int half, int d, int mask_a)
{
    for (int k = 0; k < r->colours; ++k) {
        const unsigned char *y = r->sets + k * plane_of(r);
        for (int up = 0; up <= half; ++up)
            for (int side = -half; side <= (up ? half : -1); ++side)
                spread_groups(r, y, FROM_IMAGE, r->colours, -up * d, side * d);
        spread_groups(r, y, FROM_IMAGE, mask_a ? k : k + 1, 0, 0);
    }
}

void plain_stack_field(const network *net, int position, unsigned char *field)
{
    reach r = {.net = net, .colours = net->c, .h = net->h, .w = net->w, .field = field};
    size_t bytes = net->c * plane_of(&r);
    int first = 0;
    while (net->layers[first].type != GATED_HSTACK) ++first;
    r.sets = checked_calloc(bytes, 1);
    memset(field, 0, bytes);
    field[value_of_position(net, position)] = 1;
    for (int i = net->n - 2; i >= first; --i) {
        if (net->layers[i].type != GATED_HSTACK) continue;
        memcpy(r.sets, field, bytes);
        memset(field, 0, bytes);
        through_masked(&r, net->layers[i].size / 2, hstack_of(&net->layers[i])->conv.d, i == first);
    }
    free(r.sets);
}

int count_seen_values(const network *net, int position, const unsigned char *field)
{
    int n = 0;
    for (int p = 0; p < position; ++p) n += field[value_of_position(net, p)];
    return n;
}

int count_blind_values(const network *net, int position, const unsigned char *field, int *first)
{
    int row = row_of_position(net, position), n = 0;
    int top = row, left = net->w, right = -1, here = column_of_position(net, position);
    for (int p = 0; p < position; ++p) {
        if (!field[value_of_position(net, p)]) continue;
        int r = row_of_position(net, p), c = column_of_position(net, p);
        if (r == row && c < here) here = c;
        if (r == row) continue;
        if (r < top) top = r;
        if (c < left) left = c;
        if (c > right) right = c;
    }
    for (int p = top * net->w * net->c; p < position; ++p) {
        int r = row_of_position(net, p), c = column_of_position(net, p);
        int within = r == row ? c >= here : c >= left && c <= right;
        if (within && !field[value_of_position(net, p)] && !n++) *first = p;
    }
    return n;
}
