/*
test_host.c - our replacements of Darknet's functions are the ones that run, and stock nets give the results
of an unmodified Darknet.
*/
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/errors.h"
#include "convolutional_layer.h"
#include "gemm.h"
#include "layers/gated_hstack_layer.h"
#include "network.h"
#include "pixelcnn/net/pixelcnn_net.h"
#include "pixelcnn/train/solver.h"
#include "tests/family.h"
#include "tests/support.h"

static const char *stock = "build/stock/stock_train";
#ifdef __SANITIZE_ADDRESS__
static const char *ours = "ASAN_OPTIONS=detect_leaks=0 build/cpu-asan/tests/stock_train";
#else
static const char *ours = "build/cpu/tests/stock_train";
#endif

static const char classifier[] =
    "[net]\nbatch=8\nsubdivisions=2\nheight=16\nwidth=14\nchannels=3\nlearning_rate=0.05\nmomentum=0.9\ndecay=0.0005\n"
    "policy=steps\nsteps=3,6\nscales=.5,.5\nburn_in=2\nmax_batches=100\n"
    "[convolutional]\nbatch_normalize=1\nfilters=8\nsize=3\nstride=1\npad=1\nactivation=leaky\n"
    "[maxpool]\nsize=2\nstride=2\n"
    "[convolutional]\nfilters=12\nsize=3\nstride=2\npad=1\nactivation=relu\n"
    "[local]\nfilters=4\nsize=3\nstride=1\npad=1\nactivation=tanh\n"
    "[dropout]\nprobability=.3\n"
    "[connected]\noutput=10\nactivation=linear\n"
    "[softmax]\ngroups=1\n";

/* The k-th number of a text; NAN behind the last. */
static double number_at(const char *text, int k)
{
    char *end;
    double x = NAN;
    for (; k >= 0; --k, text = end) {
        x = strtod(text, &end);
        if (end == text) return NAN;
    }
    return x;
}

/* What the program prints is the same in both builds, up to rounding. Returns how many numbers there were. */
static int same_numbers(const char *arguments, double tolerance)
{
    static run_result one, two;
    run_command(&one, "%s %s", stock, arguments);
    run_command(&two, "%s %s", ours, arguments);
    if (one.status || two.status) fail_msg("%s: status %d and %d: %s", arguments, one.status, two.status, two.err);
    int n = 0;
    for (; !isnan(number_at(one.out, n)); ++n) {
        double x = number_at(one.out, n), y = number_at(two.out, n);
        if (!(fabs(x - y) <= tolerance * (1 + fabs(x))))
            fail_msg("%s: number %d: %.9g, unmodified %.9g", arguments, n, y, x);
    }
    assert_true(isnan(number_at(two.out, n)));
    return n;
}

static void a_stock_classifier_trains_the_same(void **state)
{
    (void)state;
    char arguments[512];
    write_text(scratch("classifier.cfg"), classifier);
    snprintf(arguments, sizeof arguments, "train %s", scratch("classifier.cfg"));
    assert_int_equal(same_numbers(arguments, 1e-5), 10);
}

/* Not go.cfg: without trained statistics its 13 normalised layers overflow, and -Ofast hides the NaN. */
static void stock_cfgs_give_the_same_numbers(void **state)
{
    (void)state;
    static const char *const names[] = {"cifar",       "cifar.test", "darknet",        "tiny",        "gru",
                                        "rnn",         "writing",    "resnet18",       "yolov3-tiny", "yolov2-tiny",
                                        "yolov1-tiny", "t1.test",    "extraction.conv"};
    const char *source = getenv("DARKNET_SRC") ? getenv("DARKNET_SRC") : "build/darknet-61c9d02e";
    char folder[4096];
    snprintf(folder, sizeof folder, "%s/cfg", source);
    if (!file_exists(folder)) { // a tarball of make dist has only what is compiled
        print_message("stock cfgs: not tested, %s is missing\n", folder);
        skip();
    }
    for (size_t i = 0; i < sizeof names / sizeof *names; ++i) {
        char arguments[512];
        run_result r; // images of at most 128 x 128: the unmodified build is slow
        run_command(&r, "sed -E 's/^(height|width) *= *[2-9][0-9][0-9]/\\1=128/' %s/cfg/%s.cfg >%s", source, names[i],
                    scratch("stock.cfg"));
        assert_int_equal(r.status, 0);
        snprintf(arguments, sizeof arguments, "predict %s", scratch("stock.cfg"));
        assert_true(same_numbers(arguments, 2e-4) > 0);
    }
}

static void weights_pass_between_both(void **state)
{
    (void)state;
    char path[256], arguments[512];
    run_result r;
    snprintf(path, sizeof path, "%s", scratch("stock.weights"));
    char cfg[sizeof classifier + 1];
    const char *at = strstr(classifier, "tanh"); // which with untrained weights is NaN in the unmodified build
    snprintf(cfg, sizeof cfg, "%.*sloggy%s", (int)(at - classifier), classifier, at + 4);
    write_text(scratch("classifier.cfg"), cfg);
    const char *programs[] = {stock, ours};
    for (int i = 0; i < 2; ++i) {
        run_command(&r, "%s save %s %s", programs[i], scratch("classifier.cfg"), path);
        assert_int_equal(r.status, 0);
        snprintf(arguments, sizeof arguments, "predict %s %s", scratch("classifier.cfg"), path);
        assert_true(same_numbers(arguments, 1e-5) > 0);
    }
}

/* The start of a file, up to the end of a layer, is what people take to fine-tune; less is a damaged file. */
static void stock_nets_take_weights_of_their_first_layers(void **state)
{
    (void)state;
    run_result r;
    char path[256];
    snprintf(path, sizeof path, "%s", scratch("first.weights"));
    write_text(scratch("classifier.cfg"), classifier);
    run_command(&r, "%s save %s %s", ours, scratch("classifier.cfg"), path);
    char *raw = read_whole(path, 0);
    size_t first = 20 + (4 * 8 + 3 * 8 * 9) * sizeof(float);
    write_file(path, raw, first);
    run_command(&r, "%s predict %s %s", ours, scratch("classifier.cfg"), path);
    assert_int_equal(r.status, 0);
    assert_non_null(strstr(r.err, "layers from 2 on are not in the file"));
    write_file(path, raw, first + 4);
    run_command(&r, "%s predict %s %s", ours, scratch("classifier.cfg"), path);
    assert_int_equal(r.status, 1);
    free(raw);
}

/* ---- our functions run, also where Darknet calls them within one object ---- */

/* Darknet's gemm multiplies C by BETA = 0, which keeps NaN; oneDNN does not read C. */
static void our_gemm_runs(void **state)
{
    (void)state;
    float a = 2, b = 3, c = NAN;
    gemm(0, 0, 1, 1, 1, 1, &a, 1, &b, 1, 0, &c, 1);
    assert_true(c == 6);
    layer l = make_convolutional_layer(1, 2, 2, 1, 1, 1, 1, 1, 0, LINEAR, 0, 0, 0, 0);
    float x[4] = {1, 2, 3, 4}, dx[4] = {NAN, NAN, NAN, NAN};
    network net = {.input = x, .delta = dx};
    l.forward(l, net);
    l.delta[0] = l.delta[1] = l.delta[2] = l.delta[3] = 1;
    l.backward(l, net);
    for (int i = 0; i < 4; ++i) assert_float_equal(dx[i], l.weights[0], 1e-6);
    free_layer(l);
}

/* load_network of Darknet's network.c builds a net that only our parser knows, and refuses a short file. */
static void our_parser_and_weights_run(void **state)
{
    (void)state;
    run_result r;
    write_text(scratch("net.cfg"), family[0].cfg);
    network *net = load_network((char *)scratch("net.cfg"), 0, 0);
    assert_non_null(find_pixelcnn_net(net));
    save_weights(net, (char *)scratch("net.weights"));
    size_t bytes;
    char *raw = read_whole(scratch("net.weights"), &bytes);
    write_file(scratch("net.weights"), raw, bytes - 1);
    run_command(&r, "%s speed %s 1", darknet(), scratch("net.cfg"));
    assert_int_equal(r.status, 0);
    run_command(&r, "%s partial %s %s %s 99", darknet(), scratch("net.cfg"), scratch("net.weights"), scratch("o"));
    assert_int_equal(r.status, 1);
    assert_non_null(strstr(r.err, "truncated"));
    free(raw);
    free_network(net);
}

/* Darknet's convolutional layers ignore adam=1 on the CPU. The first step of Adam moves each weight of the
   head by the learning rate, whatever its gradient. */
static void our_solver_runs(void **state)
{
    (void)state;
    network *net = net_of_text(family[0].cfg, 1);
    data d = {.X = make_matrix(net->batch, net->inputs), .y = make_matrix(net->batch, net->truths)};
    random_batch(net, 3, 0);
    for (int b = 0; b < net->batch; ++b) {
        memcpy(d.X.vals[b], net->input + b * net->inputs, net->inputs * sizeof(float));
        memcpy(d.y.vals[b], net->truth + b * net->truths, net->truths * sizeof(float));
    }
    net->decay = 0;
    layer head = net->layers[net->n - 3];
    assert_int_equal(head.type, CONVOLUTIONAL);
    float before = head.weights[0];
    train_network(net, d);
    assert_float_equal(fabs(head.weights[0] - before), net->learning_rate, 1e-4 * net->learning_rate);
    assert_non_null(find_pixelcnn_net(net)->solver);
    free_data(d);
    free_network(net);
}

static void errors_exit_with_1(void **state)
{
    (void)state;
    run_result r;
    run_command(&r, "%s predict /no/such.cfg", ours);
    assert_int_equal(r.status, 1);
    run_command(&r, "%s predict /no/such.cfg", stock);
    assert_true(r.status != 1); // what we replace
    run_command(&r, "%s no-such-command", darknet());
    assert_int_equal(r.status, 1);
    run_command(&r, "%s detector test /no/such.data /no/such.cfg", darknet());
    assert_int_equal(r.status, 1);
}

TEST_MAIN(cmocka_unit_test(a_stock_classifier_trains_the_same), cmocka_unit_test(stock_cfgs_give_the_same_numbers),
          cmocka_unit_test(weights_pass_between_both), cmocka_unit_test(stock_nets_take_weights_of_their_first_layers),
          cmocka_unit_test(our_gemm_runs), cmocka_unit_test(our_parser_and_weights_run),
          cmocka_unit_test(our_solver_runs), cmocka_unit_test(errors_exit_with_1))
