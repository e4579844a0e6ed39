/*
test_reported_robust.c - regression tests of reported bugs: sizes, threads and the environment in which the
program starts.
*/
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tests/refused.h"

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

/* What a net of 6 x 5 values and 4 levels says of an image before it has learned is near log2(4) bits, and
   sampling from the cache or plainly gives the same pixels. */
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

/* Started by the dynamic loader, as wrappers do: the program must not try to find and start itself again. */
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

/* ---- what is no file ---- */

static const struct {
    const char *arguments, *says;
} not_files[] = {
    {"pixelcnn eval $SCRATCH/pipe $WEIGHTS $DATA", "pipe: cannot open: a pipe, not a file"},
    {"pixelcnn eval $CFG $SCRATCH/pipe $DATA", "pipe: cannot open: a pipe, not a file"},
    {"pixelcnn score $CFG $WEIGHTS $SCRATCH/pipe -label 0", "pipe"},
    {"pixelcnn complete $CFG $WEIGHTS $DATA -mask $SCRATCH/pipe -out $OUT/x.png", "pipe: not a file"},
    {"pixelcnn eval $CFG $WEIGHTS $BAD_DATA", "t10k-images-idx3-ubyte: not a regular file"},
    {"pixelcnn eval /dev/zero $WEIGHTS $DATA", "/dev/zero: cannot open: a device"},
    {"pixelcnn eval $CFG /dev/zero $DATA", "/dev/zero: cannot open: a device"},
    {"pixelcnn eval $CFG $EMPTY $DATA", "empty-folder is a folder, not weights"},
    {"pixelcnn complete $CFG $WEIGHTS $DATA -mask /dev/zero -out $OUT/x.png", "/dev/zero: not a file"},
    {"pixelcnn eval $CFG /proc/self/status $DATA", "status: 0 bytes"},
    {"pixelcnn train $CFG $DATA -backup $SCRATCH/piped", "pipe"},
};

/* None of them is waited for. */
static void pipes_and_devices(void **state)
{
    static run_result r;
    (void)state;
    need_world();
    succeeds("cd $SCRATCH && mkfifo pipe && rm -rf $BAD_DATA && cp -r $DATA $BAD_DATA && "
             "rm $BAD_DATA/t10k-images* && mkfifo $BAD_DATA/t10k-images-idx3-ubyte && mkdir piped && cp $WEIGHTS "
             "piped/good_last.weights && "
             "mkfifo piped/good_last.state");
    for (int i = 0; i < COUNT(not_files); ++i) {
        run_command(&r, "timeout -s KILL 10 $DARKNET %s", not_files[i].arguments);
        if (r.status == 1 && holds(last_line(r.err), not_files[i].says)) continue;
        print_error("%s: status %d: %s\n", not_files[i].arguments, r.status, last_line(r.err));
        ++failures;
    }
    assert_int_equal(failures, 0);
}

/* ---- memory ---- */

/* $BAD: `layers` layers of F filters for images of 28 x 28. */
static void write_wide_net(int layers, int filters, int batch)
{
    char *text = malloc(512 + 40 * (size_t)layers), *at = text;
    at += sprintf(at,
                  "[net]\nheight=28\nwidth=28\nbatch=%d\nadam=1\nema=0.9\n[gated_vstack]\nfilters=%d\n"
                  "[gated_hstack]\nfilters=%d\nmask=a\n",
                  batch, filters, filters);
    for (int i = 2; i < layers; ++i) at += sprintf(at, "[gated_hstack]\nfilters=%d\n", filters);
    sprintf(at, "[convolutional]\nfilters=4\nactivation=linear\n[pixel_softmax]\nlevels=4\n");
    write_text(path_of("BAD"), text);
    free(text);
}

/* The sanitizer's shadow alone takes more address space than any limit. */
static void needs_limit(void)
{
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
    skip();
#endif
}

/* The limit simulates a machine with less memory; none of these comes near what this one has. */
#define LIMITED "ulimit -v 1500000; "

static const struct {
    int layers, filters, batch;
    const char *arguments, *says;
} too_large[] = {
    {2, 4096, 1, "pixelcnn check $BAD", "its 4 layers, for & GB of memory & available"},
    {2, 4096, 1, "pixelcnn bench $BAD -batch 4", "its 4 layers, for 4 images of 28 x 28 & GB of memory & available"},
    {2, 4096, 1, "pixelcnn train $BAD $DATA -backup $OUT", "its 4 layers, for 1 image of & GB of memory & available"},
    {2000, 64, 4, "pixelcnn bench $BAD", "its 2002 layers, for 16 images & GB of memory & available"},
    {20000, 2, 16, "pixelcnn train $BAD $DATA -backup $OUT", "its 20002 layers, for 16 images & GB of memory"},
    {3, 64, 1, "pixelcnn sample $BAD $WEIGHTS -naive -n 1 -width 500 -height 500 -out $OUT/x.png",
     "its 5 layers, for 64 images of 500 x 500 & GB of memory & available"},
};

static void nets_larger_than_memory(void **state)
{
    static run_result r;
    (void)state;
    needs_limit();
    need_world();
    for (int i = 0; i < COUNT(too_large); ++i) {
        write_wide_net(too_large[i].layers, too_large[i].filters, too_large[i].batch);
        run_command(&r, LIMITED "timeout 20 $DARKNET %s", too_large[i].arguments);
        int left = left_something();
        if (r.status == 1 && holds(last_line(r.err), too_large[i].says) && !strchr(r.err, '\n') && !left) continue;
        print_error("%s: status %d, %d left: %s\n", too_large[i].arguments, r.status, left, last_line(r.err));
        ++failures;
    }
    assert_int_equal(failures, 0);
}

/* The sum is what training then takes, as bench measures it, and the program itself. */
static void the_memory_computed_is_the_memory_used(void **state)
{
    static run_result r;
    double sum = 0;
    (void)state;
    needs_limit();
    need_world();
    write_wide_net(2, 32, 1);
    run_command(&r, "ulimit -v 330000; $DARKNET pixelcnn bench $BAD -batch 300 -seconds 0");
    char *need = strstr(r.err, "need ");
    if (!need || sscanf(need, "need %lf GB", &sum) != 1) fail_msg("%s", last_line(r.err));
    run_command(&r, "$DARKNET pixelcnn bench $BAD -batch 300 -seconds 0 -only training -json");
    double taken = number_in(r.out, "peak_memory_mib") * 1048576e-9;
    if (sum < .75 * taken || sum > 1.1 * taken) fail_msg("%g GB counted, %g taken", sum, taken);
}

/* Kernels that reach further than the image read nothing there: what is kept for sampling grows with the
   image alone, and the cache draws what whole passes draw. */
static void reach_beyond_the_image(void **state)
{
    (void)state;
    needs_limit();
    need_world();
    write_text(path_of("BAD"), "[net]\nheight=6\nwidth=5\nbatch=2\nadam=1\nmax_batches=2\n[label_embed]\nclasses=3\n"
                               "[gated_vstack]\nfilters=2\nsize=255\ndilation=255\n"
                               "[gated_hstack]\nfilters=2\nsize=255\ndilation=255\nmask=a\n"
                               "[gated_vstack]\nfilters=2\nsize=9\ndilation=2\nfactored=1\n"
                               "[gated_hstack]\nfilters=2\nsize=9\ndilation=2\n[skip_sum]\nfilters=2\n"
                               "[convolutional]\nfilters=4\nactivation=linear\n[pixel_softmax]\nlevels=4\n");
    succeeds("rm -rf $OUT; " LIMITED "$DARKNET pixelcnn train $BAD $DATA -backup $OUT");
    succeeds(LIMITED "$DARKNET pixelcnn sample $BAD $OUT/bad_final.weights -label 1 -n 3 -out $OUT/a.png");
    succeeds(LIMITED "$DARKNET pixelcnn sample $BAD $OUT/bad_final.weights -label 1 -n 3 -naive -out $OUT/b.png");
    succeeds("cmp $OUT/a.png $OUT/b.png");
    succeeds(LIMITED "$DARKNET pixelcnn check $BAD $OUT/bad_final.weights | grep 'causal'");
    left_something();
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
          cmocka_unit_test(threads_wait_briefly), cmocka_unit_test(stock_commands_and_missing_files),
          cmocka_unit_test(pipes_and_devices), cmocka_unit_test(nets_larger_than_memory),
          cmocka_unit_test(reach_beyond_the_image), cmocka_unit_test(the_memory_computed_is_the_memory_used))
