/*
test_library_calls.c - libpixelcnn passes images on as they are drawn, ends a call when it is asked to, and
uses as many threads as it should.
*/
#include <omp.h>
#include <pthread.h>
#include <string.h>
#include "base/clock.h"
#include "tests/labelled.h"
#include "tests/library_calls.h"

enum { N = 70, MANY = 100000 };

static pixelcnn *net;
static unsigned char expected[N * VALUES], images[N * VALUES];
static float labels[N * CLASSES];
static double nats[N];

static void need_net(void)
{
    need_world();
    if (!net) net = load_net(path_of("DROPOUT"), path_of("WEIGHTS"), 4);
    succeeds(pixelcnn_threads(0));
    succeeds(pixelcnn_on_cancel(net, 0, 0));
    succeeds(pixelcnn_labels(net, "2,0,1", N, labels));
    succeeds(pixelcnn_sample(net, N, labels, &(pixelcnn_draw){.seed = 5, .first = 3}, expected));
}

/* ---- streams ---- */

/* What a receiver saw. */
typedef struct {
    int n, most, calls, stop_at; // stop_at: images after which it ends; 0: never
    double nats;                 // of the first image
} receipt;

static int receive(void *context, int first, int n, const unsigned char *drawn)
{
    receipt *r = context;
    assert_int_equal(first, 3 + r->n);
    memcpy(images + r->n * VALUES, drawn, n * VALUES);
    if (!r->calls) succeeds(pixelcnn_nll(net, 1, drawn, labels, &r->nats)); // calls of the library are fine here
    r->n += n;
    ++r->calls;
    if (n > r->most) r->most = n;
    return r->stop_at && r->n >= r->stop_at;
}

static void a_stream_is_a_sample_in_pieces(void **state)
{
    (void)state;
    need_net();
    for (int threads = 1; threads <= 3; ++threads) {
        receipt r = {0};
        memset(images, 0, sizeof images);
        succeeds(pixelcnn_threads(threads));
        succeeds(pixelcnn_stream(net, N, labels, &(pixelcnn_draw){.seed = 5, .first = 3}, receive, &r));
        assert_memory_equal(images, expected, sizeof images);
        assert_int_equal(r.n, N);
        assert_int_equal(r.most, 16 * threads);
        succeeds(pixelcnn_nll(net, 1, expected, labels, nats));
        assert_true(r.nats == nats[0]);
    }
}

/* Without labels and options: each class in turn, whatever the batch. */
static int compare(void *context, int first, int n, const unsigned char *drawn)
{
    assert_memory_equal((unsigned char *)context + first * VALUES, drawn, n * VALUES);
    return 0;
}

static void without_labels_each_class_has_its_turn(void **state)
{
    (void)state;
    need_net();
    succeeds(pixelcnn_sample(net, N, 0, 0, images));
    succeeds(pixelcnn_threads(1));
    succeeds(pixelcnn_stream(net, N, 0, 0, compare, images));
}

static void a_receiver_ends_a_stream(void **state)
{
    (void)state;
    receipt r = {.stop_at = 17};
    need_net();
    succeeds(pixelcnn_threads(1));
    assert_int_equal(pixelcnn_stream(net, N, labels, &(pixelcnn_draw){5, 3, 0, 0}, receive, &r), PIXELCNN_CANCELLED);
    assert_string_equal(pixelcnn_error(),
                        "pixelcnn_stream: cancelled after 32 of 70 images by the function that receives them");
    assert_int_equal(r.n, 32);
    assert_memory_equal(images, expected, 32 * VALUES);
}

static void bad_streams_are_refused_before_an_image_is_drawn(void **state)
{
    (void)state;
    receipt r = {0};
    need_net();
    fails_with(pixelcnn_stream(net, N, labels, 0, 0, 0), "pixelcnn_stream: & receives the images: it is NULL");
    fails_with(pixelcnn_stream(0, N, labels, 0, receive, &r), "pixelcnn_stream: the net is NULL");
    fails_with(pixelcnn_stream(net, 0, labels, 0, receive, &r), "pixelcnn_stream: 0 images: expected 1 to");
    fails_with(pixelcnn_stream(net, N, labels, &(pixelcnn_draw){.temperature = -2}, receive, &r),
               "pixelcnn_stream: temperature -2: expected 0 to 100");
    labels[N * CLASSES - 1] += .5f;
    fails_with(pixelcnn_stream(net, N, labels, 0, receive, &r),
               "pixelcnn_stream: labels: the weights of image 69 sum to");
    labels[N * CLASSES - 1] -= .5f;
    assert_int_equal(r.calls, 0);
    report();
}

/* ---- cancelling ---- */

/* What a cancel callback does and sees. */
typedef struct {
    int calls, after; // after: asks that are answered no
    int elsewhere;    // 1: asked on another thread than the caller's
    pthread_t caller;
} asking;

static int ask(void *context)
{
    asking *a = context;
    if (!pthread_equal(pthread_self(), a->caller)) a->elsewhere = 1;
    return a->calls++ >= a->after;
}

/* Ends with its error, having written nothing. */
static void is_cancelled(int status, const char *function)
{
    char says[128];
    unsigned char untouched[sizeof images];
    memset(untouched, 77, sizeof untouched);
    snprintf(says, sizeof says, "%s: cancelled", function);
    assert_int_equal(status, PIXELCNN_CANCELLED);
    assert_string_equal(pixelcnn_error(), says);
    assert_memory_equal(images, untouched, sizeof images);
}

static void every_function_is_cancelled(void **state)
{
    (void)state;
    static float logits[N * LEVELS * VALUES];
    static double values[N * VALUES];
    unsigned char mask[VALUES] = {1};
    asking a = {.caller = pthread_self()};
    receipt r = {0};
    need_net();
    memset(images, 77, sizeof images);
    succeeds(pixelcnn_on_cancel(net, ask, &a));
    is_cancelled(pixelcnn_sample(net, N, 0, 0, images), "pixelcnn_sample");
    is_cancelled(pixelcnn_complete(net, N, 0, mask, 0, images), "pixelcnn_complete");
    is_cancelled(pixelcnn_stream(net, N, 0, 0, receive, &r), "pixelcnn_stream");
    is_cancelled(pixelcnn_nll(net, N, expected, 0, nats), "pixelcnn_nll");
    is_cancelled(pixelcnn_nll(net, N, expected, labels, nats), "pixelcnn_nll");
    is_cancelled(pixelcnn_nll_values(net, N, expected, 0, values), "pixelcnn_nll_values");
    is_cancelled(pixelcnn_nll_values(net, N, expected, labels, values), "pixelcnn_nll_values");
    is_cancelled(pixelcnn_logits(net, N, expected, labels, logits), "pixelcnn_logits");
    assert_int_equal(a.calls, 8);
    assert_int_equal(a.elsewhere, 0);
    assert_int_equal(r.calls, 0);
    succeeds(pixelcnn_on_cancel(net, 0, 0));
    succeeds(pixelcnn_sample(net, N, labels, &(pixelcnn_draw){.seed = 5, .first = 3}, images));
    assert_memory_equal(images, expected, sizeof images);
}

/* A drawing that would take long ends soon after the answer, on all threads; it is asked again and again. */
static void a_long_drawing_ends_soon(void **state)
{
    (void)state;
    need_net();
    unsigned char *much = test_malloc((size_t)MANY * VALUES);
    for (int threads = 1; threads <= 2; ++threads) {
        asking a = {.after = 3, .caller = pthread_self()};
        succeeds(pixelcnn_threads(threads));
        succeeds(pixelcnn_on_cancel(net, ask, &a));
        double start = monotonic_seconds();
        assert_int_equal(pixelcnn_sample(net, MANY, 0, 0, much), PIXELCNN_CANCELLED);
        double taken = monotonic_seconds() - start;
        print_message("%d threads: cancelled after %.0f ms\n", threads, 1e3 * taken);
        assert_int_equal(a.calls, 4);
        assert_int_equal(a.elsewhere, 0);
        assert_true(taken >= .15); // three pauses of 50 ms
    }
    test_free(much);
}

static int ask_library(void *context)
{
    (void)context;
    fails_with(pixelcnn_nll(net, 1, expected, labels, nats), "a cancel callback must not call the library");
    pixelcnn_verbose(0); // and has no effect
    return 0;
}

static void a_callback_does_not_call_the_library(void **state)
{
    (void)state;
    need_net();
    succeeds(pixelcnn_on_cancel(net, ask_library, 0));
    succeeds(pixelcnn_sample(net, N, labels, &(pixelcnn_draw){.seed = 5, .first = 3}, images));
    assert_memory_equal(images, expected, sizeof images);
    fails_with(pixelcnn_on_cancel(0, ask, 0), "pixelcnn_on_cancel: the net is NULL");
    report();
}

/* ---- threads ---- */

static int count_threads(void *context)
{
    *(int *)context = omp_get_max_threads();
    return 0;
}

static void as_many_threads_as_wanted(void **state)
{
    (void)state;
    static const int wanted[] = {1, 2, 3, 1};
    double first[N];
    int mine, seen;
    need_net();
    mine = omp_get_max_threads();
    for (int i = 0; i < COUNT(wanted); ++i) {
        succeeds(pixelcnn_threads(wanted[i]));
        succeeds(pixelcnn_on_cancel(net, count_threads, &seen));
        succeeds(pixelcnn_nll(net, N, expected, labels, i ? nats : first));
        assert_int_equal(seen, wanted[i]);
        assert_int_equal(omp_get_max_threads(), mine);
        if (i) assert_memory_equal(nats, first, sizeof first);
        succeeds(pixelcnn_sample(net, N, labels, &(pixelcnn_draw){.seed = 5, .first = 3}, images));
        assert_memory_equal(images, expected, sizeof images);
        pixelcnn *p = pixelcnn_load(path_of("DROPOUT"), path_of("WEIGHTS"), 7); // with that many threads
        succeeds(pixelcnn_nll(p, N, expected, labels, nats));
        for (int k = 0; k < N; ++k) assert_float_equal(nats[k], first[k], 1e-4);
        pixelcnn_free(p);
    }
    succeeds(pixelcnn_threads(0));
    succeeds(pixelcnn_nll(net, 1, expected, labels, nats));
    assert_int_equal(seen, mine);
    fails_with(pixelcnn_threads(-1), "pixelcnn_threads: -1: expected 1 to 1024, or 0 for the default");
    fails_with(pixelcnn_threads(1025), "pixelcnn_threads: 1025: expected 1 to 1024");
    report();
}

TEST_MAIN(cmocka_unit_test(a_stream_is_a_sample_in_pieces), cmocka_unit_test(without_labels_each_class_has_its_turn),
          cmocka_unit_test(a_receiver_ends_a_stream),
          cmocka_unit_test(bad_streams_are_refused_before_an_image_is_drawn),
          cmocka_unit_test(every_function_is_cancelled), cmocka_unit_test(a_long_drawing_ends_soon),
          cmocka_unit_test(a_callback_does_not_call_the_library), cmocka_unit_test(as_many_threads_as_wanted))
