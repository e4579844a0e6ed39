/*
test_exact.c - the same bits on every machine (docs/dev/exactness.md), as far as one can tell: every
instruction set that this CPU has, any number of threads and images, and hashes of earlier builds
(tests/exact/hashes.txt). Other compilers and CPUs are test_exact_builds.sh's.
*/
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include "base/exact_math.h"
#include "base/machine.h"
#include "base/random.h"
#include "base/verbose.h"
#include "layers/math/panel.h"
#include "layers/pixel_softmax_layer.h"
#include "pixelcnn/sample/draw_level.h"
#include "pixelcnn/sample/sampler.h"
#include "tests/family.h"
#include "tests/hashes.h"
#include "tests/support.h"

static float float_of_bits(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static int same_bits(float x, float y) { return (isnan(x) && isnan(y)) || !memcmp(&x, &y, sizeof x); }

/* Calls f for each instruction set of this CPU. */
static void in_every_set(void (*f)(void))
{
    int before = vectors_in_use();
    for (vector_set v = VECTORS_ANY; v <= VECTORS_AVX512; ++v) {
        if (use_vectors(v) < 0) {
            print_message("this CPU has not set %d: skipped\n", v);
            continue;
        }
        print_message("%s\n", vector_units());
        f();
    }
    use_vectors(before);
}

/* ---- fused ---- */

static void check_fused(float x, float y, float z)
{
    float sum = fused_in_software(x, y, z), right = fmaf(x, y, z);
    if (!same_bits(sum, right)) fail_msg("%a * %a + %a = %a, not %a", x, y, z, sum, right);
}

static uint32_t random_word(int i, int k) { return random_bits(9, STREAM_SAMPLE, i, k); }

/* A number of few bits, near to others: products and sums of them are exact or lie in the middle between two
   floats. */
static float short_number(int i, int k)
{
    static const int least[] = {-4, -30, -75, -149};
    uint32_t r = random_word(i, k);
    float x = ldexpf(1 + (r >> 8 & 3) * .25f, least[r & 3] + (int)(r >> 4 & 7));
    return r >> 16 & 1 ? -x : x;
}

static void software_rounds_once(void **state)
{
    (void)state;
    static const float special[] = {0, 1, 1 + FLT_EPSILON, 0x1p-24f, 0x1p-149f, FLT_MIN, FLT_MAX, INFINITY, NAN};
    enum { SPECIAL = sizeof special / sizeof *special };
    for (int i = 0; i < SPECIAL * SPECIAL * SPECIAL * 8; ++i) {
        float x = special[i / 8 % SPECIAL], y = special[i / 8 / SPECIAL % SPECIAL],
              z = special[i / 8 / SPECIAL / SPECIAL];
        check_fused(i & 1 ? -x : x, i & 2 ? -y : y, i & 4 ? -z : z);
    }
    for (int i = 0; i < 300000; ++i) {
        check_fused(float_of_bits(random_word(i, 0)), float_of_bits(random_word(i, 1)),
                    float_of_bits(random_word(i, 2)));
        check_fused(short_number(i, 3), short_number(i, 4), short_number(i, 5));
        float x = float_of_bits((random_word(i, 6) & 0x807fffff) | 0x3f800000), y = 1 + ldexpf(1, -(int)(i % 24));
        check_fused(x, y, ldexpf(x, i % 50 - 25)); // close to the middle between two floats
        check_fused(x, y, -x);
    }
    check_fused(0x1.000002p0f, 0x1.000002p0f, 0x1p-80f); // a tie but for the last term
    check_fused(0x1.000002p0f, 0x1.000002p0f, -0x1p-80f);
}

/* ---- products ---- */

enum { ITEMS = 27, DEPTH = 37, BLOCKS = 3, ROWS = BLOCKS * PANEL_ROWS };

/* Numbers as in a net, pixels of few bits, zeros, and denormal ones. */
static float operand(int i, int k)
{
    switch (i / 7 % 5) {
    case 0:
        return short_number(i, k);
    case 1:
        return i % 3 ? 0 : 1;
    case 2:
        return (random_word(i, k) % 2000 - 1000.f) * 0x1p-80f;
    default:
        return (int)random_word(i, k) * 0x1p-31f;
    }
}

static void check_products(void)
{
    static float x[ITEMS * DEPTH], w[DEPTH * ROWS], init[ITEMS * ROWS], y[ITEMS * ROWS];
    for (int i = 0; i < ITEMS * DEPTH; ++i) x[i] = operand(i, 0);
    for (int i = 0; i < DEPTH * ROWS; ++i) w[i] = operand(i / 3, i % 3 + 1);
    for (int i = 0; i < ITEMS * ROWS; ++i) init[i] = operand(i, 4);
    for (int n = 1; n <= ITEMS; ++n)
        for (int blocks = 0; blocks <= BLOCKS; ++blocks) {
            product_run runs[] = {{x, w, 20}, {x + 20, w + 20 * ROWS, DEPTH - 20}};
            products t = {.n = n,
                          .blocks = blocks,
                          .nruns = 2,
                          .runs = runs,
                          .x_step = DEPTH,
                          .x_next = 1,
                          .w_next = ROWS,
                          .w_block = PANEL_ROWS,
                          .init = init,
                          .y = y,
                          .init_step = ROWS,
                          .y_step = ROWS};
            memset(y, 0, sizeof y);
            multiply(&t);
            for (int r = product_outputs(&t); r < ROWS; ++r) assert_true(y[r] == 0); // what is behind the outputs stays
            for (int j = 0; j < n; ++j)
                for (int r = 0; r < product_outputs(&t); ++r) {
                    float sum = init[j * ROWS + r];
                    for (int k = 0; k < DEPTH; ++k) sum = fmaf(x[j * DEPTH + k], w[k * ROWS + r], sum);
                    if (!same_bits(y[j * ROWS + r], sum))
                        fail_msg("%d items, item %d, output %d: %a, not %a", n, j, r, y[j * ROWS + r], sum);
                }
        }
}

static void products_are_chains_of_fused_steps(void **state)
{
    (void)state;
    in_every_set(check_products);
}

/* ---- functions ---- */

static void near(double x, double right, double tolerance, const char *what)
{
    if (!(fabs(x - right) <= tolerance * fabs(right))) fail_msg("%s: %.17g, not %.17g", what, x, right);
}

static void functions_are_those_of_mathematics(void **state)
{
    (void)state;
    for (int i = -40000; i <= 40000; ++i) {
        double x = i / 60. + i * 1e-7;
        near(exact_exp(x), exp(x), 4e-16, "exp");
        near(exact_expm1(x / 1000), expm1(x / 1000), 4e-16, "expm1");
        near(exact_tanh(x / 1000), tanh(x / 1000), 5e-16, "tanh");
        double power = exp(x);
        near(exact_log(power), log(power), 4.5e-16, "log");
        near(exact_log(1 + i * 1e-6), log(1 + i * 1e-6), 4.5e-16, "log");
    }
    assert_true(exact_tanh(0) == 0 && !signbit(exact_tanh(0)) && exact_log(1) == 0 && exact_exp(0) == 1);
    assert_true(exact_tanh(1e9) == 1 && exact_tanh(-INFINITY) == -1 && exact_log(INFINITY) == INFINITY);
    assert_true(isnan(exact_exp(NAN)) && isnan(exact_tanh(NAN)) && isnan(exact_log(NAN)) && isnan(exact_log(-1)));
    assert_true(exact_exp(-1e9) < 1e-300 && exact_exp(1e9) > 1e300);
}

/* ---- hashes ---- */

/* The hash of a name and rows in tests/exact/hashes.txt. */
static void assert_hash(const char *name, int rows, uint64_t hash)
{
    static char *known;
    char line[256], *at;
    if (!known) known = read_whole("tests/exact/hashes.txt", 0);
    snprintf(line, sizeof line, "\n%s\t%d\t", name, rows);
    if (!(at = strstr(known, line))) fail_msg("tests/exact/hashes.txt has no hash of %s, %d rows", name, rows);
    if (strtoull(at + strlen(line), 0, 16) != hash)
        fail_msg("%s, %d rows: %016" PRIx64 ", not %.16s", name, rows, hash, at + strlen(line));
}

static void check_small(void)
{
    assert_hash("functions", 0, hash_of_functions());
    for (int i = 0; i < family_size; ++i) {
        network *net = net_of_text(family[i].cfg, 1);
        set_reproducible_weights(net);
        assert_hash(family[i].name, 0, hash_of_drawing(net, 2, 0));
        free_network(net);
    }
}

static void small_nets_have_the_known_hashes(void **state)
{
    (void)state;
    in_every_set(check_small);
}

/* All rows with what multiplies fast; in software some. */
static void check_shipped(void)
{
    static const char *const names[] = {"gated_pixelcnn", "fashion",        "mnist256",
                                        "mnist_binary",   "mnist_classify", "cifar10_small"};
    verbose = 0;
    int rows = vectors_in_use() == VECTORS_ANY && !HAS_FMA && !getenv("SOAK") ? 3 : 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; ++i) {
        char cfg[64], weights[64];
        snprintf(cfg, sizeof cfg, "cfg/%s.cfg", names[i]);
        snprintf(weights, sizeof weights, "weights/%s.weights", names[i]);
        network *net = parse_pixelcnn_cfg(cfg, (net_overrides){.batch = 1});
        load_weights(net, weights);
        assert_hash(names[i], rows, hash_of_drawing(net, 2, rows));
        free_network(net);
    }
}

static void shipped_nets_have_the_known_hashes(void **state)
{
    (void)state;
    in_every_set(check_shipped);
}

/* ---- shares ---- */

/* Of the levels alone: what lies behind them is padding. */
static void shares_are_those_of_levels(void **state)
{
    (void)state;
    const float logits[] = {1, 3, -2, 3};
    float share[MOST_LEVELS];
    assert_int_equal(tempered_shares(logits, 4, 1, share), 1);
    assert_true(share[1] == 1 && share[3] == 1 && fabs(share[0] - exp(-2)) < 1e-7 && fabs(share[2] - exp(-5)) < 1e-7);
    assert_int_equal(tempered_shares(logits, 4, .5, share), 1);
    assert_true(share[1] == 1 && fabs(share[0] - exp(-4)) < 1e-7);
    near(nats_of_level(1, 3, 1, 2 + exp(-2) + exp(-5)), log(2 + exp(-2) + exp(-5)) + 2, 1e-7, "nats");
}

/* ---- the switch ---- */

static void the_environment_chooses_the_set(void **state)
{
    (void)state;
    static run_result r;
    const char *best = vector_units();
    run_command(&r, "PIXELCNN_VECTORS= %s pixelcnn version", darknet());
    assert_non_null(strstr(r.out, best));
    run_command(&r, "PIXELCNN_VECTORS=avx1 %s pixelcnn version", darknet());
#ifdef __x86_64__
    assert_int_equal(r.status, 1);
    assert_string_equal(r.err, "PIXELCNN_VECTORS=avx1: expected SSE2, AVX2 or AVX-512\n");
    run_command(&r, "PIXELCNN_VECTORS=sse2 %s pixelcnn version -json", darknet());
    assert_non_null(strstr(r.out, "\"vectors\": \"SSE2\""));
    if (strcmp(best, "AVX-512")) {
        run_command(&r, "PIXELCNN_VECTORS=AVX-512 %s pixelcnn version", darknet());
        assert_int_equal(r.status, 1);
        assert_non_null(strstr(r.err, "PIXELCNN_VECTORS=AVX-512: this CPU supports at most "));
    }
#endif
}

TEST_MAIN(cmocka_unit_test(software_rounds_once), cmocka_unit_test(products_are_chains_of_fused_steps),
          cmocka_unit_test(functions_are_those_of_mathematics), cmocka_unit_test(small_nets_have_the_known_hashes),
          cmocka_unit_test(shipped_nets_have_the_known_hashes), cmocka_unit_test(shares_are_those_of_levels),
          cmocka_unit_test(the_environment_chooses_the_set))
