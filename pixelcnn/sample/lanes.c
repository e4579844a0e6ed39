#include <stdio.h>
#include <string.h>
#include "base/available_memory.h"
#include "base/memory.h"
#include "base/text.h"
#include "layers/math/fourier_math.h"
#include "pixelcnn/sample/cached_form.h"
#include "pixelcnn/sample/lanes.h"

/* ---- memory ---- */

static void *lane_bytes(lanes *s, size_t bytes)
{
    s->counted += bytes;
    if (s->counting) return 0;
    s->blocks = checked_realloc(s->blocks, (s->nblocks + 1) * sizeof *s->blocks);
    return s->blocks[s->nblocks++] = aligned_floats((bytes + sizeof(float) - 1) / sizeof(float));
}

float *lane_floats(lanes *s, size_t floats) { return lane_bytes(s, (floats * s->most + PANEL_ROWS) * sizeof(float)); }

/* Used while memory is only counted, too: then everything points to nothing. */
void *lane_own(lanes *s, size_t bytes)
{
    s->blocks = checked_realloc(s->blocks, (s->nblocks + 1) * sizeof *s->blocks);
    return s->blocks[s->nblocks++] = checked_calloc(1, bytes);
}

static void keep_ring(lanes *s, lane_rows *r)
{
    s->rings = checked_realloc(s->rings, (s->nrings + 1) * sizeof *s->rings);
    s->rings[s->nrings++] = r;
}

void make_lane_rows(lanes *s, lane_rows *r, margins kept, int pixel)
{
    *r = (lane_rows){.kept = kept, .pixel = pixel, .column = pixel};
    r->row = (size_t)(kept.left + s->net->w + kept.right) * pixel;
    r->lane = r->row * kept.rows;
    r->x = lane_floats(s, r->lane);
    keep_ring(s, r);
}

void make_lane_pixel(lanes *s, lane_rows *r, int pixel)
{
    *r = (lane_rows){.kept.rows = 1, .pixel = pixel, .lane = pixel};
    r->x = lane_floats(s, r->lane);
}

void need_scratch(lanes *s, size_t row_floats, size_t floats)
{
    if (row_floats > s->row_floats) s->row_floats = row_floats;
    if (floats > s->floats) s->floats = floats;
}

static void make_layers(lanes *s)
{
    const packed_net *p = s->net;
    int columns = is_spatial(p) ? p->w : 1;
    for (int i = 0; i < p->n; ++i) {
        const packed_layer *q = p->layers + i;
        if (!q->form) continue;
        q->form->make(s, i);
        if (q->label.rows) s->layers[i].term = lane_floats(s, (size_t)columns * q->label.rows);
    }
}

static lanes *new_lanes(const packed_net *p, int most, int counting)
{
    lanes *s = checked_calloc(1, sizeof *s);
    margins image = p->wiring->image.around;
    ++image.rows; // the next row is drawn while the vertical stack still reads
    *s = (lanes){.net = p, .most = most, .counting = counting};
    s->layers = checked_calloc(p->n, sizeof *s->layers);
    make_lane_rows(s, &s->image, image, layout_floats(p->seen));
    if (p->embed) s->t = lane_floats(s, p->embed->classes);
    if (p->embed) s->hidden = lane_floats(s, (size_t)p->label * (is_spatial(p) ? p->w : 1));
    make_layers(s);
    for (int k = 0; k < 2; ++k) s->row_scratch[k] = lane_floats(s, p->w * s->row_floats);
    s->scratch = lane_floats(s, s->floats);
    s->zeros = lane_bytes(s, (s->row_floats + s->floats) * sizeof(float));
    return s;
}

void free_lanes(lanes *s)
{
    for (int i = 0; i < s->nblocks; ++i) free(s->blocks[i]);
    free(s->blocks);
    free(s->rings);
    free(s->layers);
    free(s);
}

double lanes_bytes(const packed_net *p, int most)
{
    lanes *s = new_lanes(p, most, 1);
    double bytes = s->counted;
    free_lanes(s);
    return bytes;
}

lanes *make_lanes(const packed_net *p, int most) { return new_lanes(p, most, 0); }

void require_lanes(const packed_net *p, int most, int threads, const char *work)
{
    char what[128];
    snprintf(what, sizeof what, "the cached rows of %d image%s at a time on each of %d thread%s", most, plural_s(most),
             threads, plural_s(threads));
    require_memory(threads * lanes_bytes(p, most), work, what);
}

/* ---- what forms read ---- */

float *lane_row(const lane_rows *s, int lane, int r)
{
    int slot = (r + s->kept.rows) % s->kept.rows;
    return s->x + lane * s->lane + slot * s->row + s->kept.left * s->pixel;
}

const lane_rows *lane_source_rows(const lanes *s, int i, int source)
{
    int from = s->net->layers[i].sources->source[source].from;
    return from == FROM_IMAGE ? &s->image : &s->layers[from].out;
}

const float *lane_source(const lanes *s, int i, int source, int c, size_t *step)
{
    layer_source from = s->net->layers[i].sources->source[source];
    if (from.array == INNER) {
        *step = layout_floats(s->net->layers[from.from].inner);
        return s->layers[from.from].inner;
    }
    const lane_rows *rows = lane_source_rows(s, i, source);
    *step = rows->lane;
    return lane_row(rows, 0, s->row) + c * rows->column;
}

void convolve_lane_row(lane_kernel k, const lane_rows *in, int lane, int r, index_range columns, float *y)
{
    const float *x[MAX_KERNEL_ROWS];
    for (int i = 0; i < k.conv->kh; ++i) {
        int from = r - k.conv->top + i * k.conv->d; // no tap reads a row above those that are kept
        x[i] = from + in->kept.rows < 0 ? 0 : lane_row(in, lane, from) + columns.from * in->pixel;
    }
    panel_apply(
        k.map,
        &(panel_items){
            .n = columns.end - columns.from, .x = x, .init = k.b, .y = y, .x_step = in->pixel, .y_step = k.map->rows});
}

/* ---- labels ---- */

/* h = t E for each lane; spatial: of the pixels of row r, as (W,D). */
static void embed(lanes *s, int r)
{
    const packed_net *p = s->net;
    const label_embed *e = p->embed;
    int pixels = e->spatial ? p->h * p->w : 1, columns = e->spatial ? p->w : 1;
    memset(s->hidden, 0, (size_t)s->n * columns * p->label * sizeof(float));
    for (int i = 0; i < s->n; ++i)
        for (int k = 0; k < e->classes; ++k) {
            float t = s->t[i * e->classes + k], *h = s->hidden + (size_t)i * columns * p->label;
            if (!e->size) h[k] = t;
            if (!e->size || t == 0) continue;
            const float *row = e->base.params[0].value + ((size_t)k * p->label) * pixels + r * columns;
            for (int d = 0; d < p->label; ++d)
                for (int c = 0; c < columns; ++c) {
                    float *at = h + c * p->label + d;
                    *at = fused(HAS_FMA, t, row[(size_t)d * pixels + c], *at);
                }
        }
}

/* V h for each lane, or each of its pixels in the row. */
static void label_term_of_layer(const lanes *s, int i)
{
    const panel *map = &s->net->layers[i].label;
    const float *x[] = {s->hidden};
    panel_apply(map, &(panel_items){.n = s->n * (is_spatial(s->net) ? s->net->w : 1),
                                    .x = x,
                                    .init = s->zeros,
                                    .y = s->layers[i].term,
                                    .x_step = s->net->label,
                                    .y_step = map->rows});
}

void label_terms(lanes *s, int r, int of_rows, int of_values)
{
    if (!s->net->embed) return;
    embed(s, r);
    for (int i = 0; i < s->net->n; ++i) {
        const packed_layer *q = s->net->layers + i;
        if (q->label.rows && (q->form->row ? of_rows : of_values)) label_term_of_layer(s, i);
    }
}

/* ---- images, rows, values ---- */

void lanes_start_images(lanes *s, int n, const float *labels, int labelled)
{
    const packed_net *p = s->net;
    start_stack(s);
    s->n = n;
    for (int i = 0; i < s->nrings; ++i) memset(s->rings[i]->x, 0, n * s->rings[i]->lane * sizeof(float));
    if (!p->embed) return;
    memset(s->t, 0, (size_t)n * p->embed->classes * sizeof(float));
    if (labelled) memcpy(s->t, labels, (size_t)labelled * p->embed->classes * sizeof(float));
    if (!p->embed->spatial) label_terms(s, 0, 1, 1);
}

/* Alone, the vertical stack is computed for a whole row; with help, for one row less: its last columns are
   computed while the first ones of row r are drawn. */
void lanes_start_row(lanes *s, int r)
{
    long w = s->net->w;
    s->row = r;
    if (is_spatial(s->net)) label_terms(s, r, 0, 1);
    if (is_spatial(s->net) && r > 0) label_terms(s, r - 1, 1, 0);
    if (r == 0) start_first_row(s);
    stack_until(s, r * w, (s->stack.helped ? r : r + 1) * w);
}

void lanes_start_value(lanes *s, int c, int colour)
{
    long pixel = (long)s->row * s->net->w + c;
    if (colour == 0) stack_until(s, pixel, pixel + 1);
    for (int i = 0; i < s->net->n; ++i)
        if (s->net->layers[i].form && s->net->layers[i].form->value) s->net->layers[i].form->value(s, i, c, colour);
}

const float *lanes_logits(lanes *s, int lane, int colour)
{
    int last = s->net->n - 1;
    return s->layers[last].out.x + lane * s->layers[last].out.lane + colour * group_floats(s->net->layers[last].out);
}

void lanes_put_value(lanes *s, int lane, int c, int colour, float x)
{
    float *y = lane_row(&s->image, lane, s->row) + c * s->image.column + colour * group_floats(s->net->seen);
    fourier_features(x, s->net->octaves, y, 1);
}
