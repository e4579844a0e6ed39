/*
test_solver.c - the update beyond what test_parity.c compares with PyTorch: SGD, clipping, subdivisions,
averages, rates, and the one place where gradients of several replicas are summed.
*/
#include <math.h>
#include <string.h>
#include "network.h"
#include "pixelcnn/net/pixelcnn_net.h"
#include "pixelcnn/net/rate.h"
#include "pixelcnn/train/solver.h"
#include "tests/family.h"
#include "tests/support.h"

static const char sgd[] = "[net]\nbatch=4\nheight=5\nwidth=4\nlearning_rate=0.1\nmomentum=0.8\ndecay=0.01\n"
                          "[gated_vstack]\nfilters=3\n[gated_hstack]\nfilters=3\nmask=a\n[gated_vstack]\nfilters=3\n"
                          "[gated_hstack]\nfilters=3\n[skip_sum]\nfilters=3\n[convolutional]\nfilters=2\n"
                          "activation=linear\n[pixel_softmax]\nlevels=2\n";

/* sgd with other keys in [net]. */
static network *variant(const char *keys, int seed)
{
    char text[2048];
    snprintf(text, sizeof text, "[net]\n%s%s", keys, sgd + strlen("[net]\nbatch=4\n"));
    network *net = net_of_text(text, seed);
    fill_biases(net, seed);
    return net;
}

/* n images of a fixed random set as Darknet's data. */
static data rows_of(network *net, int n)
{
    data d = {.X = make_matrix(n, net->inputs), .y = make_matrix(n, net->truths)};
    network *source = variant("batch=8\n", 1);
    random_batch(source, 77, 0);
    for (int i = 0; i < n; ++i) {
        memcpy(d.X.vals[i], source->input + i * net->inputs, net->inputs * sizeof(float));
        memcpy(d.y.vals[i], source->truth + i * net->truths, net->truths * sizeof(float));
    }
    free_network(source);
    return d;
}

static void gradients(network *net, data d, param_list *all)
{
    get_next_batch(d, net->batch, 0, net->input, net->truth);
    net->train = 1;
    forward_network(net);
    backward_network(net);
    *all = net_params(net);
}

/* Two steps of SGD on one array, in double, from gradients taken by themselves. */
static void sgd_is_what_it_says(void **state)
{
    (void)state;
    network *net = variant("batch=4\n", 2), *probe = variant("batch=4\n", 2);
    data d = rows_of(net, 4);
    param_list all, moving;
    double m[64] = {0}, w[64];
    gradients(probe, d, &all);
    int i = 1; // W of the first vertical layer
    assert_string_equal(all.p[i].name, "W");
    for (size_t k = 0; k < all.p[i].n; ++k) w[k] = all.p[i].value[k];
    for (int t = 0; t < 2; ++t) {
        for (size_t k = 0; k < all.p[i].n; ++k) {
            m[k] = .8 * m[k] - all.p[i].update[k] / (4 * 20) + .01 * w[k];
            w[k] -= .1 * m[k];
        }
        train_network(net, d);
        moving = net_params(net);
        for (int j = 0; j < all.n; ++j) {
            memset(all.p[j].update, 0, all.p[j].n * sizeof(float));
            memcpy(all.p[j].value, moving.p[j].value, all.p[j].n * sizeof(float));
        }
        free_param_list(&all);
        for (size_t k = 0; k < moving.p[i].n; ++k) assert_float_equal(moving.p[i].value[k], w[k], 1e-6);
        free_param_list(&moving);
        gradients(probe, d, &all);
    }
    free_param_list(&all);
    free_data(d);
    free_network(net);
    free_network(probe);
}

static void assert_same_weights(network *one, network *two, double tolerance)
{
    param_list a = net_params(one), b = net_params(two);
    for (int i = 0; i < a.n; ++i)
        for (size_t k = 0; k < a.p[i].n; ++k) assert_float_equal(a.p[i].value[k], b.p[i].value[k], tolerance);
    free_param_list(&a);
    free_param_list(&b);
}

static void subdivisions_change_nothing(void **state)
{
    (void)state;
    network *whole = variant("batch=8\nadam=1\n", 3), *parts = variant("batch=8\nsubdivisions=4\nadam=1\n", 3);
    data d = rows_of(whole, 8);
    for (int t = 0; t < 3; ++t) assert_float_equal(train_network(whole, d), train_network(parts, d), 1e-4);
    assert_int_equal(*parts->t, 3);
    assert_same_weights(whole, parts, 2e-5);
    free_data(d);
    free_network(whole);
    free_network(parts);
}

/* Clipped, the whole step of plain SGD has length rate * clip_norm. */
static void clipping_limits_the_whole_gradient(void **state)
{
    (void)state;
    network *net = variant("batch=4\nclip_norm=0.001\n", 4), *before = variant("batch=4\n", 4);
    data d = rows_of(net, 4);
    net->momentum = net->decay = 0;
    train_network(net, d);
    param_list a = net_params(net), b = net_params(before);
    double sum = 0;
    for (int i = 0; i < a.n; ++i)
        for (size_t k = 0; k < a.p[i].n; ++k) sum += pow((double)a.p[i].value[k] - b.p[i].value[k], 2);
    assert_true(net_solver(net)->norm > 0.001);
    assert_float_equal(sqrt(sum), net->learning_rate * 0.001, 2e-6);
    free_param_list(&a);
    free_param_list(&b);
    free_data(d);
    free_network(net);
    free_network(before);
}

static void the_average_follows_the_weights(void **state)
{
    (void)state;
    network *net = variant("batch=4\nadam=1\nema=0.5\n", 5);
    data d = rows_of(net, 4);
    param_list all = net_params(net);
    double average = all.p[1].value[0];
    for (int t = 1; t <= 12; ++t) {
        train_network(net, d);
        double keep = fmin(.5, (1. + t) / (10. + t));
        average = keep * average + (1 - keep) * all.p[1].value[0];
        assert_float_equal(net_solver(net)->average[all.p[0].n], average, 1e-6);
    }
    float raw = all.p[1].value[0];
    swap_averaged_weights(net);
    assert_float_equal(all.p[1].value[0], average, 1e-6);
    swap_averaged_weights(net);
    assert_true(all.p[1].value[0] == raw);
    free_param_list(&all);
    free_data(d);
    free_network(net);
}

/* Two replicas with half of the images each; the other one's updates are added at the place for it. */
static void add_updates(const param_list *all, void *other)
{
    param_list b = net_params(other);
    for (int i = 0; i < all->n; ++i)
        for (size_t k = 0; k < all->p[i].n; ++k) all->p[i].update[k] += b.p[i].update[k];
    free_param_list(&b);
}

static void replicas_add_up_to_one_net(void **state)
{
    (void)state;
    network *one = variant("batch=8\nadam=1\nclip_norm=0.01\n", 6);
    network *left = variant("batch=4\nadam=1\nclip_norm=0.01\n", 6), *right = variant("batch=4\n", 6);
    data d = rows_of(one, 8), second = {.X = {4, d.X.cols, d.X.vals + 4}, .y = {4, d.y.cols, d.y.vals + 4}};
    data first = {.X = {4, d.X.cols, d.X.vals}, .y = {4, d.y.cols, d.y.vals}};
    param_list all;
    solver *s = net_solver(left);
    s->sum_updates = add_updates;
    s->context = right;
    s->replicas = 2;
    gradients(right, second, &all);
    train_network(left, first);
    train_network(one, d);
    assert_same_weights(one, left, 2e-5);
    free_param_list(&all);
    free_data(d);
    free_network(one);
    free_network(left);
    free_network(right);
}

/* learning_rate 0 in burn_in's first step: nothing moves; later it does. */
static void rates_are_the_hosts(void **state)
{
    (void)state;
    network *net = variant("batch=4\nadam=1\nburn_in=2\npower=1\npolicy=steps\nsteps=3\nscales=0.1\n", 7);
    data d = rows_of(net, 4);
    double expected[] = {.05, .1, .01};
    for (int t = 0; t < 3; ++t) {
        train_network(net, d);
        assert_float_equal(get_current_rate(net), expected[t], 1e-7);
    }
    free_data(d);
    free_network(net);
}

/* Iterations of a net with other keys, and the rates that they are updated with. */
typedef struct {
    const char *keys;
    int iterations[4];
    double rates[4];
} rate_case;

static void a_rate_follows_from_its_iteration(void **state)
{
    (void)state;
    static const rate_case cases[] = {
        {"policy=sigmoid\nstep=4\ngamma=1\n", {0, 3, 4, 6}, {.1 * .98201379, .1 * .73105858, .05, .1 * .11920292}},
        {"policy=poly\npower=1.5\nmax_batches=4\n", {0, 1, 4, 9}, {.1, .1 * .64951905, 0, 0}},
        {"policy=exp\ngamma=0\n", {0, 1, 2, 3}, {.1, 0, 0, 0}},
        {"policy=step\nstep=2\nscale=0\n", {0, 1, 2, 5}, {.1, .1, 0, 0}},
        {"policy=random\npower=0\n", {0, 1, 2, 3}, {.1, .1, .1, .1}},
        {"burn_in=4\npower=0\n", {0, 1, 4, 5}, {.1, .1, .1, .1}},
        {"burn_in=4\npower=1\n", {1, 3, 4, 5}, {.025, .075, .1, .1}},
        {"burn_in=4\npower=1\npolicy=poly\nmax_batches=8\n", {1, 3, 4, 5}, {.021875, .046875, .05, .0375}},
        {"burn_in=3\npower=2\npolicy=steps\nsteps=2\nscales=.5\n", {1, 2, 3, 4}, {.1 / 9, .2 / 9, .05, .05}},
        {"policy=steps\nsteps=0,2,2\nscales=.5,.5,.5\n", {0, 1, 2, 3}, {.05, .05, .0125, .0125}}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        network *net = variant(cases[i].keys, 7);
        for (int k = 0; k < 4; ++k) {
            float rate = learning_rate_at(net, cases[i].iterations[k]);
            if (!(fabs(rate - cases[i].rates[k]) < 1e-7))
                fail_msg("%siteration %d: %g", cases[i].keys, cases[i].iterations[k], rate);
        }
        free_network(net);
    }
}

/* From one update to the next, also where burn_in ends, the rate changes by little. */
static void a_warm_up_ends_where_the_policy_continues(void **state)
{
    (void)state;
    static const char *const keys[] = {"", "policy=poly\nmax_batches=300\n", "policy=exp\ngamma=.995\n",
                                       "policy=sigmoid\nstep=150\ngamma=.02\n"};
    for (int i = 0; i < 4; ++i) {
        char text[128];
        snprintf(text, sizeof text, "burn_in=100\npower=1\n%s", keys[i]);
        network *net = variant(text, 7);
        for (int t = 1; t < 200; ++t)
            if (fabs(learning_rate_at(net, t + 1) - learning_rate_at(net, t)) > .0011)
                fail_msg("%siteration %d: %g, then %g", text, t, learning_rate_at(net, t),
                         learning_rate_at(net, t + 1));
        free_network(net);
    }
}

/* The rate does not depend on how often it is asked for, but on the seed. */
static void a_random_rate_is_the_same_each_time(void **state)
{
    (void)state;
    network *net = variant("batch=4\npolicy=random\npower=1\n", 7);
    find_pixelcnn_net(net)->seed = 3;
    float first = learning_rate_at(net, 5), second = learning_rate_at(net, 6);
    assert_true(first > 0 && first < .1f && second != first);
    assert_true(learning_rate_at(net, 5) == first);
    *net->seen = 5 * 4;
    assert_true(get_current_rate(net) == first);
    find_pixelcnn_net(net)->seed = 4;
    assert_true(learning_rate_at(net, 5) != first);
    free_network(net);
}

/* An update follows every `subdivisions` passes, whatever number of images the weights file counts as
   seen. */
static void updates_do_not_straddle_batches(void **state)
{
    (void)state;
    network *net = variant("batch=8\nsubdivisions=2\n", 7);
    data d = rows_of(net, 8);
    *net->seen = 6;
    for (int t = 1; t <= 3; ++t) {
        train_network(net, d);
        assert_int_equal(*net->t, t);
        assert_int_equal(find_pixelcnn_net(net)->passes, 0);
        assert_int_equal(get_current_batch(net), t);
    }
    free_data(d);
    free_network(net);
}

/* Weights that colour ordering forbids stay exactly zero through decay and Adam. */
static void masked_weights_stay_zero(void **state)
{
    (void)state;
    network *net = net_of_text(family[7].cfg, 1);
    random_batch(net, 2, 0);
    net->train = 1;
    for (int t = 0; t < 20; ++t) {
        forward_network(net);
        backward_network(net);
        update_network(net);
    }
    param_list all = net_params(net);
    for (int i = 0; i < all.n; ++i)
        for (size_t k = 0; all.p[i].allowed && k < all.p[i].n; ++k)
            if (!all.p[i].allowed[k]) assert_true(all.p[i].value[k] == 0);
    free_param_list(&all);
    free_network(net);
}

/* y (n,n) or (n,m) = a b, row-major, in double. */
static void times(int n, int k, int m, const double *a, const double *b, double *y)
{
    for (int i = 0; i < n * m; ++i) {
        y[i] = 0;
        for (int j = 0; j < k; ++j) y[i] += a[i / m * k + j] * b[j * m + i % m];
    }
}

/* x (r,c): what muon.h says becomes of u's direction. */
static void orthogonalise(int r, int c, double *x)
{
    double turned[512], a[512], aa[512], next[512], norm = 0;
    for (int k = 0; k < r * c; ++k) norm += x[k] * x[k];
    for (int k = 0; k < r * c; ++k) x[k] /= sqrt(norm) + 1e-7;
    for (int t = 0; t < 5; ++t) {
        for (int k = 0; k < r * c; ++k) turned[k % c * r + k / c] = x[k];
        times(r, c, r, x, turned, a);
        times(r, r, r, a, a, aa);
        for (int k = 0; k < r * r; ++k) a[k] = 2.0315 * aa[k] - 4.7750 * a[k] + (k % r == k / r ? 3.4445 : 0);
        times(r, r, c, a, x, next);
        memcpy(x, next, r * c * sizeof *x);
    }
}

/* Muon's first step, in double, from gradients taken by themselves; arrays that are no hidden matrix move as
   Adam moves them. */
static void muon_is_what_it_says(void **state)
{
    (void)state;
    network *net = variant("batch=4\nadam=1\nmuon=0.02\n", 8), *probe = variant("batch=4\nadam=1\n", 8);
    data d = rows_of(net, 4);
    param_list start, by_adam, all;
    gradients(probe, d, &start);
    train_network(net, d);
    all = net_params(net);
    int matrices = 0;
    for (int i = 0; i < all.n; ++i) {
        double x[512];
        param p = all.p[i], from = start.p[i];
        if (!p.rows) continue;
        for (size_t k = 0; k < p.n; ++k) x[k] = -from.update[k] * 1.95;
        orthogonalise(p.rows, p.n / p.rows, x);
        double length = sqrt(fmax(1, (double)p.rows * p.rows / p.n));
        for (size_t k = 0; k < p.n; ++k)
            assert_float_equal(p.value[k], from.value[k] - .02 * (length * x[k] + .01 * from.value[k]), 2e-6);
        ++matrices;
    }
    assert_int_equal(matrices, 8); // W of the second pair, two W_l, two W_r, two W_s
    update_network(probe);
    by_adam = net_params(probe);
    for (int i = 0; i < all.n; ++i)
        for (size_t k = 0; !all.p[i].rows && k < all.p[i].n; ++k)
            assert_true(all.p[i].value[k] == by_adam.p[i].value[k]);
    free_param_list(&start);
    free_param_list(&by_adam);
    free_param_list(&all);
    free_data(d);
    free_network(net);
    free_network(probe);
}

TEST_MAIN(cmocka_unit_test(sgd_is_what_it_says), cmocka_unit_test(subdivisions_change_nothing),
          cmocka_unit_test(clipping_limits_the_whole_gradient), cmocka_unit_test(the_average_follows_the_weights),
          cmocka_unit_test(replicas_add_up_to_one_net), cmocka_unit_test(rates_are_the_hosts),
          cmocka_unit_test(a_rate_follows_from_its_iteration),
          cmocka_unit_test(a_warm_up_ends_where_the_policy_continues),
          cmocka_unit_test(a_random_rate_is_the_same_each_time), cmocka_unit_test(updates_do_not_straddle_batches),
          cmocka_unit_test(masked_weights_stay_zero), cmocka_unit_test(muon_is_what_it_says))
