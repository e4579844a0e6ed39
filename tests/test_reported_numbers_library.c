/*
test_reported_numbers_library.c - regression tests of reported bugs: the library's results in parallel regions
and threads of the caller, with other floating-point settings, with another batch, and with NaN.
*/
#define _GNU_SOURCE
#include <fenv.h>
#include <math.h>
#include <pthread.h>
#include <string.h>
#ifdef _OPENMP
#include <omp.h>
#endif
#ifdef __SSE__
#include <xmmintrin.h>
#endif
#include "library/pixelcnn.h"
#include "tests/refused.h"

enum { N = 9, SIDE = 12, PIXELS = SIDE * SIDE, K = 10 };

static const char NET[] = "[net]\nheight=12\nwidth=12\nbatch=2\nchannels=1\nmax_batches=1\n\n"
                          "[label_embed]\nclasses=10\nsize=24\n\n"
                          "[gated_vstack]\nfilters=24\nsize=3\n\n[gated_hstack]\nfilters=24\nsize=3\nmask=a\n\n"
                          "[gated_vstack]\nfilters=24\n\n[gated_hstack]\nfilters=24\n\n"
                          "[skip_sum]\nfilters=24\nactivation=relu\n\n"
                          "[convolutional]\nfilters=16\nactivation=linear\n\n[pixel_softmax]\nlevels=16\n";

/* What a net draws and how likely that is. */
typedef struct {
    unsigned char images[N * PIXELS];
    double nats[N];
} drawn;

static char weights[300];
static float labels[N * K];
static drawn right;

static pixelcnn *load(int batch)
{
    pixelcnn *p = pixelcnn_load(path_of("BAD"), weights, batch);
    if (!p) fail_msg("%s", pixelcnn_error());
    return p;
}

/* Returns 0, or 1 where a call failed or gave something else. */
static int draws_otherwise(pixelcnn *p)
{
    drawn d;
    memset(&d, 0, sizeof d);
    pixelcnn_draw how = PIXELCNN_DRAW;
    how.seed = 7;
    return pixelcnn_sample(p, N, labels, &how, d.images) || pixelcnn_nll(p, N, d.images, labels, d.nats) ||
           memcmp(&d, &right, sizeof d);
}

static pixelcnn *need_net(void)
{
    need_world();
    if (!*weights) {
        network *net = net_of_text(NET, 5);
        fill_biases(net, 6);
        write_text(path_of("BAD"), NET);
        strcpy(weights, scratch("net.weights"));
        save_weights(net, weights);
        free_network(net);
        for (int i = 0; i < N; ++i) labels[i * K + i % K] = 1;
    }
    pixelcnn *p = load(4);
    pixelcnn_draw how = PIXELCNN_DRAW;
    how.seed = 7;
    if (pixelcnn_sample(p, N, labels, &how, right.images) || pixelcnn_nll(p, N, right.images, labels, right.nats))
        fail_msg("%s", pixelcnn_error());
    return p;
}

/* ---- threads of the caller ---- */

static void a_parallel_region_draws_the_same(void **state)
{
    (void)state;
    pixelcnn *p = need_net();
    int wrong = 0, calls = 0;
#ifdef _OPENMP
    for (int levels = 1; levels < 3; ++levels) {
        omp_set_max_active_levels(levels);
#pragma omp parallel num_threads(3) reduction(+ : wrong, calls)
        {
#pragma omp critical
            wrong += draws_otherwise(p), ++calls; // alone, in the critical section that has no name
#pragma omp barrier
            wrong += draws_otherwise(p), ++calls; // at the same time as the others
#pragma omp single
            wrong += draws_otherwise(p), ++calls;
#pragma omp for schedule(dynamic)
            for (int i = 0; i < 4; ++i) wrong += draws_otherwise(p), ++calls;
        }
#pragma omp parallel num_threads(2) reduction(+ : wrong, calls)
#pragma omp single
#pragma omp task shared(wrong, calls)
        wrong += draws_otherwise(p), ++calls;
    }
    omp_set_max_active_levels(1);
    assert_int_equal(calls, 24);
#endif
    pixelcnn_free(p);
    if (wrong) fail_msg("%d of %d calls gave something else", wrong, calls);
}

static void *draw_in_thread(void *context) { return (void *)(size_t)draws_otherwise(context); }

static void threads_of_the_caller_draw_the_same(void **state)
{
    (void)state;
    pixelcnn *p = need_net();
    pthread_t thread[3];
    void *wrong;
    for (int i = 0; i < 3; ++i) assert_int_equal(pthread_create(thread + i, 0, draw_in_thread, p), 0);
    for (int i = 0; i < 3; ++i) {
        assert_int_equal(pthread_join(thread[i], &wrong), 0);
        assert_null(wrong);
    }
    pixelcnn_free(p);
}

#ifdef _OPENMP
/* More threads, or fewer, than when the net was loaded. */
static void the_number_of_threads_may_change(void **state)
{
    (void)state;
    pixelcnn *p = need_net();
    int threads = omp_get_max_threads();
    for (int n = 1; n < 8; n += 3) {
        omp_set_num_threads(n);
        assert_int_equal(draws_otherwise(p), 0);
        pixelcnn *q = load(5);
        omp_set_num_threads(4);
        assert_int_equal(draws_otherwise(q), 0);
        pixelcnn_free(q);
    }
    omp_set_num_threads(threads);
    pixelcnn_free(p);
}
#else
static void the_number_of_threads_may_change(void **state) { (void)state; }
#endif

/* ---- arithmetic ---- */

/* In the caller's thread and in those that its runtime keeps. */
static void set_rounding(int mode)
{
#pragma omp parallel
    fesetround(mode);
}

static void a_rounding_mode_changes_nothing(void **state)
{
    (void)state;
    pixelcnn *p = need_net();
    const int modes[] = {FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};
    for (int i = 0; i < 3; ++i) {
        set_rounding(modes[i]);
        pixelcnn *q = pixelcnn_load(path_of("BAD"), weights, 3);
        int wrong = draws_otherwise(p) || !q || draws_otherwise(q), left = fegetround();
        set_rounding(FE_TONEAREST);
        assert_int_equal(wrong, 0);
        assert_int_equal(left, modes[i]);
        pixelcnn_free(q);
    }
    pixelcnn_free(p);
}

/* As a caller has it that is linked with -ffast-math; and one that wants signals for what is invalid. */
static void flushed_denormals_and_traps_change_nothing(void **state)
{
    (void)state;
    pixelcnn *p = need_net();
    size_t bytes;
    char *file = read_whole(weights, &bytes);
    for (size_t at = 20; at < bytes; at += sizeof(float)) {
        float w;
        memcpy(&w, file + at, sizeof w);
        w *= 1e-38; // what is below 1.2e-38 is flushed
        memcpy(file + at, &w, sizeof w);
    }
    write_file(scratch("small.weights"), file, bytes);
    free(file);
    pixelcnn *small = pixelcnn_load(path_of("BAD"), scratch("small.weights"), 4);
    assert_non_null(small);
    double before[N], after[N];
    assert_int_equal(pixelcnn_nll(small, N, right.images, labels, before), 0);
#ifdef __SSE__
    unsigned usual = _mm_getcsr();
    _mm_setcsr(usual | 0x8040);
    int failed = pixelcnn_nll(small, N, right.images, labels, after) || draws_otherwise(p);
    unsigned left = _mm_getcsr();
    _mm_setcsr(usual);
    assert_int_equal(failed, 0);
    assert_int_equal(left & 0x8040, 0x8040);
    assert_memory_equal(before, after, sizeof before);
#endif
    feclearexcept(FE_ALL_EXCEPT);
    feenableexcept(FE_INVALID | FE_OVERFLOW | FE_UNDERFLOW | FE_DIVBYZERO);
    int wrong = draws_otherwise(p) || pixelcnn_nll(small, N, right.images, labels, after), enabled = fegetexcept();
    fedisableexcept(FE_ALL_EXCEPT);
    assert_int_equal(wrong, 0);
    assert_int_equal(enabled, FE_INVALID | FE_OVERFLOW | FE_UNDERFLOW | FE_DIVBYZERO);
    assert_int_equal(fetestexcept(FE_ALL_EXCEPT), 0);
    pixelcnn_free(small);
    pixelcnn_free(p);
}

/* ---- batches, NaN ---- */

static void the_batch_changes_no_bit(void **state)
{
    (void)state;
    pixelcnn_free(need_net());
    for (int batch = 1; batch <= 16; batch += 3) {
        pixelcnn *p = load(batch);
        if (draws_otherwise(p)) fail_msg("batch %d: other images or nats", batch);
        pixelcnn_free(p);
    }
}

static void nan_is_an_error(void **state)
{
    (void)state;
    pixelcnn_free(need_net());
    size_t bytes;
    char *file = read_whole(weights, &bytes);
    const float huge = 3e38;
    for (size_t at = 20; at < bytes; at += sizeof huge) memcpy(file + at, &huge, sizeof huge);
    write_file(scratch("huge.weights"), file, bytes);
    free(file);
    pixelcnn *p = pixelcnn_load(path_of("BAD"), scratch("huge.weights"), 4);
    assert_non_null(p);
    drawn d, before;
    memset(&d, 77, sizeof d);
    before = d;
    unsigned char keep[PIXELS] = {1};
    assert_int_equal(pixelcnn_nll(p, N, right.images, labels, d.nats), -1);
    assert_non_null(strstr(pixelcnn_error(), "image 0: the likelihood is "));
    assert_int_equal(pixelcnn_sample(p, N, labels, 0, d.images), -1);
    assert_non_null(strstr(pixelcnn_error(), "logit"));
    assert_int_equal(pixelcnn_complete(p, N, labels, keep, 0, d.images), -1);
    assert_memory_equal(&d, &before, sizeof d);
    pixelcnn_free(p);
}

TEST_MAIN(cmocka_unit_test(a_parallel_region_draws_the_same), cmocka_unit_test(threads_of_the_caller_draw_the_same),
          cmocka_unit_test(the_number_of_threads_may_change), cmocka_unit_test(a_rounding_mode_changes_nothing),
          cmocka_unit_test(the_batch_changes_no_bit), cmocka_unit_test(nan_is_an_error),
          cmocka_unit_test(flushed_denormals_and_traps_change_nothing))
