/*
matrix_product.c - products of matrices, CPU. See matrix_product.h.

Rows of op(A) are the kernel's items, 32 columns of op(B) its outputs. Both are read where they lie, if that suits the
caches, else from a copy of a block:

    A    rows that stay in the second-level cache while all columns pass
    B    32 columns that stay in the first-level cache while those rows pass

Sums go on in C from one block of k to the next: the chain of an element is not broken.
*/
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/threads.h"
#include "layers/math/matrix_product.h"
#include "layers/math/panel.h"
#include "layers/math/transpose.h"

enum { DEPTH = 256, ROWS = 96, COLUMNS = PANEL_ROWS }; // of a block: k, rows of op(A), columns of op(B)
#define FIRST_CACHE 32768.0                            // bytes
#define PAGES (64 * 4096.0)                            // bytes of the pages whose addresses a CPU has at hand

/* Numbers of a matrix as the kernel reads them: item i's at x + i * step, x + i * step + next, ... */
typedef struct {
    const float *x;
    size_t step, next;
} operand;

/* What is multiplied at a time: `rows` rows of C from `row` on, by `depth` numbers k from `from` on. */
typedef struct {
    const matrix_product *p;
    int row, rows, from, depth;
    operand a;
    float *a_copy, *b_copy, *c_copy; // (rows,depth) (depth,COLUMNS) (rows,COLUMNS)
} block;

static int at_most(int n, int most) { return n < most ? n : most; }

static size_t line(size_t floats) { return (floats + 15) / 16 * 16; }

size_t product_scratch(int m, int k)
{
    size_t rows = at_most(m, ROWS), depth = at_most(k, DEPTH);
    return 16 + line(rows * depth) + line(depth * COLUMNS) + line(rows * COLUMNS); // 16: to start on a cache line
}

/* Do n runs of a few numbers, `floats` apart, stay in the first-level cache and within the pages? A distance that has a
   large power of two as a factor leaves most of a cache unused. */
static int stays_cached(int n, size_t floats)
{
    size_t bytes = floats * sizeof(float), power = bytes & -bytes;
    return n * (double)(power < 4096 ? power : 4096) <= FIRST_CACHE && n * (double)bytes <= PAGES;
}

/* ---- the operands of a block ---- */

static void scale(float *x, size_t n, float by)
{
    for (size_t i = 0; i < n; ++i) x[i] *= by;
}

/* to (columns,rows), with its rows `to_step` apart, from (rows,columns). */
static void turn(const float *from, size_t from_step, int rows, int columns, float *to, size_t to_step)
{
    transpose(&(transposition){from, to, from_step, to_step, rows, columns, 0});
}

static void copy_rows(const float *from, size_t from_step, int rows, int columns, float *to, size_t to_step)
{
    for (int i = 0; i < rows; ++i) memcpy(to + i * to_step, from + i * from_step, columns * sizeof(float));
}

static operand rows_of_a(const block *t)
{
    const matrix_product *p = t->p;
    const float *x = p->a + (p->ta ? (size_t)t->from * p->lda + t->row : (size_t)t->row * p->lda + t->from);
    if (p->alpha == 1 && !p->ta) return (operand){x, p->lda, 1};
    if (p->alpha == 1 && (p->n <= 4 * COLUMNS || stays_cached(2 * t->depth, p->lda))) return (operand){x, 1, p->lda};
    if (p->ta)
        turn(x, p->lda, t->depth, t->rows, t->a_copy, t->depth);
    else
        copy_rows(x, p->lda, t->rows, t->depth, t->a_copy, t->depth);
    if (p->alpha != 1) scale(t->a_copy, (size_t)t->rows * t->depth, p->alpha);
    return (operand){t->a_copy, t->depth, 1};
}

/* An output's weights: `step` is not used. */
static operand columns_of_b(const block *t, int column, int columns)
{
    const matrix_product *p = t->p;
    const float *x = p->b + (p->tb ? (size_t)column * p->ldb + t->from : (size_t)t->from * p->ldb + column);
    if (!p->tb && columns == COLUMNS && (t->rows <= 4 || stays_cached(t->depth, p->ldb)))
        return (operand){x, 0, p->ldb};
    if (columns < COLUMNS) memset(t->b_copy, 0, (size_t)t->depth * COLUMNS * sizeof(float));
    if (p->tb)
        turn(x, p->ldb, columns, t->depth, t->b_copy, COLUMNS);
    else
        copy_rows(x, p->ldb, t->depth, columns, t->b_copy, COLUMNS);
    return (operand){t->b_copy, 0, COLUMNS};
}

/* ---- products ---- */

static const float zeros[COLUMNS];

/* 32 columns of C, or those that are left, from number `column` on. */
static void multiply_columns(const block *t, int column)
{
    const matrix_product *p = t->p;
    int columns = at_most(COLUMNS, p->n - column), goes_on = t->from || p->beta != 0;
    operand b = columns_of_b(t, column, columns);
    float *c = p->c + (size_t)t->row * p->ldc + column, *y = columns < COLUMNS ? t->c_copy : c;
    size_t y_step = columns < COLUMNS ? COLUMNS : p->ldc;
    if (y != c && goes_on) {
        memset(y, 0, t->rows * y_step * sizeof(float));
        copy_rows(c, p->ldc, t->rows, columns, y, y_step);
    }
    product_run run = {t->a.x, b.x, t->depth};
    multiply(&(products){.n = t->rows,
                         .blocks = 1,
                         .nruns = 1,
                         .runs = &run,
                         .x_step = t->a.step,
                         .x_next = t->a.next,
                         .w_next = b.next,
                         .init = goes_on ? y : zeros,
                         .y = y,
                         .init_step = goes_on ? y_step : 0,
                         .y_step = y_step});
    if (y != c) copy_rows(y, y_step, t->rows, columns, c, p->ldc);
}

/* All rows and columns, by some of the numbers k. */
static void multiply_depth(block t)
{
    const matrix_product *p = t.p;
    for (; t.row < p->m; t.row += t.rows) {
        t.rows = at_most(ROWS, p->m - t.row);
        t.a = rows_of_a(&t);
        for (int column = 0; column < p->n; column += COLUMNS) multiply_columns(&t, column);
    }
}

void multiply_matrices(const matrix_product *p, float *scratch)
{
    size_t rows = at_most(p->m, ROWS), depth = at_most(p->k, DEPTH);
    block t = {.p = p, .a_copy = scratch + (-(uintptr_t)scratch / sizeof(float)) % 16};
    t.b_copy = t.a_copy + line(rows * depth);
    t.c_copy = t.b_copy + line(depth * COLUMNS);
    for (int i = 0; i < p->m && p->beta != 0 && p->beta != 1; ++i) scale(p->c + (size_t)i * p->ldc, p->n, p->beta);
    do {
        t.depth = at_most(DEPTH, p->k - t.from);
        multiply_depth(t);
        t.from += t.depth;
    } while (t.from < p->k);
}

/* ---- threads ---- */

#define WORTH_A_THREAD 2e5 // multiply-adds: some ten microseconds

/* A product divided among `down` portions of its rows times `across` of its blocks of columns. */
typedef struct {
    const matrix_product *p;
    int down, across;
    float *scratch;
    size_t scratch_step;
} divided;

static void multiply_part(void *context, int part)
{
    const divided *d = context;
    matrix_product p = *d->p;
    index_range i = portion_range(p.m, (portion){part / d->across, d->down});
    index_range j = portion_range(padded(p.n, COLUMNS) / COLUMNS, (portion){part % d->across, d->across});
    size_t first = j.from * COLUMNS;
    p.m = i.end - i.from;
    p.n = at_most(p.n, j.end * COLUMNS) - first;
    p.a += i.from * (p.ta ? 1 : p.lda);
    p.b += first * (p.tb ? p.ldb : 1);
    p.c += i.from * p.ldc + first;
    if (p.m > 0) multiply_matrices(&p, d->scratch + part * d->scratch_step);
}

void multiply_matrices_threaded(const matrix_product *p)
{
    if (p->m < 1 || p->n < 1) return;
    double worth = (double)p->m * p->n * p->k / WORTH_A_THREAD;
    int most = max_threads(), parts = worth < 1 ? 1 : worth < most ? (int)worth : most;
    divided d = {.p = p, .across = at_most(padded(p->n, COLUMNS) / COLUMNS, parts)};
    d.down = at_most(p->m, parts / d.across);
    d.scratch_step = line(product_scratch(p->m, p->k));
    d.scratch = checked_malloc(d.scratch_step * d.down * d.across * sizeof(float));
    if (d.down * d.across == 1)
        multiply_part(&d, 0);
    else
        run_parts(d.down * d.across, (phase[]){multiply_part, 0}, &d);
    free(d.scratch);
}
