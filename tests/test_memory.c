/*
test_memory.c - training uses no more memory for many iterations than for few, and drawing needs a few rows of
features instead of whole images of them. Trains for 4,000 iterations, with SOAK=1 for 20,000.
*/
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "pixelcnn/net/build_net.h"
#include "pixelcnn/net/params.h"
#include "pixelcnn/sample/sampler.h"
#include "tests/training.h"

/* The shell prints its process number; then the training program replaces it. */
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
        if (at == first) early = resident_kib(process);
        if (at == iterations - 1) late = resident_kib(process);
    }
    assert_int_equal(pclose(f), 0);
    print_message("resident memory: %ld KiB at iteration %d, %ld KiB at %d\n", early, first, late, iterations - 1);
    assert_true(early > 0 && late > 0);
    assert_true(late < early + early / 100);
}

/* The features of this net for one image are about 700 MB. */
static void drawing_keeps_rows(void **state)
{
    static const char cfg[] =
        "[net]\nbatch=1\nheight=64\nwidth=2000\n[gated_vstack]\nfilters=64\n[gated_hstack]\nfilters=64\n"
        "mask=a\n[gated_vstack]\nfilters=64\n[gated_hstack]\nfilters=64\n[skip_sum]\nfilters=64\n"
        "[convolutional]\nfilters=2\nactivation=linear\n[pixel_softmax]\nlevels=2\n";
    (void)state;
#ifdef __SANITIZE_ADDRESS__
    skip(); // its own memory counts
#endif
    network *net = parse_pixelcnn_text("wide", cfg, (net_overrides){.drawing = 1});
    init_params(net, 1);
    unsigned char *levels = checked_calloc(net->truths, 1);
    long before = resident_kib(getpid());
    sample_cached(net, (sample_request){.n = 1, .seed = 1, .temperature = 1}, levels);
    long most = peak_kib(getpid());
    print_message("%ld KiB before, at most %ld\n", before, most);
    assert_true(most - before < 40000);
    free(levels);
    free_network(net);
}

TEST_MAIN(cmocka_unit_test(drawing_keeps_rows), cmocka_unit_test(memory_stays_as_it_is))
