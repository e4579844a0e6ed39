/*
test_nonfinite.c - NaN and infinity in images, weights and gradients are detected within a step, before
anything changes.
*/
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "layers/pixel_softmax_layer.h"
#include "pixelcnn/train/solver.h"
#include "tests/training.h"

static run_result r;

static network *trained_net(void)
{
    network *net = tiny_net();
    random_batch(net, 1, 0);
    train_network_datum(net);
    assert_int_equal(net_solver(net)->nonfinite, ALL_FINITE);
    return net;
}

static float *copy_weights(network *net)
{
    param_list all = net_solver(net)->params;
    float *copy = checked_calloc(all.total, sizeof(float)), *to = copy;
    for (int i = 0; i < all.n; to += all.p[i++].n) memcpy(to, all.p[i].value, all.p[i].n * sizeof(float));
    return copy;
}

static void assert_nonfinite(network *net, nonfinite kind, const char *where)
{
    float *before = copy_weights(net);
    int step = *net->t;
    train_network_datum(net);
    float *after = copy_weights(net);
    const solver *s = net_solver(net);
    assert_int_equal(s->nonfinite, kind);
    if (!strstr(s->where, where)) fail_msg("'%s' does not name '%s'", s->where, where);
    assert_memory_equal(before, after, s->params.total * sizeof(float));
    assert_int_equal(*net->t, step);
    for (int i = 0; i < s->params.n; ++i)
        for (size_t k = 0; k < s->params.p[i].n; ++k) assert_true(s->params.p[i].update[k] == 0);
    free(before);
    free(after);
}

static void nan_is_detected_within_a_step(void **state)
{
    (void)state;
    network *net = trained_net();
    net->input[7] = NAN;
    assert_nonfinite(net, NONFINITE_BATCH, "input of image 0 of the batch, value 7 is nan");
    random_batch(net, 2, 0);
    param w = base_of(&net->layers[2])->params[1];
    float good = w.value[3];
    w.value[3] = INFINITY;
    assert_nonfinite(net, NONFINITE_WEIGHTS, "layer 2 (gated_hstack), ");
    w.value[3] = good;
    random_batch(net, 3, 0);
    w.update[5] = -INFINITY; // the backward pass adds to it
    assert_nonfinite(net, NONFINITE_BATCH, "gradient of ");
    random_batch(net, 4, 0);
    train_network_datum(net);
    assert_int_equal(net_solver(net)->nonfinite, ALL_FINITE);
    float kept = w.value[0];
    w.update[0] = 1;
    *net->cost = NAN; // a loss alone is enough
    update_network(net);
    assert_int_equal(net_solver(net)->nonfinite, NONFINITE_BATCH);
    assert_string_equal(net_solver(net)->where, "the loss is nan");
    assert_true(w.value[0] == kept && w.update[0] == 0);
    free_network(net);
}

static void diverging_training_keeps_its_checkpoint(void **state)
{
    (void)state;
    char folder[256];
    strcpy(folder, fresh_folder("explodes"));
    resume_training(&r, folder, "");
    run_command(&r, "cd %s && cat tiny_last.* tiny_best.weights tiny_ema.weights | cksum", folder);
    char before[128];
    snprintf(before, sizeof before, "%.100s", r.out);
    static const char steps[] = "max_batches=40\npolicy=steps\nsteps=25,26,27,28,29\nscales=1e6,1e6,1e6,1e6,1e6";
    rewrite_tiny_cfg("max_batches=24", steps);
    resume_training(&r, folder, "-save_every 0");
    rewrite_tiny_cfg(steps, "max_batches=24");
    assert_int_equal(r.status, 3);
    assert_non_null(strstr(r.err, "\niteration "));
    assert_non_null(strstr(r.err, "holds the last good checkpoint"));
    assert_non_null(strstr(r.err, "layer "));
    run_command(&r, "cd %s && cat tiny_last.* tiny_best.weights tiny_ema.weights | cksum", folder);
    assert_string_equal(r.out, before);
}

/* One image's label vector is so large that its gradient overflows. */
static void bad_batches_are_skipped_where_allowed(void **state)
{
    (void)state;
    char folder[256], file[300], cfg[300];
    strcpy(folder, fresh_folder("attributes"));
    strcpy(cfg, scratch("attributes.cfg"));
    run_command(&r, "cp -r %s %s && sed 's/^classes=/attributes=1\\n&/' %s >%s", tiny_data(), folder, tiny_cfg(), cfg);
    for (int split = 0; split < 2; ++split) {
        unsigned char bytes[12 + 40 * 3 * 4] = {0, 0, 13, 2, 0, 0, 0, 40, 0, 0, 0, 3};
        for (int i = 0; i < 120; ++i) memcpy(bytes + 12 + 4 * i, i == 15 ? "\x7f\x7f\xff\xff" : "\x3f\0\0\0", 4);
        snprintf(file, sizeof file, "%s/%s-labels-idx2-float", folder, split ? "t10k" : "train");
        write_file(file, bytes, sizeof bytes);
        snprintf(file, sizeof file, "%s/%s-labels-idx1-ubyte", folder, split ? "t10k" : "train");
        remove(file);
    }
    run_command(&r, "%s pixelcnn train %s %s -backup %s/b", darknet(), cfg, folder, folder);
    assert_int_equal(r.status, 3);
    assert_non_null(strstr(r.err, "-skip_bad"));
    run_command(&r, "%s pixelcnn train %s %s -backup %s/c -skip_bad 5", darknet(), cfg, folder, folder);
    if (r.status) fail_msg("%s", r.err);
    assert_non_null(strstr(r.err, "skipped the batch (1 of 5)"));
}

TEST_MAIN(cmocka_unit_test(nan_is_detected_within_a_step), cmocka_unit_test(diverging_training_keeps_its_checkpoint),
          cmocka_unit_test(bad_batches_are_skipped_where_allowed))
