/*
test_gpu_devices.c - two devices with half the batch each compute what one does with all of it.
*/
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/device_gpu.h"
#include "layers/label_embed_layer.h"
#include "layers/pixel_softmax_layer.h"
#include "pixelcnn/net/net_gpu.h"
#include "pixelcnn/train/device_group.h"
#include "pixelcnn/train/solver.h"
#include "tests/support.h"

enum { BATCH = 16, UPDATES = 4 };

/* Dropped labels, clipping, averages and a schedule: all that could depend on the division. */
static const char cfg_text[] =
    "[net]\nbatch=16\nsubdivisions=%d\nheight=6\nwidth=5\nchannels=1\nadam=1\nlearning_rate=.01\n"
    "decay=.01\nclip_norm=.05\nema=.9\nmax_batches=100\npolicy=steps\nsteps=2\nscales=.5\n"
    "[label_embed]\nclasses=3\nsize=4\ndropout=.4\n"
    "[gated_vstack]\nfilters=4\nsize=3\n[gated_hstack]\nfilters=4\nsize=3\nmask=a\n"
    "[gated_vstack]\nfilters=4\nsize=3\ndilation=2\n[gated_hstack]\nfilters=4\nsize=3\n"
    "[skip_sum]\nfilters=4\nactivation=relu\n"
    "[convolutional]\nfilters=4\nsize=1\nactivation=linear\n[pixel_softmax]\nlevels=4\n";

static const char *cfg_file(int subdivisions)
{
    char text[2048];
    snprintf(text, sizeof text, cfg_text, subdivisions);
    write_text(scratch("several.cfg"), text);
    return scratch("several.cfg");
}

static network *start_net(const char *cfg, int parts)
{
    gpu_index = 0;
    network *net = parse_pixelcnn_cfg(cfg, (net_overrides){.parts = parts});
    init_params(net, 3);
    label_of(net)->seed = 5;
    return net;
}

static data rows_of_step(int step, int inputs, int truths)
{
    data d = {.X = make_matrix(BATCH, inputs), .y = make_matrix(BATCH, truths)};
    srand(step + 1);
    for (int i = 0; i < BATCH; ++i) {
        for (int k = 0; k < truths; ++k) d.X.vals[i][k] = (d.y.vals[i][k] = rand() % 4) / 3;
        d.X.vals[i][truths + rand() % 3] = 1;
    }
    return d;
}

/* The losses of the steps; s NULL: on one device. */
static void train_steps(device_group *s, network *net, float *losses)
{
    for (int i = 0; i < UPDATES; ++i) {
        data d = rows_of_step(i, net->inputs, net->truths);
        losses[i] = train_device_group(s, net, d);
        free_matrix(d.X);
        free_matrix(d.y);
    }
}

/* Squared difference of two nets' weights and averages relative to the squares of the first's. */
static double weight_nmse(network *a, network *b)
{
    solver *s = net_solver(a), *t = net_solver(b);
    double difference = 0, squares = 0;
    size_t at = 0;
    pull_net(a);
    pull_net(b);
    for (int i = 0; i < s->params.n; at += s->params.p[i++].n)
        for (size_t k = 0; k < s->params.p[i].n; ++k) {
            float x = s->params.p[i].value[k], y = t->params.p[i].value[k];
            difference += (x - y) * (x - y) + pow(s->average[at + k] - t->average[at + k], 2);
            squares += x * x + pow(s->average[at + k], 2);
        }
    return difference / squares;
}

static int has_two(void)
{
    char trouble[512];
    int n = count_devices(trouble);
    if (n < 2) print_message("not tested: %d devices\n", n);
    return n >= 2;
}

static void same_as_one(int subdivisions)
{
    const char *cfg = cfg_file(subdivisions);
    network *one = start_net(cfg, 0), *net = start_net(cfg, 2);
    device_group *s = make_device_group_gpu(net, cfg, &(device_list){2, {0, 1}});
    float of_one[UPDATES], of_two[UPDATES];
    train_steps(0, one, of_one);
    train_steps(s, net, of_two);
    for (int i = 0; i < UPDATES; ++i) assert_true(fabs(of_two[i] - of_one[i]) <= 1e-5 * of_one[i]);
    assert_true(weight_nmse(one, net) <= 1e-10);
    assert_true(weight_nmse(net, device_group_net_gpu(s, 1)) == 0);
    assert_int_equal(*net->seen, *one->seen);
    assert_int_equal(*net->t, *one->t);
    free_device_group_gpu(s);
    free_network(net);
    free_network(one);
}

static void two_devices_do_what_one_does(void **state)
{
    (void)state;
    if (!has_two()) skip();
    same_as_one(1);
}

static void with_subdivisions_too(void **state)
{
    (void)state;
    if (!has_two()) skip();
    same_as_one(2);
}

static void a_nan_of_one_device_changes_none(void **state)
{
    (void)state;
    if (!has_two()) skip();
    const char *cfg = cfg_file(1);
    network *net = start_net(cfg, 2), *before = start_net(cfg, 2);
    device_group *s = make_device_group_gpu(net, cfg, &(device_list){2, {0, 1}});
    data d = rows_of_step(0, net->inputs, net->truths);
    d.X.vals[BATCH - 1][0] = NAN; // the second device's
    train_device_group(s, net, d);
    assert_int_equal(net_solver(net)->nonfinite, NONFINITE_BATCH);
    assert_non_null(strstr(net_solver(net)->where, "device 1"));
    assert_true(weight_nmse(before, net) == 0);
    assert_true(weight_nmse(before, device_group_net_gpu(s, 1)) == 0);
    free_matrix(d.X);
    free_matrix(d.y);
    free_device_group_gpu(s);
    free_network(net);
    free_network(before);
}

int main(void)
{
    setenv("CUEMU_DEVICES", "2", 0); // for the emulator
    const struct CMUnitTest tests[] = {cmocka_unit_test(two_devices_do_what_one_does),
                                       cmocka_unit_test(with_subdivisions_too),
                                       cmocka_unit_test(a_nan_of_one_device_changes_none)};
    return cmocka_run_group_tests(tests, 0, 0);
}
