/* The link with the vertical stack, the rest pixel by pixel, for a colour only its group. See cached_form.h. */
#include "base/memory.h"
#include "layers/gated_hstack_layer.h"
#include "layers/math/gate.h"
#include "pixelcnn/sample/cached_form.h"
#include "pixelcnn/sample/packed_forms.h"

/* W_h for one colour group: all of the pixels to the left, of the current one the groups that the mask
   allows. */
static panel map_group(const packed_layer *q, channel_layout z, int group)
{
    const gated_hstack *h = hstack_of(q->l);
    tap *taps = taps_of_conv(&h->conv, q->in.groups), *last = taps + h->conv.kw - 1;
    if (last->column == 0 && q->in.groups > 1) last->groups = h->mask_a ? group : group + 1;
    panel p = packed_map((map_shape){h->conv.cin, h->conv.kw, 0, taps, q->in, z, group}, h->w->value);
    free(taps);
    return p;
}

static void pack(const packed_net *p, packed_layer *q)
{
    const gated_hstack *h = hstack_of(q->l);
    packed_hstack *own = q->own = checked_calloc(1, sizeof *own);
    int f = q->l->n;
    own->z = make_channel_layout(2 * f, p->colours, 2, PANEL_LANES);
    q->inner = make_channel_layout(f, p->colours, 1, PANEL_LANES);
    q->out = make_channel_layout(f, p->colours, 1, PANEL_ROWS);
    for (int k = 0; k < p->colours; ++k) {
        tap here = {.groups = k + 1};
        own->conv[k] = map_group(q, own->z, k);
        if (h->output_used) own->out[k] = packed_map((map_shape){f, 1, 0, &here, q->inner, q->out, k}, h->wr->value);
    }
    causal_conv link = h->link;
    link.top = 0; // the lanes hand it the row above
    own->link = packed_conv(&link, h->wl->value, source_layout(p, q, 1), own->z);
    q->label = packed_label(&h->label, own->z);
    own->b = spread_copy(h->b->value, own->z);
    own->br = spread_copy(h->br->value, q->out);
}

static void free_packed(const packed_net *p, packed_layer *q)
{
    packed_hstack *own = q->own;
    for (int k = 0; k < p->colours; ++k) {
        free_panel(own->conv + k);
        free_panel(own->out + k);
    }
    free_panel(&own->link);
    free(own->b);
    free(own->br);
}

/* own of a lane_layer: (lanes, W, z), bias, label term and link of the current row, of the row below at columns
   that are drawn. */
static void make(lanes *s, int i)
{
    const packed_layer *q = s->net->layers + i;
    int z = layout_floats(((packed_hstack *)q->own)->z);
    make_lane_rows(s, &s->layers[i].out, q->kept, layout_floats(q->out));
    s->layers[i].own = lane_floats(s, (size_t)s->net->w * z);
    s->layers[i].inner = lane_floats(s, layout_floats(q->inner));
    need_scratch(s, 0, z);
}

/* Bias and label term where each value of the row starts. */
static void start(lanes *s, int i, index_range columns)
{
    const packed_hstack *own = s->net->layers[i].own;
    const lane_layer *k = s->layers + i;
    int wide = layout_floats(own->z), w = s->net->w, spatial = is_spatial(s->net);
    for (int lane = 0; lane < s->n; ++lane)
        for (size_t column = columns.from; column < columns.end; ++column) {
            size_t at = (size_t)lane * w + column;
            float *y = (float *)k->own + at * wide;
            const float *term = k->term ? k->term + (spatial ? at : (size_t)lane) * wide : s->zeros;
            for (int c = 0; c < wide; ++c) y[c] = own->b[c] + term[c];
        }
}

/* The link: W_l a. Columns of whole rows follow each other through all lanes. */
static void take(lanes *s, int i, int from, index_range columns, const float *a)
{
    const packed_hstack *own = s->net->layers[i].own;
    size_t wide = layout_floats(own->z), step = layout_floats(s->net->layers[from].inner), w = s->net->w;
    int n = columns.end - columns.from, together = n == s->net->w ? s->n : 1;
    for (int lane = 0; lane < s->n; lane += together) {
        size_t at = lane * w + columns.from;
        const float *x[] = {a + at * step};
        float *y = (float *)s->layers[i].own + at * wide;
        panel_apply(
            &own->link,
            &(panel_items){
                .n = together * n, .x = x, .init = y, .y = y, .x_step = step, .init_step = wide, .y_step = wide});
    }
}

/* x' = W_r g + b_r (+ x) of one colour group. */
static void project(lanes *s, int i, int c, int colour, const float *here, size_t step)
{
    const packed_layer *q = s->net->layers + i;
    const packed_hstack *own = q->own;
    const lane_rows *out = &s->layers[i].out;
    const panel *map = own->out + colour;
    const float *g[] = {s->layers[i].inner};
    float *y = lane_row(out, 0, s->row) + c * out->column + colour * map->rows;
    panel_apply(map, &(panel_items){.n = s->n,
                                    .x = g,
                                    .init = own->br + colour * map->rows,
                                    .y = y,
                                    .x_step = layout_floats(q->inner),
                                    .y_step = out->lane});
    for (int lane = 0; hstack_of(q->l)->residual && lane < s->n; ++lane)
        for (int k = 0; k < map->rows; ++k) y[lane * out->lane + k] += here[lane * step + colour * map->rows + k];
}

static void value(lanes *s, int i, int c, int colour)
{
    const packed_layer *q = s->net->layers + i;
    const packed_hstack *own = q->own;
    lane_layer *k = s->layers + i;
    size_t wide = layout_floats(own->z), group = group_floats(own->z), f = group_floats(q->inner), step;
    const float *here = lane_source(s, i, 0, c, &step), *x[] = {here};
    panel_apply(own->conv + colour, &(panel_items){.n = s->n,
                                                   .x = x,
                                                   .init = (float *)k->own + c * wide + colour * group,
                                                   .y = s->scratch,
                                                   .x_step = step,
                                                   .init_step = s->net->w * wide,
                                                   .y_step = group});
    gate_forward(&(gate_items){.n = s->n,
                               .f = f,
                               .z = s->scratch,
                               .label = s->zeros,
                               .y = k->inner + colour * f,
                               .z_step = group,
                               .y_step = layout_floats(q->inner)});
    if (hstack_of(q->l)->output_used) project(s, i, c, colour, here, step);
}

const cached_form cached_hstack = {.type = GATED_HSTACK,
                                   .pack = pack,
                                   .free_packed = free_packed,
                                   .make = make,
                                   .start = start,
                                   .take = take,
                                   .value = value};
