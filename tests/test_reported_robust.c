/*
test_reported_robust.c - what was reported of sizes, threads and the way the program is started: each test fails on the program
before it was mended (TESTED_DARKNET).
*/
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "refused.h"

/* A shell line that has to succeed; what it prints on stderr is shown when it does not. */
static void succeeds(const char *line)
{
    static run_result r;
    run_command(&r, "%s", line);
    if (r.status) fail_msg("%s\nstatus %d: %s", line, r.status, last_line(r.err));
}

/* ---- skip_sum ---- */

/* $BAD: a sum of n horizontal layers. */
static void write_sum_of(int n)
{
    char *text = malloc(512 + 32 * n), *at = text;
    at += sprintf(at, "[net]\nheight=6\nwidth=5\nbatch=2\nadam=1\nlearning_rate=0.01\nmax_batches=3\n[label_embed]\n"
                      "classes=3\n[gated_vstack]\nfilters=2\n[gated_hstack]\nfilters=2\nmask=a\n");
    for (int i = 1; i < n; ++i) at += sprintf(at, "[gated_hstack]\nfilters=2\n");
    sprintf(at, "[skip_sum]\nfilters=2\n[convolutional]\nfilters=4\nactivation=linear\n[pixel_softmax]\nlevels=4\n");
    write_text(path_of("BAD"), text);
    free(text);
}

/* What a net of 6 x 5 values and 4 levels says of an image before it has learned is near log2(4) bits, and sampling from the
   cache or plainly gives the same pixels. */
static void sums_of_many_sources(void **state)
{
    static const int sources[] = {63, 64, 65, 90};
    (void)state;
    need_world();
    for (int i = 0; i < COUNT(sources); ++i) {
        write_sum_of(sources[i]);
        succeeds("rm -rf $OUT; $DARKNET pixelcnn train $BAD $DATA -backup $OUT");
        succeeds("$DARKNET pixelcnn eval $BAD $OUT/bad_final.weights $DATA -json | "
                 "grep -E '\"bits_per_dim\": (1.[0-9]|2.[0-4])'");
        succeeds("$DARKNET pixelcnn sample $BAD $OUT/bad_final.weights -label 1 -n 2 -out $OUT/a.png");
        succeeds("$DARKNET pixelcnn sample $BAD $OUT/bad_final.weights -label 1 -n 2 -naive -out $OUT/b.png");
        succeeds("cmp $OUT/a.png $OUT/b.png");
        succeeds("$DARKNET pixelcnn check $BAD $OUT/bad_final.weights | grep 'blind spot: none'");
        if (i == 1) succeeds("$DARKNET pixelcnn bench $BAD -batch 2 -seconds 0.001");
    }
    left_something();
}

/* ---- bench ---- */

static void bench_repeats_more_than_a_stack_holds(void **state)
{
    (void)state;
    need_world();
    write_text(path_of("BAD"),
               "[net]\nheight=1\nwidth=2\n[gated_vstack]\nfilters=1\nsize=1\n[gated_hstack]\nfilters=1\n"
               "mask=a\n[convolutional]\nfilters=2\nactivation=linear\n[pixel_softmax]\nlevels=2\n");
    succeeds("ulimit -s 128; $DARKNET pixelcnn bench $BAD -batch 1 -seconds 0.3 -only sampling");
}

/* ---- threads ---- */

static void counts_of_threads(void **state)
{
    static const char *wrong[] = {"100000", "1025", "0", "-1", "abc", "2,x", "3;4", "99999999999999999999"};
    static const char *right[] = {"1", "2", " 2 ", "2,1", ""};
    static run_result r;
    char says[128];
    (void)state;
    need_world();
    for (int i = 0; i < COUNT(wrong); ++i) {
        snprintf(says, sizeof says, "OMP_NUM_THREADS=%s: expected a number of threads from 1 to 1024", wrong[i]);
        run_command(&r, "OMP_NUM_THREADS='%s' %s", wrong[i], "$DARKNET " EVAL);
        if (r.status != 1 || !holds(last_line(r.err), says)) fail_msg("'%s': %d %s", wrong[i], r.status, r.err);
    }
    for (int i = 0; i < COUNT(right); ++i) {
        run_command(&r, "OMP_NUM_THREADS='%s' %s", right[i], "$DARKNET " EVAL);
        if (r.status) fail_msg("'%s': %d %s", right[i], r.status, r.err);
    }
}

/* ---- how the program is started ---- */

/* By the dynamic loader, as wrappers do: the program must not look for itself to start once more. */
static void started_by_the_loader(void **state)
{
    (void)state;
    need_world();
    succeeds("loader=$(ls /lib64/ld-linux-x86-64.so.2 /lib/ld-linux-*.so.* 2>/dev/null | head -1); "
             "$loader $(readlink -f $DARKNET) pixelcnn version | grep -q '^version'");
}

/* Threads that wait spin briefly, unless the environment says otherwise; the runtime is started once. */
static void threads_wait_briefly(void **state)
{
    (void)state;
    need_world();
    succeeds("OMP_DISPLAY_ENV=verbose $DARKNET pixelcnn version 2>&1 | grep -q \"GOMP_SPINCOUNT = '1000'\"");
    succeeds("test $(OMP_DISPLAY_ENV=verbose $DARKNET pixelcnn version 2>&1 | grep -c GOMP_SPINCOUNT) = 1");
    succeeds("GOMP_SPINCOUNT=7 OMP_DISPLAY_ENV=verbose $DARKNET pixelcnn version 2>&1 | "
             "grep -q \"GOMP_SPINCOUNT = '7'\"");
}

/* ---- Darknet's own commands ---- */

#define STOCK_NET "[net]\nheight=8\nwidth=8\nchannels=3\n[convolutional]\nfilters=2\n[connected]\noutput=2\n[softmax]\n"

static const struct {
    const char *command, *missing;
} stock[] = {
    {"classifier predict two.data net.cfg '' none.jpg", "none.jpg"},
    {"classifier predict two.data tree.cfg '' one.png", "none.tree"},
    {"classifier predict none.data net.cfg", "none.data"},
    {"classifier valid two.data net.cfg ''", "none.list"},
    {"classifier train tree.data net.cfg", "none.tree"},
    {"detector test two.data net.cfg '' none.jpg", "data/labels/32_0.png"},
    {"detector train two.data net.cfg", "none.list"},
    {"imtest none.jpg", "none.jpg"},
    {"test none.jpg", "none.jpg"},
    {"rnn train net.cfg -file none.txt", "none.txt"},
    {"rnn generate net.cfg -tokens none.tokens", "none.tokens"},
    {"3d none.jpg none.jpg out", "none.jpg"},
    {"yolo train net.cfg", "/data/voc/train.txt"},
    {"cifar train net.cfg", "data/cifar/labels.txt"},
    {"speed none.cfg", "none.cfg"},
    {"nightmare net.cfg none.weights one.png 1", "none.weights"},
    {"imtest $EMPTY", "empty-folder"},
};

static void stock_commands_and_missing_files(void **state)
{
    static run_result r;
    (void)state;
    need_world();
    write_text(scratch("net.cfg"), STOCK_NET);
    write_text(scratch("tree.cfg"), STOCK_NET "tree=none.tree\n");
    write_text(scratch("two.data"), "classes=2\ntop=1\nnames=names\nlabels=names\nvalid=none.list\ntrain=none.list\n");
    write_text(scratch("tree.data"), "classes=2\nlabels=names\ntrain=names\ntree=none.tree\n");
    write_text(scratch("names"), "a\nb\n");
    succeeds("$DARKNET pixelcnn sample $CFG $WEIGHTS -n 1 -out $SCRATCH/one.png");
    for (int i = 0; i < COUNT(stock); ++i) {
        run_command(&r, "darknet=$(readlink -f $DARKNET) && cd $SCRATCH && $darknet %s </dev/null", stock[i].command);
        if (r.status == 1 && holds(last_line(r.err), stock[i].missing)) continue;
        print_error("%s: status %d: %s\n", stock[i].command, r.status, last_line(r.err));
        ++failures;
    }
    assert_int_equal(failures, 0);
}

TEST_MAIN(cmocka_unit_test(sums_of_many_sources), cmocka_unit_test(bench_repeats_more_than_a_stack_holds),
          cmocka_unit_test(counts_of_threads), cmocka_unit_test(started_by_the_loader),
          cmocka_unit_test(threads_wait_briefly), cmocka_unit_test(stock_commands_and_missing_files))
