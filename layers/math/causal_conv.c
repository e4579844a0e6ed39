/*
causal_conv.c - convolutions with asymmetric kernels, CPU. See causal_conv.h.
*/
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "layers/math/causal_conv.h"

spread channels_of(int n, int halves)
{
    return halves ? spread_of(n, 1, halves, halves == 2 ? PANEL_LANES : PANEL_ROWS) : spread_of(n, 1, 1, 1);
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

/* The furthest tap, up to that many columns away, that is within the image. */
static int within(const causal_conv *k, int columns)
{
    int most = (k->w - 1) / k->d * k->d;
    return columns < 0 ? 0 : columns < most ? columns : most;
}

int conv_left(const causal_conv *k) { return within(k, k->left); }

int conv_right(const causal_conv *k) { return within(k, (k->kw - 1) * k->d - k->left); }

static range blocks_of(const panel *k, portion p) { return range_of(k->rows / PANEL_ROWS, p); }

void conv_take_weights(causal_conv *k, const float *weights, int backward, portion p)
{
    range f = blocks_of(&k->forward, p), b = blocks_of(&k->backward, p);
    fill_panel(&k->forward, weights, f.from, f.end);
    if (backward) fill_panel(&k->backward, weights, b.from, b.end);
}

void conv_give_gradient(const causal_conv *k, const float *g, const unsigned char *allowed, float *dw, portion p)
{
    range r = blocks_of(&k->forward, p);
    add_panel_gradient(&k->forward, g, allowed, dw, r.from, r.end);
}

/* Row r of a feature map, or NULL outside of the image: there is nothing to multiply. */
static float *row_of(features f, int r) { return r < 0 || r >= f.h ? 0 : f.x + r * f.row; }

/* All rows of y for a few outputs, whose weights stay in the cache meanwhile. Row r reads x's rows r - above,
   r - above + step ...; init as in conv_forward. */
static void apply_blocks(const causal_conv *k, const panel *p, int above, int step, features x, const float *init,
                         features y, int from, int blocks)
{
    const float *rows[MAX_KERNEL_ROWS];
    for (int r = 0; r < k->h; ++r) {
        float *to = row_of(y, r);
        for (int i = 0; i < k->kh; ++i) rows[i] = row_of(x, r - above + i * step);
        panel_apply_blocks(p,
                           &(panel_items){.n = k->w,
                                          .x = rows,
                                          .init = init ? init : to,
                                          .y = to,
                                          .x_step = x.pixel,
                                          .init_step = init ? 0 : y.pixel,
                                          .y_step = y.pixel},
                           from, blocks);
    }
}

static void apply(const causal_conv *k, const panel *p, int above, int step, features x, const float *init, features y)
{
    for (int b = 0; b < p->rows / PANEL_ROWS; ++b) apply_blocks(k, p, above, step, x, init, y, b, 1);
}

void conv_forward(const causal_conv *k, features x, const float *init, features y)
{
    apply(k, &k->forward, k->top, k->d, x, init, y);
}

void conv_backward_data(const causal_conv *k, features dy, int add, features dx)
{
    for (int r = 0; !add && r < k->h; ++r) memset(row_of(dx, r), 0, k->w * dx.pixel * sizeof(float));
    apply(k, &k->backward, -k->top, -k->d, dy, 0, dx);
}

enum { MOST_BAND = 256 }; // rows

/* dy * x^T over rows r0 .. r1-1, for one run of input channels, which starts at number `at` of an output's weights, and
   32 outputs from number `first` on. */
static void multiply_run(const causal_conv *k, panel_segment s, int at, int first, features x, features dy, int r0,
                         int r1, float *g)
{
    product_run runs[MOST_BAND];
    int n = 0, rows = k->forward.rows;
    for (int r = r0; r < r1; ++r) {
        const float *from = row_of(x, r - k->top + s.row * k->d);
        if (from) runs[n++] = (product_run){from + s.offset, row_of(dy, r) + first, k->w};
    }
    float *to = g + (size_t)at * rows + first;
    if (n)
        multiply(&(products){.n = s.n,
                             .blocks = 1,
                             .nruns = n,
                             .runs = runs,
                             .x_step = 1,
                             .x_next = x.pixel,
                             .w_next = dy.pixel,
                             .init = to,
                             .y = to,
                             .init_step = rows,
                             .y_step = rows});
}

/* A band of rows whose features stay in the first-level cache while all taps, channels and outputs pass over them. */
static int band_rows(const causal_conv *k, features x)
{
    int rows = 8192 / (k->w * x.pixel);
    return rows < 2 ? 2 : rows < MOST_BAND ? rows : MOST_BAND;
}

void conv_backward_weights(const causal_conv *k, features x, features dy, float *g)
{
    const panel *p = &k->forward;
    for (int r0 = 0, r1, band = band_rows(k, x); r0 < k->h; r0 = r1) {
        r1 = r0 + band < k->h ? r0 + band : k->h;
        for (int first = 0; first < p->rows; first += PANEL_ROWS)
            for (int s = 0, at = 0; s < p->nsegments; at += p->segments[s++].n)
                multiply_run(k, p->segments[s], at, first, x, dy, r0, r1, g);
    }
}
