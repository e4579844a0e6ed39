/*
receptive_field.c - see receptive_field.h.

A set holds the pixels at which a feature is read on the way to the output. Each layer passes its set on to
the layers that it reads. Horizontal features form one group per colour, vertical features a single group.
*/
#include <string.h>
#include "pixelcnn/check/receptive_field.h"
#include "pixelcnn/net/layer_table.h"
#include "pixelcnn/net/positions.h"

typedef struct {
    field_walk walk; // first: pass_on is given it
    int h, w;
    unsigned char *field; // (C,H,W), of the image
    unsigned char *sets;  // of each layer: (C,H,W) of its output, then (C,H,W) of its inner array
} reach;

static size_t plane_size(const reach *r) { return (size_t)r->h * r->w; }

static unsigned char *output_set(const reach *r, int layer_index, int group)
{
    if (layer_index == FROM_IMAGE) return r->field + group * plane_size(r);
    return r->sets + ((size_t)layer_index * 2 * r->walk.colours + group) * plane_size(r);
}

static unsigned char *inner_set(const reach *r, int layer_index, int group)
{
    return output_set(r, layer_index, r->walk.colours + group);
}

/* Adds `from`, moved by (dr,dc), to `to`. */
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

static unsigned char *set_of(const reach *r, feature_group f)
{
    return f.array == OUTPUT ? output_set(r, f.layer, f.group) : inner_set(r, f.layer, f.group);
}

/* x gains where y is read, (dr,dc) away. */
static void pass_on(const field_walk *w, feature_group y, feature_group x, int dr, int dc)
{
    const reach *r = (const reach *)w;
    spread_reach(r, set_of(r, y), set_of(r, x), dr, dc);
}

void declared_field(const network *net, int position, unsigned char *field)
{
    reach r = {.walk = {net->c, pass_on}, .h = net->h, .w = net->w, .field = field};
    memset(field, 0, net->c * plane_size(&r));
    r.sets = checked_calloc((size_t)net->n * 2 * net->c, plane_size(&r));
    output_set(&r, net->n - 2, colour_of_position(net, position))[position / net->c] = 1;
    for (int i = net->n - 2; i >= 0; --i) {
        const layer_kind *kind = kind_of(net->layers + i);
        if (kind->gives != GIVES_IMAGE) kind->field(net->layers + i, i, &r.walk);
    }
    free(r.sets);
}

/* From the sets of a masked convolution's output (r->sets) to those of its input (r->field), both (C,H,W). */
static void through_masked(const reach *r, plain_kernel k, int mask_a)
{
    feature_group x = {.layer = FROM_IMAGE}, y = {.layer = 0};
    for (; y.group < r->walk.colours; ++y.group) {
        for (int up = 0; up <= k.half; ++up)
            for (int side = -k.half; side <= (up ? k.half : -1); ++side)
                see_groups(&r->walk, y, x, r->walk.colours, -up * k.dilation, side * k.dilation);
        see_groups(&r->walk, y, x, mask_a ? y.group : y.group + 1, 0, 0);
    }
}

void plain_stack_field(const network *net, int position, unsigned char *field)
{
    reach r = {.walk = {net->c, pass_on}, .h = net->h, .w = net->w, .field = field};
    size_t bytes = net->c * plane_size(&r);
    int n = 0;
    plain_kernel *kernels = checked_calloc(net->n, sizeof *kernels);
    for (int i = 0; i < net->n; ++i) {
        const layer_kind *kind = kind_of(net->layers + i);
        n += kind->plain && kind->plain(net->layers + i, kernels + n);
    }
    r.sets = checked_calloc(bytes, 1);
    memset(field, 0, bytes);
    field[value_of_position(net, position)] = 1;
    while (n--) {
        memcpy(r.sets, field, bytes);
        memset(field, 0, bytes);
        through_masked(&r, kernels[n], n == 0);
    }
    free(kernels);
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
