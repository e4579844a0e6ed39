/*
test_reported_numbers.c - regression tests of reported bugs: NaN that counted as success, likelihoods that
were too good, results that depended on threads.
*/
#include <math.h>
#include <string.h>
#include "pixelcnn/net/params.h"
#include "tests/refused.h"

static run_result r;

/* ---- NaN ---- */

/* $BAD_WEIGHTS: $WEIGHTS with every number 3e38, so that the logits are infinite. */
static void write_huge_weights(void)
{
    size_t bytes;
    char *file = read_whole(path_of("WEIGHTS"), &bytes);
    const float huge = 3e38;
    for (size_t at = 20; at < bytes; at += sizeof huge) memcpy(file + at, &huge, sizeof huge);
    write_file(path_of("BAD_WEIGHTS"), file, bytes);
    free(file);
}

/* Status 3, one line that names the place, nothing on stdout, nothing in $OUT. */
static void ends_in_nan(const char *arguments, const char *says)
{
    ++cases;
    run_command(&r, "mkdir -p $OUT; $DARKNET %s", arguments);
    int silent = !*r.out, wrote = left_something();
    if (r.status == 3 && silent && !wrote && holds(last_line(r.err), says)) return;
    ++failures;
    print_error("%s: status %d, stdout '%.200s'%s, stderr ends in '%s'\n", arguments, r.status, r.out,
                wrote ? ", something was written" : "", last_line(r.err));
}

static void nan_is_no_result(void **state)
{
    (void)state;
    need_world();
    write_huge_weights();
    ends_in_nan("pixelcnn eval $CFG $BAD_WEIGHTS $DATA", "image 0: & layer & output[");
    ends_in_nan("pixelcnn eval $CFG $BAD_WEIGHTS $DATA -json", "image 0: & layer & output[");
    ends_in_nan("pixelcnn score $CFG $BAD_WEIGHTS $DATA", "image 0: & layer");
    ends_in_nan("pixelcnn score $CFG $BAD_WEIGHTS $DATA -csv $OUT/s.csv -sheet $OUT/s.png -json", "image 0: & layer");
    ends_in_nan("pixelcnn classify $CFG $BAD_WEIGHTS $DATA -json", "image 0 as class 0: & layer");
    ends_in_nan("pixelcnn sample $CFG $BAD_WEIGHTS -n 3 -label 1 -out $OUT/s.png", "image & value & logit");
    ends_in_nan("pixelcnn sample $CFG $BAD_WEIGHTS -n 3 -label 1 -temp 0 -json -out $OUT/s.png", "image & logit");
    ends_in_nan("pixelcnn sample $CFG $BAD_WEIGHTS -n 3 -label 1 -naive -out $OUT/s.png", "image & logit");
    ends_in_nan("pixelcnn complete $CFG $BAD_WEIGHTS $DATA -label 1 -out $OUT/s.png -gif $OUT/s.gif", "image & logit");
    report();
}

/* In cfg, which becomes $BAD, `was` becomes `is`. */
static void change_cfg(const char *base, const char *was, const char *is, char *cfg)
{
    splice_text(cfg, base, strstr(base, was), strlen(was), is);
    write_text(path_of("BAD"), cfg);
}

static network *net_of_zeros(const char *cfg)
{
    network *net = net_of_text(cfg, 1);
    param_list all = net_params(net);
    for (int i = 0; i < all.n; ++i) memset(all.p[i].value, 0, all.p[i].n * sizeof(float));
    free_param_list(&all);
    return net;
}

/* Array k of a layer. */
static param array_of(network *net, int layer, int k)
{
    param_list all = net_params(net);
    int i = 0;
    while (all.layer[i] != layer || k--) ++i;
    param p = all.p[i];
    free_param_list(&all);
    return p;
}

static void save_and_free(network *net)
{
    save_weights(net, (char *)path_of("BAD_WEIGHTS"));
    free_network(net);
}

/* $BAD_WEIGHTS for cfg: all 0 but the first array of a layer, its biases. */
static void write_biases(const char *cfg, int layer, const float *biases, int n)
{
    network *net = net_of_zeros(cfg);
    param b = array_of(net, layer, 0);
    for (size_t k = 0; k < b.n; ++k) b.value[k] = biases[k % n];
    save_and_free(net);
}

/* Infinity minus infinity, made a 0 by the ReLU behind it, looked like a likelihood. */
static void nan_passes_a_relu(void **state)
{
    (void)state;
    need_world();
    char linear[TEXT], cfg[TEXT];
    change_cfg(GREY, "activation=tanh", "activation=linear", linear);
    change_cfg(linear, "filters=4\nactivation=linear", "filters=4\nactivation=relu", cfg);
    network *net = net_of_zeros(cfg);
    array_of(net, 5, 0).value[0] = 3e38;
    array_of(net, 6, 1).value[0] = 2; // the first channel is infinity, the second minus infinity
    array_of(net, 6, 1).value[4] = -20;
    for (int k = 0; k < 8; ++k) array_of(net, 8, 1).value[k] = 1;
    save_and_free(net);
    ends_in_nan("pixelcnn eval $BAD $BAD_WEIGHTS $DATA -json", "image 0: & layer 6");
    ends_in_nan("pixelcnn sample $BAD $BAD_WEIGHTS -label 1 -out $OUT/s.png", "image & logit");
    report();
}

/* What comes after it has weights 0: every level is as likely as any other, ln 4 nats a value. */
static void activations_saturate(void **state)
{
    (void)state;
    need_world();
    const char *kinds[] = {"tanh", "elu", "selu", "stair", "logistic", "loggy"};
    const float sizes[] = {1000, -1000, 1e30, -1e30};
    char cfg[TEXT], insert[64];
    for (int k = 0; k < 6; ++k)
        for (int i = 0; i < 8; ++i) {
            const char *was = i < 4 ? "activation=relu" : "activation=tanh"; // of the sum (layer 5), after layer 6
            snprintf(insert, sizeof insert, "activation=%s", kinds[k]);
            change_cfg(GREY, was, insert, cfg);
            write_biases(cfg, i < 4 ? 5 : 6, sizes + i % 4, 1);
            run_command(&r, "$DARKNET pixelcnn eval $BAD $BAD_WEIGHTS $DATA");
            if (r.status || !strstr(r.out, "nats/dim 1.386294 "))
                fail_msg("%s of %g: status %d: %s%s", kinds[k], sizes[i % 4], r.status, r.out, r.err);
        }
}

/* ---- sums ---- */

static const char LEVELS_256[] = "[net]\nheight=6\nwidth=5\nbatch=2\nchannels=1\nmax_batches=1\n\n"
                                 "[gated_vstack]\nfilters=4\n\n[gated_hstack]\nfilters=4\nsize=3\nmask=a\n\n"
                                 "[skip_sum]\nfilters=4\n\n"
                                 "[convolutional]\nfilters=256\nactivation=linear\n\n[pixel_softmax]\nlevels=256\n";

/* IDX files of n black images. */
static void write_black(const char *folder, int n)
{
    unsigned char images[16 + 300] = {0, 0, 8, 3, 0, 0, 0, n, 0, 0, 0, 6, 0, 0, 0, 5};
    char file[300];
    for (int split = 0; split < 2; ++split) {
        snprintf(file, sizeof file, "%s/%s-images-idx3-ubyte", folder, split ? "t10k" : "train");
        write_file(file, images, 16 + n * 30);
    }
}

/* Level 0 has logit 0, the 255 others -17: each adds 4.14e-8 to the softmax's sum, too little for a float
   that holds 1. The truth is 30 values of log(1 + 255 e^-17). */
static void a_likelihood_has_all_its_levels(void **state)
{
    (void)state;
    need_world();
    float biases[256] = {0};
    for (int l = 1; l < 256; ++l) biases[l] = -17;
    write_text(path_of("BAD"), LEVELS_256);
    write_biases(LEVELS_256, 3, biases, 256);
    shell("mkdir -p $BAD_DATA");
    write_black(path_of("BAD_DATA"), 2);
    run_command(&r, "$DARKNET pixelcnn score $BAD $BAD_WEIGHTS $BAD_DATA");
    if (r.status) fail_msg("%s", r.err);
    double nats = 0, right = 30 * log1p(255 * exp(-17));
    assert_int_equal(sscanf(r.out, "index,label,nats,bits_per_dim\n0,none,%lf", &nats), 1);
    if (fabs(nats - right) > 6e-7) fail_msg("%.7f nats, expected %.7f", nats, right);
}

/* ---- threads ---- */

/* The gradients' sums are those of the threads that are asked for, however many there are. */
static void fewer_threads_give_the_same_bits(void **state)
{
    (void)state;
    need_world();
    const char *limits[] = {"OMP_THREAD_LIMIT=1", "OMP_THREAD_LIMIT=2", "OMP_DYNAMIC=true"};
    char cfg[TEXT];
    change_cfg(GREY, "batch=2", "batch=6", cfg);
    run_command(
        &r, "OMP_NUM_THREADS=3 $DARKNET pixelcnn train $BAD $DATA -backup $OUT/a && cksum <$OUT/a/bad_final.weights");
    if (r.status) fail_msg("%s", r.err);
    char whole[sizeof r.out];
    strcpy(whole, last_line(r.out));
    for (int i = 0; i < 3; ++i) {
        run_command(&r,
                    "rm -rf $OUT/b; %s OMP_NUM_THREADS=3 $DARKNET pixelcnn train $BAD $DATA -backup $OUT/b && cksum "
                    "<$OUT/b/bad_final.weights",
                    limits[i]);
        if (r.status || strcmp(last_line(r.out), whole)) fail_msg("%s: other weights: %s%s", limits[i], r.out, r.err);
    }
    shell("rm -rf $OUT");
}

/* ---- bench ---- */

static void bench_of_one_pixel_is_numbers(void **state)
{
    (void)state;
    need_world();
    char cfg[TEXT], one[TEXT];
    change_cfg(GREY, "height=6", "height=1", cfg);
    change_cfg(cfg, "width=5", "width=1", one);
    for (int json = 0; json < 2; ++json) {
        run_command(&r, "$DARKNET pixelcnn bench $BAD -seconds 0%s", json ? " -json" : "");
        if (r.status || strstr(r.out, "nan") || strstr(r.out, "inf")) fail_msg("status %d: %s", r.status, r.out);
    }
}

TEST_MAIN(cmocka_unit_test(nan_is_no_result), cmocka_unit_test(nan_passes_a_relu),
          cmocka_unit_test(activations_saturate), cmocka_unit_test(a_likelihood_has_all_its_levels),
          cmocka_unit_test(fewer_threads_give_the_same_bits), cmocka_unit_test(bench_of_one_pixel_is_numbers))
