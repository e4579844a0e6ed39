#include <math.h>
#include <stdlib.h>
#include "base/threads.h"
#include "layers/math/panel.h"
#include "pixelcnn/train/muon.h"

/* The matrix as (c, r) with c >= r, rows padded with zeros to R floats; transposed if the array has fewer
   rows than columns. */
typedef struct {
    int c, r, R, turned;
    float *x, *next;          // (c, R)
    float *gram, *polynomial; // (R, R)
    const float *zeros;       // R
} tall;

static tall shape_of(const param *p)
{
    int rows = p->rows, columns = p->n / rows, turned = rows < columns;
    int r = turned ? rows : columns;
    return (tall){.c = turned ? columns : rows, .r = r, .R = padded(r, PANEL_ROWS), .turned = turned};
}

static size_t floats_of(const tall *t) { return ((size_t)2 * t->c + 2 * t->R + 1) * t->R; }

/* Divides a zeroed buffer. */
static void take_buffers(tall *t, float *buffer)
{
    size_t matrix = (size_t)t->c * t->R, square = (size_t)t->R * t->R;
    t->x = buffer;
    t->next = t->x + matrix;
    t->gram = t->next + matrix;
    t->polynomial = t->gram + square;
    t->zeros = t->polynomial + square;
}

float muon_step_length(const param *p)
{
    double rows = p->rows, columns = (double)p->n / rows;
    return sqrt(rows > columns ? rows / columns : 1);
}

static size_t place_of(const tall *t, const param *p, size_t k)
{
    size_t columns = p->n / p->rows, row = k / columns, column = k % columns;
    return t->turned ? column * t->R + row : row * t->R + column;
}

/* Updates m; x = u / (|u| + floor). */
static void take_gradient(const tall *t, const param *p, muon_step s, float *m)
{
    double squares = 0;
    for (size_t k = 0; k < p->n; ++k) {
        float g = s.scale * p->update[k];
        m[k] = s.momentum * m[k] + g;
        float u = g + s.momentum * m[k];
        t->x[place_of(t, p, k)] = u;
        squares += (double)u * u;
        p->update[k] = 0;
    }
    float by = 1 / (sqrt(squares) + MUON_FLOOR);
    for (size_t k = 0; k < (size_t)t->c * t->R; ++k) t->x[k] *= by;
}

/* y (n, R) = x w, where row j of x starts x_step floats after row j-1 and has `depth` numbers x_next apart; w
   (depth, R). */
typedef struct {
    const float *x, *w;
    float *y;
    int n, depth, x_step, x_next;
} product;

static void multiply_rows(const tall *t, product p)
{
    product_run run = {p.x, p.w, p.depth};
    multiply(&(products){.n = p.n,
                         .blocks = t->R / PANEL_ROWS,
                         .nruns = 1,
                         .runs = &run,
                         .x_step = p.x_step,
                         .x_next = p.x_next,
                         .w_next = t->R,
                         .w_block = PANEL_ROWS,
                         .init = t->zeros,
                         .y = p.y,
                         .y_step = t->R});
}

/* With x the transposed X, A = x^T x and x = x (a I + b A + c A A), which is symmetric. */
static void iterate(tall *t)
{
    int R = t->R;
    multiply_rows(t, (product){.x = t->x, .w = t->x, .y = t->gram, .n = t->r, .depth = t->c, .x_step = 1, .x_next = R});
    multiply_rows(
        t,
        (product){.x = t->gram, .w = t->gram, .y = t->polynomial, .n = t->r, .depth = t->r, .x_step = R, .x_next = 1});
    for (int i = 0; i < t->r; ++i)
        for (int j = 0; j < t->r; ++j) {
            int at = i * R + j;
            t->polynomial[at] = MUON_C * t->polynomial[at] + MUON_B * t->gram[at] + (i == j ? MUON_A : 0);
        }
    multiply_rows(
        t, (product){.x = t->x, .w = t->polynomial, .y = t->next, .n = t->c, .depth = t->r, .x_step = R, .x_next = 1});
    float *x = t->x;
    t->x = t->next;
    t->next = x;
}

static void step_array(const param *p, muon_step s, float *m, float *buffer)
{
    tall t = shape_of(p);
    float length = muon_step_length(p);
    take_buffers(&t, buffer);
    take_gradient(&t, p, s, m);
    for (int i = 0; i < MUON_ITERATIONS; ++i) iterate(&t);
    for (size_t k = 0; k < p->n; ++k) {
        float x = p->allowed && !p->allowed[k] ? 0 : length * t.x[place_of(&t, p, k)];
        p->value[k] -= s.rate * (x + s.decay * p->value[k]);
    }
}

void muon_update_weights(const param_list *all, muon_step s, float *m)
{
    size_t *first = checked_calloc(all->n, sizeof *first), *buffer = checked_calloc(all->n, sizeof *buffer);
    size_t at = 0, floats = 0;
    for (int i = 0; i < all->n; at += all->p[i++].n) {
        first[i] = at;
        buffer[i] = floats;
        if (!is_muon_array(all->p + i)) continue;
        tall t = shape_of(all->p + i);
        floats += floats_of(&t);
    }
    float *buffers = aligned_floats(floats);
#pragma omp parallel for schedule(dynamic) num_threads(max_threads())
    for (int i = 0; i < all->n; ++i)
        if (is_muon_array(all->p + i)) step_array(all->p + i, s, m + first[i], buffers + buffer[i]);
    free(buffers);
    free(first);
    free(buffer);
}
