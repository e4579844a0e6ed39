/*
test_faults.c - makes writes, syncs, renames and allocations fail, one at a time: no checkpoint is lost, and
the exit status reports the failure. With SOAK=1, as in make soak, every call; else some of them.
*/
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "tests/training.h"

static run_result r;
static char before[256], work[256], seen[256];

/* What a run of half the iterations has left. */
static int prepare(void **state)
{
    (void)state;
    strcpy(before, fresh_folder("before"));
    strcpy(work, scratch("work"));
    strcpy(seen, scratch("seen"));
    undisturbed_hash();
    train_part(&r, before, 12, "");
    return r.status;
}

/* Runs a command under a fault. Returns 0 if it made fewer such calls. */
static int under(const char *call, int number, int code, int once, const char *command)
{
    remove(seen);
    run_command(&r, "FAULT='%s %d %d %d' FAULT_SEEN=%s LD_PRELOAD=build/cpu/tests/faults.so %s pixelcnn %s", call,
                number, code, once, seen, darknet(), command);
    return file_exists(seen);
}

static void copy_before(void)
{
    run_command(&r, "rm -rf %s; cp -r %s %s", work, before, work);
    assert_int_equal(r.status, 0);
}

/* Resumes the run in `before` with a fault, then again without. Returns 0 if the fault did not happen. */
static int survives(const char *call, int number, int code, int once)
{
    char command[1024];
    copy_before();
    snprintf(command, sizeof command, "train %s %s -backup %s -save_every 6 -eval_every 0", tiny_cfg(), tiny_data(),
             work);
    if (!under(call, number, code, once, command)) return 0;
    int is_link = !strcmp(call, "link"); // where links fail it renames
    if (r.status >= 128 || (!is_link && r.status != 1))
        fail_msg("%s %d, error %d, once %d: status %d: %s", call, number, code, once, r.status, r.err);
    if (r.status && !strstr(r.err, work)) fail_msg("%s %d: no file is named: %s", call, number, r.err);
    run_command(&r, "%s pixelcnn train %s %s -backup %s -report none", darknet(), tiny_cfg(), tiny_data(), work);
    if (r.status || !strstr(r.err, "resumed from"))
        fail_msg("%s %d, error %d, once %d: then status %d: %s", call, number, code, once, r.status, r.err);
    assert_true(final_hash(work) == undisturbed_hash());
    return 1;
}

static void each(const char *call, int code, int step)
{
    int faults = 0;
    for (int once = 0; once < 2; ++once)
        for (int number = 1 + once; survives(call, number, code, once); number += step) ++faults;
    printf("# %s, error %d: %d faults\n", call, code, faults);
    assert_true(faults > 0);
}

static void failed_writes_lose_nothing(void **state)
{
    (void)state;
    each("fwrite", ENOSPC, repeats(127, 1));
    each("fwrite", EIO, repeats(163, 1));
}

static void short_writes_lose_nothing(void **state)
{
    (void)state;
    each("fwrite", 0, repeats(131, 1));
}

static void failed_syncs_lose_nothing(void **state)
{
    (void)state;
    each("fsync", EIO, repeats(5, 1));
}

static void failed_renames_lose_nothing(void **state)
{
    (void)state;
    each("rename", EIO, repeats(3, 1));
    each("link", EPERM, repeats(3, 1));
}

static void failed_closes_lose_nothing(void **state)
{
    (void)state;
    each("fclose", EIO, repeats(4, 1));
}

/* Running out of memory while a net is parsed and built and its weights loaded gives a message, not a signal.
   The data set has images of another size, so the command ends before computing anything. */
static void running_out_of_memory_is_reported(void **state)
{
    (void)state;
    char command[1024];
    int ended_early = 0;
    const char *other = make_toy_data(scratch("other"), (toy_data){.n = 4, .c = 1, .h = 3, .w = 3, .classes = 3});
    snprintf(command, sizeof command, "eval %s %s/tiny_final.weights %s", tiny_cfg(), before, other);
    for (int once = 0; once < 2; ++once)
        for (int number = 1 + once; under("malloc", number, ENOMEM, once, command); number += repeats(41, 1)) {
            if (r.status != 1 || !r.err[0])
                fail_msg("malloc %d, once %d: status %d: %s", number, once, r.status, r.err);
            ended_early += !strstr(r.err, "/other/");
        }
    assert_true(ended_early > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(failed_writes_lose_nothing), cmocka_unit_test(short_writes_lose_nothing),
        cmocka_unit_test(failed_syncs_lose_nothing),  cmocka_unit_test(failed_renames_lose_nothing),
        cmocka_unit_test(failed_closes_lose_nothing), cmocka_unit_test(running_out_of_memory_is_reported)};
    return cmocka_run_group_tests(tests, prepare, 0);
}
