#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "layers/math/panel.h"

/* ---- features ---- */

channel_layout make_channel_layout(int n, int groups, int halves, int to)
{
    return (channel_layout){n, groups, halves, padded(n / groups / halves, to)};
}

/* The channel at a float; -1: padding. */
static int channel_at(channel_layout s, int at)
{
    int run = at / s.pad, i = at % s.pad, part = s.n / s.halves / s.groups;
    return i < part ? run % s.halves * (s.n / s.halves) + run / s.halves * part + i : -1;
}

void store_channels(channel_layout s, const float *x, float *y)
{
    memset(y, 0, padded(layout_floats(s), PANEL_ROWS) * sizeof(float));
    for (int at = 0; at < layout_floats(s); ++at)
        if (channel_at(s, at) >= 0) y[at] = x[channel_at(s, at)];
}

void add_channels(channel_layout s, const float *y, float *x)
{
    for (int at = 0; at < layout_floats(s); ++at)
        if (channel_at(s, at) >= 0) x[channel_at(s, at)] += y[at];
}

/* ---- maps ---- */

/* The runs of one tap, and where in the array their weights are. */
static void add_tap(panel *p, const map_shape *m, int t)
{
    tap a = m->taps[t];
    int h = m->in.halves, part = m->in.n / m->in.groups / h;
    for (int run = a.first_group * h; run < (a.first_group + a.groups) * h; ++run) {
        p->segments[p->nsegments++] = (panel_segment){a.row, a.column * layout_floats(m->in) + run * m->in.pad, part};
        for (int i = 0; i < part; ++i) {
            int channel = channel_at(m->in, run * m->in.pad + i);
            if (!m->transposed && m->cin < m->in.n) channel %= m->cin;
            p->of_input[p->depth++] = (m->transposed ? channel * m->cin : channel) * m->ntaps + t;
        }
    }
}

panel make_panel(const map_shape *m, int to)
{
    int runs = m->ntaps * m->in.groups * m->in.halves, first = m->group < 0 ? 0 : m->group * group_floats(m->out);
    int n = m->group < 0 ? layout_floats(m->out) : group_floats(m->out);
    panel p = {.rows = padded(n, to)};
    p.segments = checked_calloc(runs, sizeof(panel_segment));
    p.of_input = checked_calloc((size_t)m->ntaps * m->in.n, sizeof(int));
    p.of_output = checked_calloc(p.rows, sizeof(int));
    for (int t = 0; t < m->ntaps; ++t) add_tap(&p, m, t);
    for (int o = 0; o < p.rows; ++o) {
        int channel = o < n ? channel_at(m->out, first + o) : -1;
        p.of_output[o] = channel < 0 ? -1 : (m->transposed ? channel : channel * m->cin) * m->ntaps;
    }
    p.w = aligned_floats((size_t)p.rows * p.depth);
    return p;
}

void free_panel(panel *p)
{
    free(p->segments);
    free(p->of_input);
    free(p->of_output);
    free(p->w);
    *p = (panel){0};
}

/* Outputs of block b. */
static int block_rows(const panel *p, int b)
{
    int left = p->rows - b * PANEL_ROWS;
    return left < PANEL_ROWS ? left : PANEL_ROWS;
}

void fill_panel(panel *p, const float *w, int from, int end)
{
    for (int b = from * PANEL_ROWS; b < end * PANEL_ROWS; b += PANEL_ROWS) {
        float *to = p->w + (size_t)b * p->depth;
        int rows = block_rows(p, b / PANEL_ROWS);
        for (int k = 0; k < p->depth; ++k, to += rows)
            for (int o = 0; o < rows; ++o)
                to[o] = p->of_output[b + o] < 0 ? 0 : w[p->of_output[b + o] + p->of_input[k]];
    }
}

void add_panel_gradient(const panel *p, const float *g, const unsigned char *allowed, float *dw, int from, int end)
{
    for (int b = from * PANEL_ROWS; b < end * PANEL_ROWS; b += PANEL_ROWS)
        for (int k = 0; k < p->depth; ++k)
            for (int o = b; o < b + block_rows(p, b / PANEL_ROWS); ++o) {
                int at = p->of_output[o] + p->of_input[k];
                if (p->of_output[o] >= 0 && (!allowed || allowed[at])) dw[at] += g[(size_t)k * p->rows + o];
            }
}

/* Items of more than a tile or two pass over the weights of one block at a time, and over no more of them
   than stay in the first-level cache meanwhile. */
enum { FEW_ITEMS = 4, DEPTH = 192 };

/* Runs at a time. A kernel of 255 x 255 has thousands, more than a small stack holds. */
enum { MOST_RUNS = 512 };

/* Numbers at a time, for n items: equal shares. */
static int depth_at_once(const panel *p, int n)
{
    return n <= FEW_ITEMS || p->depth <= DEPTH ? p->depth
                                               : padded((p->depth - 1) / ((p->depth - 1) / DEPTH + 1) + 1, 16);
}

/* The next runs continue the sums so far, which gives the same bits. */
static void multiply_runs(products *x)
{
    multiply(x);
    x->nruns = 0;
    x->init = x->y;
    x->init_step = x->y_step;
}

panel_segment next_segment(const panel *p, int *s)
{
    panel_segment a = p->segments[(*s)++], b;
    for (; *s < p->nsegments; a.n += b.n, ++*s) {
        b = p->segments[*s];
        if (b.row != a.row || b.offset != a.offset + a.n) break;
    }
    return a;
}

void panel_apply(const panel *p, const panel_items *t)
{
    int all = panel_blocks(p), blocks = t->n <= FEW_ITEMS && p->rows % PANEL_ROWS == 0 ? all : 1;
    for (int b = 0; b < all; b += blocks) panel_apply_blocks(p, t, b, blocks);
}

void panel_apply_blocks(const panel *p, const panel_items *t, int from, int blocks)
{
    product_run runs[MOST_RUNS];
    const float *w = p->w + (size_t)from * p->depth * PANEL_ROWS;
    int wide = block_rows(p, from);
    products x = {.n = t->n,
                  .blocks = wide == PANEL_ROWS ? blocks : 0,
                  .runs = runs,
                  .x_step = t->x_step,
                  .x_next = 1,
                  .w_next = wide,
                  .w_block = (size_t)p->depth * PANEL_ROWS,
                  .init = t->init + from * PANEL_ROWS,
                  .y = t->y + from * PANEL_ROWS,
                  .init_step = t->init_step,
                  .y_step = t->y_step};
    int most = depth_at_once(p, t->n), left = most;
    for (int s = 0; s < p->nsegments;) {
        panel_segment a = next_segment(p, &s);
        const float *in = t->x[a.row];
        for (int n; in && a.n; a.n -= n, a.offset += n, w += n * wide) {
            if (!left || x.nruns == MOST_RUNS) {
                multiply_runs(&x);
                left = most;
            }
            n = a.n < left ? a.n : left;
            left -= n;
            runs[x.nruns++] = (product_run){in + a.offset, w, n};
        }
        w += (size_t)a.n * wide;
    }
    multiply(&x);
}
