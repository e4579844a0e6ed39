/*
matrix_product.c - products of matrices, CPU. See matrix_product.h.

Rows of op(A) are the kernel's items, 32 columns of op(B) its outputs. Both are read where they lie, if that
suits the caches, else from a copy of a block:

    A    rows that stay in the second-level cache while blocks of columns pass
    B    some blocks of 32 columns, of which one stays in the first-level cache while those rows pass

Sums go on in C from one block of k to the next: the chain of an element is not broken.
*/
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/bounds.h"
#include "base/memory.h"
#include "base/threads.h"
#include "layers/math/matrix_product.h"
#include "layers/math/panel.h"
#include "layers/math/transpose.h"

/* At most at a time: numbers k, rows of op(A), blocks of columns. */
enum { DEPTH = 192, ROWS = 192, COLUMNS = PANEL_ROWS, BLOCKS = 8 };
/* Up to FEW_ROWS a copy of B does not pay; up to SOME_ROWS not even if its rows do not start on cache
   lines. */
enum { FEW_ROWS = 4, SOME_ROWS = 48 };
#define FIRST_CACHE 32768.0  // bytes
#define PAGES (128 * 4096.0) // bytes of the pages that a TLB covers

/* Numbers as the kernel reads them: of item i at x + i * step, x + i * step + next, ... */
typedef struct {
    const float *x;
    size_t step, next;
} operand;

/* What is multiplied at a time: rows and columns of C, and numbers k from `from` on. */
typedef struct {
    const matrix_product *p;
    int from, depth, row, rows, column, columns;
    operand a;
    float *a_copy, *b_copy, *c_copy; // (rows,depth) (BLOCKS,depth,COLUMNS) (rows,COLUMNS)
} block;

static size_t line(size_t floats) { return (floats + 15) / 16 * 16; }

/* How many of n at a time: equal shares of at most `most`, in multiples of `of`. */
static int share(int n, int most, int of)
{
    return n < 1 ? 0 : smaller(n, padded((n - 1) / ((n - 1) / most + 1) + 1, of));
}

static int rows_at_once(int m) { return share(m, ROWS, 24); } // whole tiles of the kernels

static int depth_at_once(int k) { return share(k, DEPTH, 16); }

/* Floats of the copies. A part of a product needs no more than the whole. */
static size_t a_floats(int m, int k) { return line((size_t)smaller(m, ROWS) * smaller(k, DEPTH)); }

static size_t b_floats(int n, int k)
{
    return (size_t)smaller(BLOCKS, padded(n, COLUMNS) / COLUMNS) * smaller(k, DEPTH) * COLUMNS;
}

size_t product_scratch(int m, int n, int k)
{
    return 16 + a_floats(m, k) + b_floats(n, k) + (size_t)smaller(m, ROWS) * COLUMNS; // 16: for alignment
}

/* Do n runs of a few numbers, `floats` apart, stay in the first-level cache and within the pages? A distance
   that has a large power of two as a factor leaves most of a cache unused. */
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
    int columns = p->m > t->rows ? t->columns : p->n; // for which a copy lasts
    if (p->alpha == 1 && (columns <= 2 * COLUMNS || stays_cached(2 * t->depth, p->lda))) return (operand){x, 1, p->lda};
    if (p->ta)
        turn(x, p->lda, t->depth, t->rows, t->a_copy, t->depth);
    else
        copy_rows(x, p->lda, t->rows, t->depth, t->a_copy, t->depth);
    if (p->alpha != 1) scale(t->a_copy, (size_t)t->rows * t->depth, p->alpha);
    return (operand){t->a_copy, t->depth, 1};
}

static const float *first_of_b(const block *t, int column)
{
    const matrix_product *p = t->p;
    return p->b + (p->tb ? (size_t)column * p->ldb + t->from : (size_t)t->from * p->ldb + column);
}

/* Are whole blocks of B's columns read where they lie? */
static int reads_b(const block *t)
{
    const matrix_product *p = t->p;
    int aligned = p->ldb % 16 == 0 && (uintptr_t)p->b % 64 == 0;
    if (p->tb) return 0;
    return p->m <= FEW_ROWS || ((aligned || p->m <= SOME_ROWS) && stays_cached(t->depth, p->ldb));
}

/* Whole blocks of columns, side by side as they lie: a row of all of them at a time. */
static void copy_blocks(const block *t, int blocks)
{
    const float *from = first_of_b(t, t->column);
    for (int k = 0; k < t->depth; ++k, from += t->p->ldb)
        for (int i = 0; i < blocks; ++i)
            memcpy(t->b_copy + ((size_t)i * t->depth + k) * COLUMNS, from + i * COLUMNS, COLUMNS * sizeof(float));
}

static void copy_b(const block *t)
{
    const matrix_product *p = t->p;
    int whole = t->columns / COLUMNS, left = t->columns % COLUMNS;
    float *rest = t->b_copy + (size_t)whole * t->depth * COLUMNS;
    if (p->tb) {
        for (int i = 0; i < whole; ++i)
            turn(first_of_b(t, t->column + i * COLUMNS), p->ldb, COLUMNS, t->depth,
                 t->b_copy + (size_t)i * t->depth * COLUMNS, COLUMNS);
    } else if (!reads_b(t)) {
        copy_blocks(t, whole);
    }
    if (!left) return;
    memset(rest, 0, (size_t)t->depth * COLUMNS * sizeof(float));
    const float *from = first_of_b(t, t->column + whole * COLUMNS);
    if (p->tb)
        turn(from, p->ldb, left, t->depth, rest, COLUMNS);
    else
        copy_rows(from, p->ldb, t->depth, left, rest, COLUMNS);
}

/* Outputs of block i: `step` from a block to the next. */
static operand columns_of_b(const block *t, int i, int whole)
{
    size_t step = (size_t)t->depth * COLUMNS;
    if (whole && reads_b(t)) return (operand){first_of_b(t, t->column + i * COLUMNS), COLUMNS, t->p->ldb};
    return (operand){t->b_copy + i * step, step, COLUMNS};
}

/* ---- products ---- */

static const float zeros[BLOCKS * COLUMNS];

/* y, rows of `blocks` blocks, y_step apart, = or += op(A) times blocks of op(B). */
static void multiply_into(const block *t, operand b, int blocks, int goes_on, float *y, size_t y_step)
{
    product_run run = {t->a.x, b.x, t->depth};
    multiply(&(products){.n = t->rows,
                         .blocks = blocks,
                         .nruns = 1,
                         .runs = &run,
                         .x_step = t->a.step,
                         .x_next = t->a.next,
                         .w_next = b.next,
                         .w_block = b.step,
                         .init = goes_on ? y : zeros,
                         .y = y,
                         .init_step = goes_on ? y_step : 0,
                         .y_step = y_step});
}

/* Few rows take all blocks at a time, so that more sums are under way; else one block stays in the cache. */
static void multiply_rows(const block *t)
{
    const matrix_product *p = t->p;
    int goes_on = t->from || p->beta != 0, whole = t->columns / COLUMNS, left = t->columns % COLUMNS;
    int step = t->rows <= FEW_ROWS ? whole : 1;
    float *c = p->c + (size_t)t->row * p->ldc + t->column;
    for (int i = 0; i < whole; i += step)
        multiply_into(t, columns_of_b(t, i, 1), step, goes_on, c + i * COLUMNS, p->ldc);
    if (!left) return;
    c += whole * COLUMNS;
    memset(t->c_copy, 0, t->rows * COLUMNS * sizeof(float));
    if (goes_on) copy_rows(c, p->ldc, t->rows, left, t->c_copy, COLUMNS);
    multiply_into(t, columns_of_b(t, whole, 0), 1, 1, t->c_copy, COLUMNS);
    copy_rows(t->c_copy, COLUMNS, t->rows, left, c, p->ldc);
}

/* All rows and columns, by some of the numbers k. */
static void multiply_depth(block t)
{
    const matrix_product *p = t.p;
    int most = rows_at_once(p->m);
    for (; t.column < p->n; t.column += t.columns) {
        t.columns = smaller(BLOCKS * COLUMNS, p->n - t.column);
        copy_b(&t);
        for (t.row = 0; t.row < p->m; t.row += t.rows) {
            t.rows = smaller(most, p->m - t.row);
            if (!t.column || p->m > most) t.a = rows_of_a(&t);
            multiply_rows(&t);
        }
    }
}

void multiply_matrices(const matrix_product *p, float *scratch)
{
    if (p->m < 1 || p->n < 1) return;
    block t = {.p = p, .a_copy = scratch + (-(uintptr_t)scratch / sizeof(float)) % 16};
    t.b_copy = t.a_copy + a_floats(p->m, p->k);
    t.c_copy = t.b_copy + b_floats(p->n, p->k);
    for (int i = 0; i < p->m && p->beta != 0 && p->beta != 1; ++i) scale(p->c + (size_t)i * p->ldc, p->n, p->beta);
    do {
        t.depth = smaller(depth_at_once(p->k), p->k - t.from);
        multiply_depth(t);
        t.from += t.depth;
    } while (t.from < p->k);
}

/* ---- threads ---- */

#define WORTH_A_THREAD 2e5 // multiply-adds: about ten microseconds

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
    p.n = smaller(p.n, j.end * COLUMNS) - first;
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
    divided d = {.p = p, .across = smaller(padded(p->n, COLUMNS) / COLUMNS, parts)};
    d.down = smaller(p->m, parts / d.across);
    d.scratch_step = line(product_scratch(p->m, p->n, p->k));
    d.scratch = checked_malloc(d.scratch_step * d.down * d.across * sizeof(float));
    if (d.down * d.across == 1)
        multiply_part(&d, 0);
    else
        run_parts(d.down * d.across, (phase[]){multiply_part, 0}, &d);
    free(d.scratch);
}
