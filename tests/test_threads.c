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
#include "base/threads.h"
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

static void sums_are_those_of_all_parts(void **state)
{
    (void)state;
    slices w = {.parts = 3, .scratch = 5};
    add_sum(&w, 7);
    add_sum(&w, 33);
    float *workspace = checked_calloc(1, slices_bytes(&w));
    for (int part = 0; part < 3; ++part) {
        slice s = open_slice(&w, workspace, part);
        for (int i = 0; i < 5; ++i) s.scratch[i] = 1000;
        for (int i = 0; i < 33; ++i) s.sum[1][i] = i + 100 * part;
        s.sum[0][6] = part + 1;
    }
    for (int part = 0; part < 3; ++part) sum_slices(&w, workspace, part);
    assert_float_equal(summed(&w, workspace, 0)[6], 6, 0);
    assert_float_equal(summed(&w, workspace, 0)[0], 0, 0);
    for (int i = 0; i < 33; ++i) assert_float_equal(summed(&w, workspace, 1)[i], 3 * i + 300, 0);
    free(workspace);
}

TEST_MAIN(cmocka_unit_test(each_part_is_done_once), cmocka_unit_test(an_error_ends_the_callers_call),
          cmocka_unit_test(a_range_is_an_even_share), cmocka_unit_test(sums_are_those_of_all_parts))
