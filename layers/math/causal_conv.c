/*
causal_conv.c - convolutions with asymmetric kernels, CPU. See causal_conv.h.
*/
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "layers/math/causal_conv.h"

channel_layout channels_of(int n, int halves)
{
    return halves ? make_channel_layout(n, 1, halves, halves == 2 ? PANEL_LANES : PANEL_ROWS)
                  : make_channel_layout(n, 1, 1, 1);
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
    k->forward = make_panel(&(map_shape){k->cin, taps, 0, forward, k->in, k->out, -1});
    k->backward = make_panel(&(map_shape){k->cin, taps, 1, backward, k->out, k->in, -1});
    free(forward);
    free(backward);
}

void free_conv(causal_conv *k)
{
    free_panel(&k->forward);
    free_panel(&k->backward);
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

static index_range blocks_of(const panel *k, portion p) { return portion_range(k->rows / PANEL_ROWS, p); }

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

/* All rows of y for one block of outputs, whose weights stay in the cache meanwhile. */
static void map_block(const row_map *t, int block)
{
    const float *rows[MAX_KERNEL_ROWS];
    for (int r = 0; r < t->y.h; ++r) {
        float *y = row_of(t->y, r);
        for (int i = 0; i < t->kh; ++i) rows[i] = row_of(t->x, r + t->first + i * t->step);
        panel_apply_blocks(t->map,
                           &(panel_items){.n = t->y.w,
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
    for (int b = 0; b < t->map->rows / PANEL_ROWS; ++b) map_block(t, b);
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
    for (int r = 0; !add && r < k->h; ++r) memset(row_of(dx, r), 0, k->w * dx.pixel * sizeof(float));
    map_rows(&(row_map){.map = &k->backward, .kh = k->kh, .first = k->top, .step = -k->d, .x = dy, .y = dx});
}

void conv_backward_planes(const causal_conv *k, features dy, float *dx, float *scratch)
{
    features d = open_features(&scratch, k->h, k->w, k->backward.rows, 0, 0);
    conv_backward_data(k, dy, 0, d);
    features_to_planes(d, k->cin, dx, 1);
}

/* Rows whose features stay in the first-level cache while all taps, channels and outputs pass over them. */
typedef struct {
    const causal_conv *k;
    features x, dy;
    int from, end; // rows of dy
} band;

enum { MAX_BAND = 256 }; // rows

static int band_rows(const causal_conv *k, features x)
{
    int rows = 8192 / (k->w * x.pixel);
    return rows < 2 ? 2 : rows < MAX_BAND ? rows : MAX_BAND;
}

/* g += dy * x^T over a band, for one run of input channels and the 32 outputs from number `first` on. g:
   where the run's weights start. */
static void multiply_band(const band *t, panel_segment s, int first, float *g)
{
    const causal_conv *k = t->k;
    product_run runs[MAX_BAND];
    int n = 0, rows = k->forward.rows;
    for (int r = t->from; r < t->end; ++r) {
        const float *x = row_of(t->x, r - k->top + s.row * k->d);
        if (x) runs[n++] = (product_run){x + s.offset, row_of(t->dy, r) + first, k->w};
    }
    if (!n) return;
    multiply(&(products){.n = s.n,
                         .blocks = 1,
                         .nruns = n,
                         .runs = runs,
                         .x_step = 1,
                         .x_next = t->x.pixel,
                         .w_next = t->dy.pixel,
                         .init = g + first,
                         .y = g + first,
                         .init_step = rows,
                         .y_step = rows});
}

/* forward:  y(r) += w(i) * x(r - top + i d)
   so        dw(i) += sum over r of dy(r) * x(r - top + i d)^T, with dw in the panel's order */
void conv_backward_weights(const causal_conv *k, features x, features dy, float *g)
{
    const panel *p = &k->forward;
    band t = {.k = k, .x = x, .dy = dy};
    for (int n = band_rows(k, x); t.from < k->h; t.from = t.end) {
        t.end = t.from + n < k->h ? t.from + n : k->h;
        for (int first = 0; first < p->rows; first += PANEL_ROWS) {
            float *to = g;
            for (int s = 0; s < p->nsegments; to += (size_t)p->segments[s++].n * p->rows)
                multiply_band(&t, p->segments[s], first, to);
        }
    }
}
