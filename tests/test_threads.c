/*
test_threads.c - work in parts: each part runs once, phases run in order, errors reach the caller, for any
number of threads.
*/
#include <stdio.h>
#include <string.h>
#ifdef _OPENMP
#include <omp.h>
#endif
#include "base/arithmetic.h"
#include "base/slices.h"
#include "tests/support.h"

enum { PARTS = 5 };

typedef struct {
    int first[PARTS], second[PARTS];
    int early; // parts of the second phase that began before the first one had ended
    int rounding;
    int bad; // the part that fails; -1: none
} seen;

static void first_phase(void *context, int part)
{
    seen *s = context;
    if (part == s->bad) die_with_status(7, "part %d is bad", part);
    if (fegetround() != FE_TONEAREST) __atomic_fetch_add(&s->rounding, 1, __ATOMIC_RELAXED);
    __atomic_fetch_add(s->first + part, 1, __ATOMIC_RELAXED);
}

static void second_phase(void *context, int part)
{
    seen *s = context;
    for (int i = 0; i < PARTS; ++i)
        if (!__atomic_load_n(s->first + i, __ATOMIC_RELAXED)) __atomic_fetch_add(&s->early, 1, __ATOMIC_RELAXED);
    ++s->second[part];
}

static void run(void *context) { run_parts(PARTS, (phase[]){first_phase, second_phase, 0}, context); }

static void check_parts(void)
{
    seen s = {.bad = -1};
    run(&s);
    for (int i = 0; i < PARTS; ++i) {
        assert_int_equal(s.first[i], 1);
        assert_int_equal(s.second[i], 1);
    }
    assert_int_equal(s.early, 0);
    assert_int_equal(s.rounding, 0);
}

static void each_part_is_done_once(void **state)
{
    (void)state;
    check_parts();
    fesetround(FE_UPWARD);
    check_parts();
    assert_int_equal(fegetround(), FE_UPWARD);
    fesetround(FE_TONEAREST);
}

/* Each thread of this region calls, and gets the error on its own stack; a region of one and one of three. */
static void an_error_ends_the_callers_call(void **state)
{
    (void)state;
    int wrong = 0, calls = 0;
    for (int bad = 0; bad < PARTS; ++bad) {
#pragma omp parallel num_threads(1 + bad % 2 * 2) reduction(+ : wrong, calls)
        {
            seen s = {.bad = bad};
            caught_error r;
            int status = catch_die(run, &s, &r), later = 0;
            char words[32];
            snprintf(words, sizeof words, "part %d is bad", bad);
            for (int i = 0; i < PARTS; ++i) later += s.second[i];
            wrong += status != 7 || strcmp(r.message, words) || later;
            ++calls;
        }
    }
    assert_true(calls >= PARTS);
    assert_int_equal(wrong, 0);
}

static void a_range_is_an_even_share(void **state)
{
    (void)state;
    for (size_t n = 0; n < 40; ++n)
        for (int parts = 1; parts < 9; ++parts) {
            size_t next = 0;
            for (int part = 0; part < parts; ++part) {
                index_range r = portion_range(n, (portion){part, parts});
                assert_int_equal(r.from, next);
                assert_in_range(r.end - r.from, n / parts, (n + parts - 1) / parts);
                next = r.end;
            }
            assert_int_equal(next, n);
        }
}

/* ---- sums over images ---- */

enum { FIRST_SUM = 7, SECOND_SUM = 33, SCRATCH = 5 };

/* Numbers whose sum depends on its order. */
static float number(int image, int i) { return 1 / (float)(3 + 7 * image + i); }

static void add_numbers(const void *context, int b, slice *s)
{
    (void)context;
    for (int i = 0; i < SCRATCH; ++i) s->scratch[i] = 1000; // is nobody's but the part's
    for (int i = 0; i < FIRST_SUM; ++i) s->sum[0][i] += number(b, i);
    for (int i = 0; i < SECOND_SUM; ++i) s->sum[1][i] -= number(b, i);
}

/* The tree of images first .. first + n - 1. */
static float sum_of_tree(int first, int n, int i)
{
    int left = 1;
    if (n == 1) return number(first, i);
    while (2 * left < n) left *= 2;
    return sum_of_tree(first, left, i) + sum_of_tree(first + left, n - left, i);
}

static void check_tree(int parts, int batch)
{
    slices w = {.parts = parts, .scratch = SCRATCH};
    add_sum(&w, FIRST_SUM);
    add_sum(&w, SECOND_SUM);
    float *workspace = checked_malloc(slices_bytes(&w, batch)); // exactly, for valgrind and AddressSanitizer
    memset(workspace, 0xff, slices_bytes(&w, batch));           // NaN
    summed_images t = {batch, add_numbers, 0, workspace};
    for (int part = parts; part--;) sum_images(&w, &t, part);
    for (int part = 0; part < parts; ++part) sum_subtrees(&w, &t, part);
    for (int i = 0; i < SECOND_SUM; ++i) {
        float expected = sum_of_tree(0, batch, i);
        if ((i < FIRST_SUM && summed(&w, workspace, 0)[i] != expected) || summed(&w, workspace, 1)[i] != -expected)
            fail_msg("%d parts, batch %d: sum %d is not the tree's", parts, batch, i);
    }
    free(workspace);
}

static void sums_are_trees_whatever_the_parts(void **state)
{
    (void)state;
    for (int batch = 1; batch < 36; ++batch)
        for (int parts = 1; parts < 20; ++parts) check_tree(parts, batch);
    check_tree(2, 1000);
    check_tree(1, 257);
}

/* A part holds few copies of the sums, and no more than slices_bytes counts. */
static void few_copies_are_held(void **state)
{
    (void)state;
    assert_int_equal(sum_copies(1, 1), 1);
    assert_int_equal(sum_copies(1, 16), 1 + 4);
    assert_int_equal(sum_copies(2, 16), 2 + 2 * 3);
    for (int parts = 1; parts < 20; ++parts)
        for (int batch = 1; batch < 300; ++batch) assert_in_range(sum_copies(parts, batch), 1, 4 * parts + parts * 9);
}

TEST_MAIN(cmocka_unit_test(each_part_is_done_once), cmocka_unit_test(an_error_ends_the_callers_call),
          cmocka_unit_test(a_range_is_an_even_share), cmocka_unit_test(sums_are_trees_whatever_the_parts),
          cmocka_unit_test(few_copies_are_held))
