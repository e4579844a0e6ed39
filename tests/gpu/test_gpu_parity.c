/*
test_gpu_parity.c - nets on a device compared with the same nets on the CPU: outputs, losses, gradients,
updates, some steps.

The CPU's numbers are proven by test_gradients.c and test_parity.c. Runs on a real device and on the emulated
one.
*/
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/device.h"
#include "layers/math/blas_gpu.h"
#include "layers/pixel_softmax_layer.h"
#include "network.h"
#include "pixelcnn/net/net_gpu.h"
#include "pixelcnn/net/weights.h"
#include "pixelcnn/train/solver.h"
#include "tests/gpu/nets.h"
#include "tests/gpu/twins.h"
#include "tests/support.h"
#include "tests/training.h"

static const double FORWARD = 1e-10, UPDATES = 1e-8; // of NMSE
static const float PREFILLED = 0.0625f;              // sums are rounded to its size

/* ---- a pass ---- */

static void compare_forward(const twins *t)
{
    for (int i = 0; i < t->cpu->n; ++i) {
        layer c = t->cpu->layers[i];
        compare_inner(t, i, 0, FORWARD);
        if (is_read(c) && !(c.type == PIXEL_SOFTMAX && t->cpu->train)) compare_features(t, i, 0, FORWARD);
    }
    if (t->gpu->train) pull_losses(t->gpu);
    for (int b = 0; b < t->cpu->batch; ++b)
        assert_float_equal(loss_of(t->gpu)->nll[b] / loss_of(t->cpu)->nll[b], 1, 1e-6);
    assert_float_equal(*t->gpu->cost / *t->cpu->cost, 1, 1e-6);
}

static void outputs_and_losses(void **state)
{
    (void)state;
    const family_net *f;
    for (int i = 0; (f = net_number(i)); ++i) {
        twins t = make_twins(f->name, f->cfg);
        forward_network(t.cpu);
        forward_network(t.gpu);
        compare_forward(&t);
        free_twins(&t);
    }
}

/* As Darknet's commands and users of the library call it: the probabilities are in host memory. */
static void predictions(void **state)
{
    (void)state;
    twins t = make_twins(net_number(0)->name, net_number(0)->cfg);
    float *expected = network_predict(t.cpu, t.cpu->input), *got = network_predict(t.gpu, t.gpu->input);
    compare(&t, t.cpu->n - 1, "prediction", t.cpu->batch * t.cpu->outputs, got, expected, FORWARD);
    free_twins(&t);
}

/* Gradients are added to the present ones; masked ones stay zero. */
static void prefill(network *net)
{
    param_list all = net_params(net);
    for (int i = 0; i < all.n; ++i) {
        param p = all.p[i];
        for (size_t k = 0; k < p.n; ++k) p.update[k] = !p.allowed || p.allowed[k] ? PREFILLED : 0;
        if (p.update_gpu) push_gpu(p.update_gpu, p.update, p.n);
    }
    free_param_list(&all);
}

static void compare_updates(const twins *t)
{
    param_list c = net_params(t->cpu), g = net_params(t->gpu);
    for (int i = 0; i < c.n; ++i) {
        param p = c.p[i];
        float *got = checked_calloc(p.n, sizeof(float));
        pull_gpu(g.p[i].update_gpu, got, p.n);
        for (size_t k = 0; k < p.n; ++k) {
            if (p.allowed && !p.allowed[k]) assert_true(got[k] == 0);
            if (p.allowed && !p.allowed[k]) continue;
            got[k] -= PREFILLED;
            p.update[k] -= PREFILLED;
        }
        compare(t, c.layer[i], p.name, p.n, got, p.update, UPDATES);
        free(got);
    }
    free_param_list(&c);
    free_param_list(&g);
}

/* most: images that the net was built for, for which cuDNN writes a gradient. */
static void train_once(twins *t, int most)
{
    size_t inputs = (size_t)t->cpu->batch * t->cpu->inputs;
    float *delta = t->cpu->delta = checked_calloc(inputs, sizeof(float));
    for (size_t k = 0; k < inputs; ++k) delta[k] = PREFILLED;
    t->gpu->delta_gpu = floats_gpu((size_t)most * t->cpu->inputs);
    push_gpu(t->gpu->delta_gpu, delta, inputs);
    t->cpu->train = t->gpu->train = 1;
    prefill(t->cpu);
    prefill(t->gpu);
    forward_network(t->cpu);
    forward_network(t->gpu);
    compare_forward(t);
    backward_network(t->cpu);
    backward_network(t->gpu);
}

static void check_gradients(twins *t, int most)
{
    size_t inputs = (size_t)t->cpu->batch * t->cpu->inputs;
    train_once(t, most);
    for (int i = 0; i + 1 < t->cpu->n; ++i) { // on a device the loss has no delta of its own
        if (is_read(t->cpu->layers[i])) compare_features(t, i, 1, UPDATES);
        compare_inner(t, i, 1, UPDATES);
    }
    compare_updates(t);
    float *got = checked_calloc(inputs, sizeof(float));
    pull_gpu(t->gpu->delta_gpu, got, inputs);
    compare(t, 0, "gradient of the input", inputs, got, t->cpu->delta, UPDATES);
    free(got);
    free(t->cpu->delta);
    free_gpu(t->gpu->delta_gpu);
}

/* Within limits of the workspace, in turn: of whole batches, then of a pass of fewer images than the net was
   built for, as a rank's last pass may be. */
static void check_all_gradients(size_t even, size_t odd)
{
    size_t usual = workspace_limit;
    const family_net *f;
    for (int i = 0; (f = net_number(i)); ++i) {
        twins t = make_twins(f->name, f->cfg);
        workspace_limit = i % 2 ? odd : even;
        int most = t.cpu->batch;
        check_gradients(&t, most);
        set_batch_network(t.cpu, most - 1);
        set_batch_network(t.gpu, most - 1);
        check_gradients(&t, most);
        workspace_limit = usual;
        free_twins(&t);
    }
}

static void gradients(void **state) { (void)state, check_all_gradients(workspace_limit, workspace_limit); }
/* With memory for the intermediate results of one image only, or for what training keeps of only some
   arrays. */
static void gradients_image_by_image(void **state) { (void)state, check_all_gradients(1, 4096); }
/* With features as cuDNN wants them: PIXELCNN_PLANES=images. */
static void gradients_of_planes_by_image(void **state)
{
    (void)state;
    int usual = planes_by_image;
    planes_by_image = 1;
    check_all_gradients(workspace_limit, 4096);
    planes_by_image = usual;
}

/* ---- steps ---- */

static void compare_weights(const twins *t)
{
    const solver *c = net_solver(t->cpu), *g = net_solver(t->gpu);
    pull_net(t->gpu);
    for (int i = 0; i < c->params.n; ++i) {
        param p = c->params.p[i], q = g->params.p[i];
        compare(t, c->params.layer[i], p.name, p.n, q.value, p.value, UPDATES);
        for (size_t k = 0; k < p.n; ++k) assert_true(!p.allowed || p.allowed[k] || q.value[k] == 0);
    }
    compare(t, -1, "first moments", c->params.total, g->m, c->m, UPDATES);
    if (c->v) compare(t, -1, "second moments", c->params.total, g->v, c->v, UPDATES);
    if (c->average) compare(t, -1, "averages", c->params.total, g->average, c->average, UPDATES);
    assert_float_equal(g->norm / c->norm, 1, 1e-5);
    assert_int_equal(*t->cpu->t, *t->gpu->t);
}

static void check_steps(const char *name, const char *cfg, int steps)
{
    twins t = make_twins(name, cfg);
    for (int i = 0; i < steps; ++i) {
        random_batch(t.cpu, 20 + i, 0);
        random_batch(t.gpu, 20 + i, 0);
        float expected = train_network_datum(t.cpu), got = train_network_datum(t.gpu);
        assert_float_equal(got / expected, 1, 1e-5);
        if ((i + 1) % t.cpu->subdivisions == 0) compare_weights(&t);
    }
    swap_averaged_weights(t.cpu);
    swap_averaged_weights(t.gpu);
    compare_weights(&t);
    free_twins(&t);
}

/* Three steps of each net, with more keys in [net]. */
static void check_all_steps(const char *keys)
{
    const family_net *f;
    char text[4096];
    for (int i = 0; (f = net_number(i)); ++i) {
        snprintf(text, sizeof text, "[net]\n%s%s", keys, f->cfg + strlen("[net]\n"));
        check_steps(f->name, text, 3);
    }
}

static void three_adam_steps(void **state) { (void)state, check_all_steps(""); }
static void three_muon_steps(void **state) { (void)state, check_all_steps("muon=0.02\n"); }

static void sgd_clipped_or_not_and_subdivisions(void **state)
{
    (void)state;
#define TAIL                                                                                                           \
    "height=4\nwidth=5\nchannels=3\nlearning_rate=0.1\nmomentum=0.8\ndecay=0.01\n[gated_vstack]\nfilters=4\n"          \
    "[gated_hstack]\nfilters=6\nmask=a\n[skip_sum]\nfilters=6\nactivation=tanh\n[convolutional]\nsize=1\ngroups="      \
    "3\nfilters=9\n"                                                                                                   \
    "[pixel_softmax]\nlevels=3\n"
    check_steps("sgd", "[net]\nbatch=2\n" TAIL, 3);
    check_steps("sgd, clipped, averaged", "[net]\nbatch=2\nclip_norm=0.01\nema=0.5\n" TAIL, 3);
    check_steps("muon, averaged", "[net]\nbatch=2\nmuon=0.02\nclip_norm=0.01\nema=0.5\n" TAIL, 3);
    check_steps("adam, subdivisions", "[net]\nbatch=4\nsubdivisions=2\nadam=1\neps=0.001\n" TAIL, 6);
}

/* A batch with a NaN: both name the place, nothing changes, training continues. */
static void nan_batches_change_nothing(void **state)
{
    (void)state;
    twins t = make_twins("a NaN", net_named("skip relu")->cfg);
    for (int i = 0; i < 3; ++i) {
        random_batch(t.cpu, 20 + i, 0);
        random_batch(t.gpu, 20 + i, 0);
        if (i == 1) t.cpu->input[3] = t.gpu->input[3] = NAN;
        train_network_datum(t.cpu);
        train_network_datum(t.gpu);
        const solver *c = net_solver(t.cpu), *g = net_solver(t.gpu);
        assert_int_equal(g->nonfinite, i == 1 ? NONFINITE_BATCH : ALL_FINITE);
        assert_int_equal(g->nonfinite, c->nonfinite);
        if (i == 1) assert_string_equal(g->where, c->where);
        if (i != 1) compare_weights(&t);
    }
    free_twins(&t);
}

static void two_runs_give_the_same_bits(void **state)
{
    (void)state;
    const family_net *f;
    device_math.deterministic = 1;
    for (int i = 0; (f = net_number(i)); ++i) {
        network *a = net_on(f->cfg, 0), *b = net_on(f->cfg, 0);
        assert_true(train_network_datum(a) == train_network_datum(b));
        pull_net(a);
        pull_net(b);
        const param_list *p = &net_solver(a)->params, *q = &net_solver(b)->params;
        for (int k = 0; k < p->n; ++k) assert_memory_equal(p->p[k].value, q->p[k].value, p->p[k].n * sizeof(float));
        free_network(a);
        free_network(b);
    }
    device_math.deterministic = 0;
}

static void files_hold_the_weights_of_the_device(void **state)
{
    (void)state;
    const family_net *f = net_named("label embedded, dilation 2");
    network *a = net_on(f->cfg, 0), *b = net_on(f->cfg, 0);
    train_network_datum(a);
    a->train = 0;
    forward_network(a);
    save_weights(a, (char *)scratch("a.weights"));
    load_weights(b, (char *)scratch("a.weights"));
    forward_network(b);
    assert_memory_equal(loss_of(a)->nll, loss_of(b)->nll, a->batch * sizeof(double));
    free_network(a);
    free_network(b);
}

static void in_other_orders(void **state) // of blocks and threads, in the emulator; the guard watches only the CPU
{
    (void)state;
#ifdef CUEMU
    static const char *const orders[] = {"random:2", "reverse", "random:1"};
    static const char *const tests[] = {"gradients", "three_*_steps"};
    if (getenv("CUEMU_ORDER")) skip(); // this is one of the runs below
    for (int i = 0; i < repeats(2, 6); ++i) {
        run_result r;
        char self[PATH_MAX];
        assert_non_null(realpath("/proc/self/exe", self));
        run_command(&r, "CUEMU_GUARD=%d CUEMU_ORDER=%s %s '%s'", repeats(0, 1), orders[i / 2], self, tests[i % 2]);
        if (r.status) fail_msg("%s in the order %s: %s", tests[i % 2], orders[i / 2], r.err);
    }
#else
    skip();
#endif
}

/* test_gpu_parity [TEST [NET]]: only tests, and nets, whose names match the patterns: for the slow modes of
   the emulator. */
int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(outputs_and_losses),
                                       cmocka_unit_test(predictions),
                                       cmocka_unit_test(gradients),
                                       cmocka_unit_test(gradients_image_by_image),
                                       cmocka_unit_test(gradients_of_planes_by_image),
                                       cmocka_unit_test(three_adam_steps),
                                       cmocka_unit_test(three_muon_steps),
                                       cmocka_unit_test(sgd_clipped_or_not_and_subdivisions),
                                       cmocka_unit_test(nan_batches_change_nothing),
                                       cmocka_unit_test(two_runs_give_the_same_bits),
                                       cmocka_unit_test(files_hold_the_weights_of_the_device),
                                       cmocka_unit_test(in_other_orders)};
    if (argc > 1) cmocka_set_test_filter(argv[1]);
    wanted_nets = argc > 2 ? argv[2] : wanted_nets;
    return cmocka_run_group_tests(tests, 0, 0);
}
