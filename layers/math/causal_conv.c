#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "layers/math/causal_conv.h"

channel_layout channels_of(int n, int halves)
{
    return halves ? make_channel_layout(n, 1, halves, PANEL_LANES) : make_channel_layout(n, 1, 1, 1);
}

void init_conv(causal_conv *k, int in_halves, int out_halves)
{
    assert(k->kh <= MAX_KERNEL_ROWS);
    int taps = k->kh * k->kw;
    tap *forward = checked_calloc(taps, sizeof *forward), *backward = checked_calloc(taps, sizeof *backward);
    for (int t = 0; t < taps; ++t) {
        int column = t % k->kw * k->d - k->left;
        forward[t] = (tap){t / k->kw, column, 0, conv_reads(k, t)};
        backward[t] = (tap){t / k->kw, -column, 0, conv_reads(k, t)};
    }
    k->in = channels_of(k->cin, in_halves);
    k->out = channels_of(k->cout, out_halves);
    k->forward = make_panel(&(map_shape){k->cin, taps, 0, forward, k->in, k->out, -1}, PANEL_LANES);
    k->backward = make_panel(&(map_shape){k->cin, taps, 1, backward, k->out, k->in, -1}, PANEL_LANES);
    k->zeros = aligned_floats(k->backward.rows);
    free(forward);
    free(backward);
}

void free_conv(causal_conv *k)
{
    free_panel(&k->forward);
    free_panel(&k->backward);
    free(k->zeros);
}

size_t conv_weights(const causal_conv *k) { return (size_t)k->cout * k->cin * k->kh * k->kw; }

size_t conv_gradient(const causal_conv *k) { return (size_t)k->forward.depth * k->forward.rows; }

int conv_reads(const causal_conv *k, int t)
{
    int up = k->top - t / k->kw * k->d, column = t % k->kw * k->d - k->left;
    return up < k->h && abs(column) < k->w;
}

/* The farthest tap within the image, at most that many columns away. */
static int within(const causal_conv *k, int columns)
{
    int most = (k->w - 1) / k->d * k->d;
    return columns < 0 ? 0 : columns < most ? columns : most;
}

int conv_left(const causal_conv *k) { return within(k, k->left); }

int conv_right(const causal_conv *k) { return within(k, (k->kw - 1) * k->d - k->left); }

/* Image b of features (B,h,w) with `pixel` floats a pixel. */
static features image_of_batch(const causal_conv *k, float *x, int b, int pixel)
{
    return features_over(x + (size_t)b * k->h * k->w * pixel, k->h, k->w, pixel);
}

features conv_input(const causal_conv *k, float *x, int b) { return image_of_batch(k, x, b, layout_floats(k->in)); }

features conv_output(const causal_conv *k, float *x, int b) { return image_of_batch(k, x, b, layout_floats(k->out)); }

features conv_open_input(const causal_conv *k, const float *planes, float **scratch)
{
    features x = open_features(scratch, k->h, k->w, layout_floats(k->in), conv_left(k), conv_right(k));
    planes_to_features(planes, k->cin, x);
    return x;
}

static index_range blocks_of(const panel *k, portion p) { return portion_range(panel_blocks(k), p); }

void conv_take_weights(causal_conv *k, const float *weights, int backward, portion p)
{
    index_range f = blocks_of(&k->forward, p), b = blocks_of(&k->backward, p);
    fill_panel(&k->forward, weights, f.from, f.end);
    if (backward) fill_panel(&k->backward, weights, b.from, b.end);
}

void conv_give_gradient(const causal_conv *k, const float *g, const unsigned char *allowed, float *dw, portion p)
{
    index_range r = blocks_of(&k->forward, p);
    add_panel_gradient(&k->forward, g, allowed, dw, r.from, r.end);
}

/* Row r of a feature map, or NULL outside the image: there is nothing to multiply. */
static float *row_of(features f, int r) { return r < 0 || r >= f.h ? 0 : f.x + r * f.row; }

/* One way through a convolution: row r of y = init + the map of x's rows r + first, r + first + step, ... */
typedef struct {
    const panel *map;
    int kh, first, step; // rows of taps, and which rows of x they read
    features x, y;
    const float *init; // the same at each pixel; NULL: y itself
} row_map;

/* Pixels at a time where rows need not be kept apart: without margins an image is one long row. */
enum { JOINED_PIXELS = 96 };

static int at_most(int n, int most) { return n < most ? n : most; }

/* How many rows of y from r on are one, as are the rows of x that they read. */
static int joined_rows(const row_map *t, int r)
{
    int from = r + t->first, most = JOINED_PIXELS / t->y.w;
    if (t->kh > 1 || most < 2 || from < 0 || from >= t->x.h || !is_one_row(t->x) || !is_one_row(t->y)) return 1;
    return at_most(most, at_most(t->y.h - r, t->x.h - from));
}

/* All rows of y for one block of outputs, whose weights stay in the cache meanwhile. */
static void map_block(const row_map *t, int block)
{
    const float *rows[MAX_KERNEL_ROWS];
    for (int r = 0, n; r < t->y.h; r += n) {
        float *y = row_of(t->y, r);
        for (int i = 0; i < t->kh; ++i) rows[i] = row_of(t->x, r + t->first + i * t->step);
        n = joined_rows(t, r);
        panel_apply_blocks(t->map,
                           &(panel_items){.n = n * t->y.w,
                                          .x = rows,
                                          .init = t->init ? t->init : y,
                                          .y = y,
                                          .x_step = t->x.pixel,
                                          .init_step = t->init ? 0 : t->y.pixel,
                                          .y_step = t->y.pixel},
                           block, 1);
    }
}

static void map_rows(const row_map *t)
{
    for (int b = 0; b < panel_blocks(t->map); ++b) map_block(t, b);
}

/* y(r) = init + sum over rows i of taps: w(i) * x(r - top + i d) */
void conv_forward(const causal_conv *k, features x, const float *init, features y)
{
    map_rows(&(row_map){.map = &k->forward, .kh = k->kh, .first = -k->top, .step = k->d, .x = x, .init = init, .y = y});
}

/* forward:  y(r) += w(i) * x(r - top + i d)
   so        dx(r) += w(i)^T * dy(r + top - i d) */
void conv_backward_data(const causal_conv *k, features dy, int add, features dx)
{
    map_rows(&(row_map){.map = &k->backward,
                        .kh = k->kh,
                        .first = k->top,
                        .step = -k->d,
                        .x = dy,
                        .init = add ? 0 : k->zeros,
                        .y = dx});
}

void conv_backward_planes(const causal_conv *k, features dy, float *dx, float *scratch)
{
    features d = open_features(&scratch, k->h, k->w, k->backward.rows, 0, 0);
    conv_backward_data(k, dy, 0, d);
    features_to_planes(d, k->cin, dx, 1);
}

/* Pixels of a band: 32 outputs of dy stay in the first-level cache, and what passes over them of x too, while
   all taps and channels do. */
enum { BAND = 112 };

/* Some rows of the image, or a part of one. */
typedef struct {
    const causal_conv *k;
    features x, dy;
    int row, rows, column, columns;
    int outputs;   // of dy at a time: 32, or the last 16
    float *packed; // these: as they lie in dy they may fall on few lines of the cache
} band;

/* A block's outputs, 32 or 16: lengths that the compiler knows. */
static void copy_outputs(int n, const float *from, float *to)
{
    if (n == PANEL_ROWS)
        memcpy(to, from, PANEL_ROWS * sizeof(float));
    else
        memcpy(to, from, PANEL_ROWS / 2 * sizeof(float));
}

static void pack_outputs(band *t, int first)
{
    float *to = t->packed;
    for (int r = t->row; r < t->row + t->rows; ++r) {
        const float *from = row_of(t->dy, r) + t->column * t->dy.pixel + first;
        for (int c = 0; c < t->columns; ++c, to += t->outputs) copy_outputs(t->outputs, from + c * t->dy.pixel, to);
    }
}

/* g += dy * x^T over a band, for one run of input channels and the packed outputs; g: where their weights
   start. */
static void multiply_band(const band *t, panel_segment s, float *g)
{
    const causal_conv *k = t->k;
    product_run runs[BAND];
    int n = 0, rows = k->forward.rows;
    for (int r = 0; r < t->rows; ++r) {
        const float *x = row_of(t->x, t->row + r - k->top + s.row * k->d);
        if (!x) continue;
        x += s.offset + t->column * t->x.pixel;
        runs[n++] = (product_run){x, t->packed + r * t->columns * t->outputs, t->columns};
    }
    if (!n) return;
    multiply(&(products){.n = s.n,
                         .blocks = t->outputs == PANEL_ROWS,
                         .nruns = n,
                         .runs = runs,
                         .x_step = 1,
                         .x_next = t->x.pixel,
                         .w_next = t->outputs,
                         .init = g,
                         .y = g,
                         .init_step = rows,
                         .y_step = rows});
}

static void multiply_all(band *t, float *g)
{
    const panel *p = &t->k->forward;
    for (int first = 0; first < p->rows; first += PANEL_ROWS) {
        float *to = g + first;
        t->outputs = at_most(p->rows - first, PANEL_ROWS);
        pack_outputs(t, first);
        for (int s = 0; s < p->nsegments;) {
            panel_segment a = next_segment(p, &s);
            multiply_band(t, a, to);
            to += (size_t)a.n * p->rows;
        }
    }
}

/* forward:  y(r) += w(i) * x(r - top + i d)
   so        dw(i) += sum over r of dy(r) * x(r - top + i d)^T, with dw in the panel's order */
void conv_backward_weights(const causal_conv *k, features x, features dy, float *g)
{
    float packed[BAND * PANEL_ROWS];
    band t = {.k = k, .x = x, .dy = dy, .packed = packed};
    int columns = at_most(k->w, BAND), rows = BAND / columns;
    for (; t.row < k->h; t.row += rows) {
        t.rows = at_most(rows, k->h - t.row);
        for (t.column = 0; t.column < k->w; t.column += t.columns) {
            t.columns = at_most(columns, k->w - t.column);
            multiply_all(&t, g);
        }
    }
}
