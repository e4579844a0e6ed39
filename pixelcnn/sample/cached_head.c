/* [skip_sum] and the head value by value: a sum of maps of the sources, then an activation. See cached_form.h. */
#include <string.h>
#include "base/memory.h"
#include "layers/activation_planes.h"
#include "layers/skip_sum_layer.h"
#include "pixelcnn/sample/cached_form.h"
#include "pixelcnn/sample/packed_forms.h"

static packed_head *new_head(const packed_net *p, packed_layer *q, int sources, const float *b)
{
    packed_head *own = q->own = checked_calloc(1, sizeof *own);
    q->out = make_channel_layout(q->l->n, p->colours, 1, PANEL_ROWS);
    own->sources = sources;
    own->maps = checked_calloc((size_t)sources * p->colours, sizeof(panel));
    own->b = spread_copy(b, q->out);
    return own;
}

/* Group k of the sum sees groups 0 .. k of each source. */
static void pack_skip(const packed_net *p, packed_layer *q)
{
    const param *arrays = skip_of(q->l)->base.params;
    packed_head *own = new_head(p, q, q->sources->n, arrays[0].value);
    for (int i = 0; i < own->sources; ++i) {
        channel_layout g = source_layout(p, q, i);
        for (int k = 0; k < p->colours; ++k) {
            tap here = {.groups = k + 1};
            own->maps[i * p->colours + k] = packed_map((map_shape){g.n, 1, 0, &here, g, q->out, k},
                                                       arrays[1 + i].value);
        }
    }
}

/* Group k sees group k. */
static void pack_conv(const packed_net *p, packed_layer *q)
{
    packed_head *own = new_head(p, q, 1, q->l->biases);
    for (int k = 0; k < p->colours; ++k) {
        tap here = {.first_group = k, .groups = 1};
        own->maps[k] = packed_map((map_shape){q->l->c / q->l->groups, 1, 0, &here, q->in, q->out, k}, q->l->weights);
    }
}

static void pack_activation(const packed_net *p, packed_layer *q)
{
    (void)p;
    q->own = checked_calloc(1, sizeof(packed_head));
    q->out = q->in;
}

static void free_packed(const packed_net *p, packed_layer *q)
{
    packed_head *own = q->own;
    for (int k = 0; k < own->sources * p->colours; ++k) free_panel(own->maps + k);
    free(own->maps);
    free(own->b);
}

static void make(lanes *s, int i) { make_lane_pixel(s, &s->layers[i].out, layout_floats(s->net->layers[i].out)); }

static void value(lanes *s, int i, int c, int colour)
{
    const packed_layer *q = s->net->layers + i;
    const packed_head *own = q->own;
    size_t wide = layout_floats(q->out), group = group_floats(q->out), step;
    float *y = s->layers[i].out.x + colour * group;
    for (int k = 0; k < own->sources; ++k) {
        const float *x[] = {lane_source(s, i, k, c, &step)};
        panel_apply(own->maps + k * s->net->colours + colour, &(panel_items){.n = s->n,
                                                                             .x = x,
                                                                             .init = k ? y : own->b + colour * group,
                                                                             .y = y,
                                                                             .x_step = step,
                                                                             .init_step = k ? wide : 0,
                                                                             .y_step = wide});
    }
    const float *x = own->sources ? 0 : lane_source(s, i, 0, c, &step) + colour * group;
    for (int lane = 0; lane < s->n; ++lane) {
        if (x) memcpy(y + lane * wide, x + lane * step, group * sizeof(float));
        activate_planes(y + lane * wide, group, q->l->activation);
    }
}

const cached_form cached_skip_sum = {
    .type = SKIP_SUM, .pack = pack_skip, .free_packed = free_packed, .make = make, .value = value};
const cached_form cached_head_conv = {
    .type = CONVOLUTIONAL, .pack = pack_conv, .free_packed = free_packed, .make = make, .value = value};
const cached_form cached_activation = {
    .type = ACTIVE, .pack = pack_activation, .free_packed = free_packed, .make = make, .value = value};
