#include "base/calls_gpu.h"
#include "layers/math/blas_gpu.h"
#include "pixelcnn/train/muon_gpu.h"

typedef struct {
    int n, rows, columns;
    float length;
    muon_matrix *matrices; // on the device
} group;

struct muon_gpu {
    int n;
    group *groups;
    float *x, *next, *gram, *polynomial; // on the device, as large as the largest group needs
};

static int small_side(const group *g) { return g->rows < g->columns ? g->rows : g->columns; }
static int large_side(const group *g) { return g->rows < g->columns ? g->columns : g->rows; }

/* The arrays of this shape among those that Muon updates; `to` has the length of the list. */
static int take_shape(const param_list *all, int rows, size_t n, muon_matrix *to)
{
    int count = 0;
    size_t at = 0;
    for (int i = 0; i < all->n; at += all->p[i++].n) {
        const param *p = all->p + i;
        if (p->rows == rows && p->n == n) to[count++] = (muon_matrix){p->value_gpu, p->update_gpu, p->allowed_gpu, at};
    }
    return count;
}

static int has_group(const muon_gpu *g, const param *p)
{
    for (int i = 0; i < g->n; ++i)
        if (g->groups[i].rows == p->rows && (size_t)g->groups[i].rows * g->groups[i].columns == p->n) return 1;
    return 0;
}

static void make_groups(muon_gpu *g, const param_list *all)
{
    muon_matrix *matrices = checked_calloc(all->n, sizeof *matrices);
    g->groups = checked_calloc(all->n, sizeof(group));
    for (int i = 0; i < all->n; ++i) {
        const param *p = all->p + i;
        if (!is_muon_array(p) || has_group(g, p)) continue;
        int n = take_shape(all, p->rows, p->n, matrices);
        group *to = g->groups + g->n++;
        *to = (group){n, p->rows, p->n / p->rows, muon_step_length(p), bytes_gpu(n * sizeof *matrices)};
        push_bytes_gpu(to->matrices, matrices, n * sizeof *matrices);
    }
    free(matrices);
}

muon_gpu *make_muon_gpu(const param_list *all)
{
    muon_gpu *g = checked_calloc(1, sizeof *g);
    size_t x = 0, square = 0;
    make_groups(g, all);
    for (int i = 0; i < g->n; ++i) {
        const group *k = g->groups + i;
        size_t side = small_side(k), floats = (size_t)k->n * k->rows * k->columns;
        if (floats > x) x = floats;
        if (k->n * side * side > square) square = k->n * side * side;
    }
    g->x = floats_gpu(x);
    g->next = floats_gpu(x);
    g->gram = floats_gpu(square);
    g->polynomial = floats_gpu(square);
    return g;
}

void free_muon_gpu(muon_gpu *g)
{
    if (!g) return;
    for (int i = 0; i < g->n; ++i) free_gpu(g->groups[i].matrices);
    free_gpu(g->x);
    free_gpu(g->next);
    free_gpu(g->gram);
    free_gpu(g->polynomial);
    free(g->groups);
    free(g);
}

/* x = (a I + b A + c A A) x with A = x x^T; x and next change places. */
static void iterate(muon_gpu *g, const group *k)
{
    int r = small_side(k), c = large_side(k);
    long long matrix = (long long)r * c, square = (long long)r * r;
    gemm_batch gram = {
        .tb = 1, .m = r, .n = r, .k = c, .a = g->x, .b = g->x, .c = g->gram, .lda = c, .ldb = c, .ldc = r};
    gram.a_step = gram.b_step = matrix;
    gemm_batch squared = {.m = r, .n = r, .k = r, .a = g->gram, .b = g->gram, .c = g->polynomial, .lda = r, .ldb = r};
    squared.ldc = r;
    squared.a_step = squared.b_step = square;
    gemm_batch next = {
        .m = r, .n = c, .k = r, .a = g->polynomial, .b = g->x, .c = g->next, .lda = r, .ldb = c, .ldc = c};
    next.a_step = square;
    next.b_step = next.c_step = matrix;
    gram.c_step = squared.c_step = square;
    gram.batch = squared.batch = next.batch = k->n;
    multiply_gpu(&gram);
    multiply_gpu(&squared);
    muon_polynomial_gpu(k->n, r, g->gram, g->polynomial);
    multiply_gpu(&next);
    float *x = g->x;
    g->x = g->next;
    g->next = x;
}

void muon_weights_gpu(muon_gpu *g, const muon_update *u)
{
    for (int i = 0; i < g->n; ++i) {
        const group *k = g->groups + i;
        muon_pass t = {.n = k->n,
                       .rows = k->rows,
                       .columns = k->columns,
                       .matrices = k->matrices,
                       .x = g->x,
                       .m = u->m,
                       .average = u->average,
                       .rate = u->how.rate,
                       .decay = u->how.decay,
                       .momentum = u->how.momentum,
                       .length = k->length,
                       .keep = u->keep,
                       .verdict = u->verdict};
        muon_gradients_gpu(&t);
        for (int j = 0; j < MUON_ITERATIONS; ++j) iterate(g, k);
        t.x = g->x;
        muon_step_gpu(&t);
    }
}
