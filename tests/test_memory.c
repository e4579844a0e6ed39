/*
test_memory.c - a long training uses no more memory than a short one. Trains for 4,000 iterations, with SOAK=1
for 20,000.
*/
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tests/training.h"

/* Resident memory of a process, in KiB. */
static long resident(long process)
{
    char path[64], line[256];
    long kib = -1;
    snprintf(path, sizeof path, "/proc/%ld/status", process);
    FILE *f = fopen(path, "r");
    while (f && fgets(line, sizeof line, f)) sscanf(line, "VmRSS: %ld", &kib);
    if (f) fclose(f);
    return kib;
}

/* The shell prints its process, which then becomes the training's. */
static FILE *start(int iterations)
{
    char command[2048];
    run_result r;
    const char *folder = fresh_folder("long");
    run_command(&r, "sed s/max_batches=24/max_batches=%d/ %s >%s.cfg", iterations, tiny_cfg(), folder);
    assert_int_equal(r.status, 0);
    snprintf(command, sizeof command,
             "echo $$ >&2; exec %s pixelcnn train %s.cfg %s -backup %s -save_every 500 -eval_every 500 2>&1 >/dev/null",
             darknet(), folder, tiny_data(), folder);
    return popen(command, "r");
}

static void memory_stays_as_it_is(void **state)
{
    (void)state;
    int iterations = repeats(4000, 20000), first = 2000;
    long process = 0, at = 0, early = 0, late = 0;
#ifdef __SANITIZE_ADDRESS__
    skip(); // what is freed stays for a while
#endif
    FILE *f = start(iterations);
    char line[1024];
    assert_non_null(f);
    while (fgets(line, sizeof line, f)) {
        if (!process) process = atol(line);
        if (sscanf(line, "%ld, ", &at) != 1 || !strstr(line, "bits/dim")) continue;
        if (at == first) early = resident(process);
        if (at == iterations - 1) late = resident(process);
    }
    assert_int_equal(pclose(f), 0);
    print_message("resident memory: %ld KiB at iteration %d, %ld KiB at %d\n", early, first, late, iterations - 1);
    assert_true(early > 0 && late > 0);
    assert_true(late < early + early / 100);
}

TEST_MAIN(cmocka_unit_test(memory_stays_as_it_is))
