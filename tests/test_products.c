/*
test_products.c - products of matrices in the order that layers/math/matrix_product.h states, to the bit:
transposed or not, with alpha and beta, rows that lie apart, blocks of all sizes, on any number of threads.
gemm_cpu, by whatever it is made, to rounding.
*/
#include <math.h>
#ifdef _OPENMP
#include <omp.h>
#endif
#include <string.h>
#include "base/memory.h"
#include "base/random.h"
#include "gemm.h"
#include "layers/math/matrix_product.h"
#include "layers/math/panel.h"
#include "layers/math/transpose.h"
#include "layers/math/vector_ops.h"
#include "tests/chain.h"
#include "tests/support.h"

typedef struct {
    int ta, tb, m, n, k, more; // numbers that a row of each matrix is longer than needed
    float alpha, beta;
} product_case;

/* The last ones: several blocks of rows, of columns and of k; strides that fill few lines of a cache. */
static const product_case shapes[] = {{.m = 1, .n = 1, .k = 1},
                                      {.m = 1, .n = 70, .k = 9, .more = 3},
                                      {.m = 70, .n = 1, .k = 9},
                                      {.m = 3, .n = 32, .k = 0, .more = 1},
                                      {.m = 4, .n = 33, .k = 5, .more = 31},
                                      {.m = 13, .n = 64, .k = 17},
                                      {.m = 35, .n = 27, .k = 259},
                                      {.m = 101, .n = 150, .k = 37, .more = 1},
                                      {.m = 99, .n = 40, .k = 260, .more = 984},
                                      {.m = 385, .n = 32, .k = 40},
                                      {.m = 2, .n = 300, .k = 30}};
enum { SHAPES = sizeof shapes / sizeof *shapes };
static const float factors[][2] = {{1, 0}, {1, 1}, {-.3, 1}, {1, .7}, {2.5, -1.5}};
enum { FACTORS = sizeof factors / sizeof *factors };

/* A product, what C was before, and what it must be. */
typedef struct {
    matrix_product p;
    float *a, *b, *c, *before, *right;
    size_t size; // of C
} trial;

static trial make_trial(product_case q)
{
    trial t = {.size = (size_t)q.m * (q.n + q.more)};
    t.p = (matrix_product){q.ta, q.tb, q.m, q.n, q.k, q.alpha, 0, 0, 0, 0, q.beta, 0, q.n + q.more};
    t.p.lda = (q.ta ? q.m : q.k) + q.more;
    t.p.ldb = (q.tb ? q.k : q.n) + q.more;
    t.p.a = t.a = random_floats((size_t)(q.ta ? q.k : q.m) * t.p.lda + 1, 1);
    t.p.b = t.b = random_floats((size_t)(q.tb ? q.n : q.k) * t.p.ldb + 1, 2);
    t.before = random_floats(t.size, 3);
    t.c = random_floats(t.size, 3);
    t.right = random_floats(t.size, 3);
    t.p.c = t.c;
    for (int i = 0; i < q.m; ++i)
        for (int j = 0; j < q.n; ++j) {
            float *c = t.right + (size_t)i * t.p.ldc + j;
            *c = q.beta == 0 ? 0 : q.beta * *c;
            for (int k = 0; k < q.k; ++k)
                *c = chain_step(q.alpha * t.a[q.ta ? (size_t)k * t.p.lda + i : (size_t)i * t.p.lda + k],
                                t.b[q.tb ? (size_t)j * t.p.ldb + k : (size_t)k * t.p.ldb + j], *c);
        }
    return t;
}

static void free_trial(trial *t)
{
    free(t->a);
    free(t->b);
    free(t->c);
    free(t->before);
    free(t->right);
}

static void assert_right(const trial *t, const char *what)
{
    for (size_t i = 0; i < t->size; ++i)
        if (memcmp(t->c + i, t->right + i, sizeof(float)))
            fail_msg("%s: ta=%d tb=%d m=%d n=%d k=%d alpha=%g beta=%g: number %zu: %.9g, not %.9g", what, t->p.ta,
                     t->p.tb, t->p.m, t->p.n, t->p.k, t->p.alpha, t->p.beta, i, t->c[i], t->right[i]);
    memcpy(t->c, t->before, t->size * sizeof(float));
}

static void each_element_is_a_chain(trial *t)
{
    size_t floats = product_scratch(t->p.m, t->p.n, t->p.k);
    float *scratch = checked_malloc((floats + 4) * sizeof(float));
    for (int shift = 0; shift < 4; ++shift) { // wherever the scratch starts
        memset(scratch, 0xff, (floats + 4) * sizeof(float));
        multiply_matrices(&t->p, scratch + shift);
        assert_true(((unsigned *)scratch)[floats + shift] == -1u); // and it ends there
        assert_right(t, "one thread");
    }
    free(scratch);
    for (int threads = 1; threads <= 5; ++threads) {
#ifdef _OPENMP
        omp_set_num_threads(threads);
#endif
        multiply_matrices_threaded(&t->p);
        assert_right(t, "several threads");
    }
}

static void for_each_case(void (*check)(trial *t))
{
    for (int i = 0; i < SHAPES; ++i)
        for (int f = 0; f < FACTORS; ++f)
            for (int turned = 0; turned < 4; ++turned) {
                product_case q = shapes[i];
                q.ta = turned & 1, q.tb = turned >> 1, q.alpha = factors[f][0], q.beta = factors[f][1];
                trial t = make_trial(q);
                check(&t);
                free_trial(&t);
            }
}

static void products_are_chains_in_order(void **state)
{
    (void)state;
    for_each_case(each_element_is_a_chain);
}

/* The error of a sum in whatever order is at most some k roundings. */
static void check_gemm(trial *t)
{
    matrix_product p = t->p;
    if (!p.k) return; // which oneDNN leaves alone, and Darknet never asks for
    gemm(p.ta, p.tb, p.m, p.n, p.k, p.alpha, t->a, p.lda, t->b, p.ldb, p.beta, t->c, p.ldc);
    for (size_t i = 0; i < t->size; ++i)
        if (!(fabs(t->c[i] - t->right[i]) <= 1e-6 * (1 + p.k)))
            fail_msg("gemm: ta=%d tb=%d m=%d n=%d k=%d alpha=%g beta=%g: number %zu: %.9g, not %.9g", p.ta, p.tb, p.m,
                     p.n, p.k, p.alpha, p.beta, i, t->c[i], t->right[i]);
}

static void gemm_takes_all_that_darknet_may_ask_for(void **state)
{
    (void)state;
    for_each_case(check_gemm);
}

static void a_c_that_is_not_read_may_be_nan(void **state)
{
    (void)state;
    for (int n = 31; n <= 33; ++n) {
        trial t = make_trial((product_case){.m = 5, .n = n, .k = 300, .alpha = 1});
        for (size_t i = 0; i < t.size; ++i) t.c[i] = t.before[i] = NAN;
        each_element_is_a_chain(&t);
        free_trial(&t);
    }
}

static void a_matrix_is_transposed(void **state)
{
    (void)state;
    enum { ROWS = 19, COLUMNS = 21, FROM = 25, TO = 23 };
    float *x = random_floats(ROWS * FROM, 4);
    for (int add = 0; add < 2; ++add) {
        float *y = random_floats(COLUMNS * TO, 5), *before = random_floats(COLUMNS * TO, 5);
        transpose(&(transposition){x, y, FROM, TO, ROWS, COLUMNS, add});
        for (int i = 0; i < COLUMNS; ++i)
            for (int j = 0; j < TO; ++j) {
                float was = before[i * TO + j];
                assert_true(y[i * TO + j] == (j < ROWS ? x[j * FROM + i] + (add ? was : 0) : was));
            }
        free(y);
        free(before);
    }
    free(x);
}

static void long_sums_have_one_order(void **state)
{
    (void)state;
    float *x = random_floats(100, 6), *y = random_floats(100, 7), both[100];
    for (int i = 0; i < 100; ++i) both[i] = x[i] * y[i];
    for (int n = 0; n < 100; ++n) {
        float sums[2] = {1, 2}, right = 1 + sum_of_16(n, x);
        assert_float_equal(dot(n, x, y), sum_of_16(n, both), 1e-6); // a compiler may fuse these
        add_plane_sums(n <= 50 ? 2 : 1, n, x, sums);
        assert_true(sums[0] == right);
        assert_true(n > 50 || sums[1] == 2 + sum_of_16(n, x + n));
    }
    free(x);
    free(y);
}

TEST_MAIN(cmocka_unit_test(products_are_chains_in_order), cmocka_unit_test(gemm_takes_all_that_darknet_may_ask_for),
          cmocka_unit_test(a_c_that_is_not_read_may_be_nan), cmocka_unit_test(a_matrix_is_transposed),
          cmocka_unit_test(long_sums_have_one_order))
