/*
test_parity.c - likelihood, gradients and Adam steps equal those of a second implementation in PyTorch
(tests/reference/torch_gated_pixelcnn.py), from the same cfg, weights file and images. Skipped without python3
and torch.
*/
#define _GNU_SOURCE
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/random.h"
#include "layers/label_embed_layer.h"
#include "network.h"
#include "pixelcnn/data/binarise.h"
#include "pixelcnn/data/dataset.h"
#include "pixelcnn/data/evaluate.h"
#include "pixelcnn/net/pixelcnn_net.h"
#include "pixelcnn/net/rate.h"
#include "pixelcnn/net/weights.h"
#include "pixelcnn/train/solver.h"
#include "tests/family.h"
#include "tests/support.h"

enum { IMAGES = 6, UPDATES = 10, HEADER = 20 };

static char python[64];

/* The reference, which imports torch once: takes commands, and its last answer. */
static struct {
    FILE *commands, *answers;
    char answer[4096];
} reference;

static int find_torch(void **state)
{
    (void)state;
    static const char *const where[] = {"python3", "/usr/bin/python3"};
    for (int i = 0; i < 2; ++i) {
        static run_result r;
        run_command(&r, "%s -c 'import torch, numpy'", where[i]);
        if (r.status == 0) {
            strcpy(python, where[i]);
            return 0;
        }
    }
    print_message("no python3 with torch (Debian: python3-torch): parity is not tested\n");
    return 0;
}

/* One net, its cfg and weights on disk, and images that fit it. */
typedef struct {
    network *net;
    const char *cfg, *weights, *folder;
    char data[512]; // images and labels as the script's arguments
} subject;

/* Vectors of any numbers, from -2 to 2, take the place of the test set's classes. */
static void classes_to_vectors(const char *folder, int n, int classes)
{
    char path[512];
    unsigned char x[12 + 4 * 64 * 8] = {0, 0, 0x0D, 2, 0, 0, 0, n, 0, 0, 0, classes};
    for (int i = 0; i < n * classes; ++i) {
        uint32_t bits;
        float t = 4 * random_unit(7, STREAM_SAMPLE, i, 0) - 2;
        memcpy(&bits, &t, 4);
        for (int b = 0; b < 4; ++b) x[12 + 4 * i + b] = bits >> (24 - 8 * b);
    }
    snprintf(path, sizeof path, "%s/t10k-labels-idx1-ubyte", folder);
    remove(path);
    snprintf(path, sizeof path, "%s/t10k-labels-idx2-float", folder);
    write_file(path, x, 12 + 4 * n * classes);
}

static subject make_subject(const char *text, int n)
{
    if (!python[0]) skip();
    subject s = {.cfg = scratch("parity.cfg"), .weights = scratch("parity.weights"), .folder = scratch("data")};
    s.net = net_of_text(text, 11);
    fill_biases(s.net, 12);
    write_text(s.cfg, text);
    char error[512];
    assert_int_equal(try_save_weights(s.net, s.weights, s.net->n, error), 0);
    make_toy_data(s.folder, (toy_data){.n = n, .c = s.net->c, .h = s.net->h, .w = s.net->w, .classes = 3, .seed = 1});
    const label_embed *label = label_of(s.net);
    int attributes = label && label->attributes;
    if (attributes) classes_to_vectors(s.folder, n, label->classes);
    snprintf(s.data, sizeof s.data, "%s/t10k-images-idx%d-ubyte %s/t10k-labels-idx%s", s.folder, s.net->c == 1 ? 3 : 4,
             s.folder, attributes ? "2-float" : "1-ubyte");
    return s;
}

static void start_reference(void)
{
    int commands[2], answers[2];
    assert_int_equal(pipe2(commands, O_CLOEXEC) | pipe2(answers, O_CLOEXEC), 0);
    fflush(0);
    if (!fork()) {
        dup2(commands[0], 0);
        dup2(answers[1], 1);
        execlp(python, python, "tests/reference/torch_gated_pixelcnn.py", "serve", (char *)0);
        _exit(127);
    }
    close(commands[0]);
    close(answers[1]);
    reference.commands = fdopen(commands[1], "w");
    reference.answers = fdopen(answers[0], "r");
}

static int end_reference(void **state)
{
    (void)state;
    if (!reference.commands) return 0;
    fclose(reference.commands);
    fclose(reference.answers);
    return wait(0) < 0;
}

/* What it prints is in reference.answer. */
static void run_reference(const char *command, subject s, int n, const char *out)
{
    static const char done[] = "done\n";
    if (!reference.commands) start_reference();
    fprintf(reference.commands, "%s %s %s %s %d %s\n", command, s.cfg, s.weights, s.data, n, out);
    fflush(reference.commands);
    char *line = reference.answer;
    *line = 0;
    while (fgets(line, reference.answer + sizeof reference.answer - line, reference.answers) && strcmp(line, done))
        line += strlen(line);
    if (strcmp(line, done)) fail_msg("reference %s %s: ended with %s", command, s.cfg, reference.answer);
}

static void end_subject(subject s) { free_network(s.net); }

static void check_likelihood(const char *name, subject s)
{
    run_reference("eval", s, IMAGES, "");
    double expected = atof(strstr(reference.answer, "nats/image ") + strlen("nats/image "));
    dataset d = load_dataset(s.folder, SPLIT_TEST, s.net);
    likelihood l = evaluate_likelihood(s.net, &d, 0, IMAGES, 0);
    if (fabs(l.nats - expected) > 1e-5 * expected) fail_msg("%s: %g nats, torch %g", name, l.nats, expected);
    free_dataset(&d);
}

static void same_likelihood(void **state)
{
    (void)state;
    for (int f = 0; f < family_size; ++f) {
        subject s = make_subject(family[f].cfg, IMAGES);
        check_likelihood(family[f].name, s);
        end_subject(s);
    }
}

/* The same images are drawn on both sides. */
static void same_binarised_likelihood(void **state)
{
    (void)state;
    char text[4096];
    snprintf(text, sizeof text, "[net]\nbinarise=bernoulli\n%s", family[1].cfg + strlen("[net]\n"));
    subject s = make_subject(text, IMAGES);
    for (int seed = 0; seed < 2; ++seed) {
        dataset d = load_dataset(s.folder, SPLIT_TEST, s.net);
        binarise_evaluated(&d, s.net, 0, d.n, seed);
        likelihood l = evaluate_likelihood(s.net, &d, 0, IMAGES, 0);
        run_reference("eval", s, IMAGES, seed ? "1" : "0");
        double expected = atof(strstr(reference.answer, "nats/image ") + strlen("nats/image "));
        assert_float_equal(l.nats / expected, 1, 1e-5);
        free_dataset(&d);
    }
    end_subject(s);
}

static void compare_arrays(const char *what, const param_list *all, const char *file, double tolerance, int updates)
{
    size_t bytes;
    char *raw = read_whole(file, &bytes);
    assert_int_equal(bytes, HEADER + all->total * sizeof(float));
    float *expected = (float *)(raw + HEADER);
    for (int i = 0; i < all->n; expected += all->p[i++].n) {
        param p = all->p[i];
        double top = largest(expected, p.n);
        for (size_t k = 0; k < p.n; ++k) {
            double got = updates ? -p.update[k] : p.value[k];
            if (fabs(got - expected[k]) > tolerance * top)
                fail_msg("%s: layer %d, %s[%zu] = %g, torch %g, largest %g", what, all->layer[i], p.name, k, got,
                         expected[k], top);
        }
    }
    free(raw);
}

static void fill_batch(network *net, const dataset *d, int first)
{
    for (int b = 0; b < net->batch; ++b)
        fill_row(d, net, first + b, net->input + (size_t)b * net->inputs, net->truth + (size_t)b * net->truths);
}

static void check_gradients(const char *name, subject s)
{
    const char *out = scratch("grad");
    run_reference("grad", s, IMAGES, out);
    dataset d = load_dataset(s.folder, SPLIT_TEST, s.net);
    s.net->train = 1;
    for (int i = 0; i < IMAGES; i += s.net->batch) {
        fill_batch(s.net, &d, i);
        forward_network(s.net);
        backward_network(s.net);
    }
    param_list all = net_params(s.net);
    compare_arrays(name, &all, out, 1e-4, 1);
    free_param_list(&all);
    free_dataset(&d);
}

static void same_gradients(void **state)
{
    (void)state;
    for (int f = 0; f < family_size; ++f) {
        subject s = make_subject(family[f].cfg, IMAGES);
        check_gradients(family[f].name, s);
        end_subject(s);
    }
}

/* Conditioned on vectors of any numbers: unembedded, spatial, and in colour. */
static void vectors_in_place_of_classes(void **state)
{
    (void)state;
    static const char key[] = "[label_embed]\n";
    static const int nets[] = {1, 3, 7};
    for (int i = 0; i < 3; ++i) {
        const family_net *f = family + nets[i];
        char text[4096];
        const char *at = strstr(f->cfg, key);
        if (!at) fail_msg("%s has no label", f->name);
        at += strlen(key);
        int n = snprintf(text, sizeof text, "%.*sattributes=1\n%s", (int)(at - f->cfg), f->cfg, at);
        assert_in_range(n, 1, sizeof text - 1);
        subject s = make_subject(text, IMAGES);
        check_likelihood(f->name, s);
        check_gradients(f->name, s);
        end_subject(s);
        static run_result r;
        run_command(&r, "rm -r %s", s.folder);
    }
}

/* One batch through Darknet's stock train_network; returns nats/dim. */
static double train_step(network *net, const dataset *d, int first)
{
    data rows = {.X = make_matrix(net->batch, net->inputs), .y = make_matrix(net->batch, net->truths)};
    for (int b = 0; b < net->batch; ++b) fill_row(d, net, first + b, rows.X.vals[b], rows.y.vals[b]);
    double nats = train_network(net, rows) / net->truths;
    free_data(rows);
    return nats;
}

static void check_steps(const family_net *f, subject s)
{
    const char *out = scratch("steps");
    run_reference("steps", s, UPDATES, out);
    dataset d = load_dataset(s.folder, SPLIT_TEST, s.net);
    const char *line = reference.answer;
    int clipped = 0;
    for (int t = 0; t < UPDATES; ++t) {
        line = strstr(line, "nats/dim ") + strlen("nats/dim ");
        double got = train_step(s.net, &d, t * s.net->batch), expected = atof(line);
        clipped += net_solver(s.net)->norm > find_pixelcnn_net(s.net)->clip_norm;
        if (fabs(got - expected) > 1e-4 * expected)
            fail_msg("%s: step %d: %g, torch %g", f->name, t + 1, got, expected);
    }
    assert_int_equal(clipped, UPDATES);
    compare_arrays(f->name, &net_solver(s.net)->params, out, 1e-3, 0);
    free_dataset(&d);
}

static void same_adam_steps(void **state)
{
    (void)state;
    for (int f = 0; f < family_size; ++f) {
        subject s = make_subject(family[f].cfg, UPDATES * 2);
        check_steps(family + f, s);
        end_subject(s);
    }
}

/* Hidden matrices by Muon, masked and factored ones among them; the rest by Adam. */
static void same_muon_steps(void **state)
{
    (void)state;
    for (int f = 0; f < family_size; ++f) {
        char text[4096];
        snprintf(text, sizeof text, "[net]\nmuon=0.02\n%s", family[f].cfg + strlen("[net]\n"));
        subject s = make_subject(text, UPDATES * 2);
        check_steps(family + f, s);
        end_subject(s);
    }
}

/* scripts/bench_torch.py trains by the rates that its cfg means here: the warm-up's and the policy's. */
static void same_rates(void **state)
{
    (void)state;
    enum { RATES = 9, CFGS = 3 };
    static const char cfg[] =
        "[net]\nheight=4\nwidth=4\nchannels=1\nadam=1\nlearning_rate=.3\n%s[gated_vstack]\nfilters=2\n[gated_hstack]\n"
        "filters=2\nmask=a\n[skip_sum]\nfilters=2\n[convolutional]\nfilters=2\nactivation=linear\n[pixel_softmax]"
        "\nlevels=2\n";
    static const char *const keys[CFGS] = {"burn_in=4\npower=2\n", "policy=poly\npower=1\nburn_in=4\nmax_batches=9\n",
                                           "policy=poly\npower=1.5\nmax_batches=9\n"};
    static run_result r;
    char text[CFGS][1024], file[16];
    if (!python[0]) skip();
    for (int i = 0; i < CFGS; ++i) {
        snprintf(text[i], sizeof text[i], cfg, keys[i]);
        snprintf(file, sizeof file, "rates%d.cfg", i);
        write_text(scratch(file), text[i]);
    }
    run_command(
        &r,
        "%s -c 'import sys; sys.path.insert(0, \"scripts\"); sys.dont_write_bytecode = True; import bench_torch\n"
        "for i in range(%d):\n  t = bench_torch.Trainer(\"%s/rates%%d.cfg\" %% i)\n  print(*[t.rate(i) for i in "
        "range(1, %d)])'",
        python, CFGS, scratch(""), RATES + 1);
    if (r.status) fail_msg("%s", r.err);
    char *at = r.out;
    for (int i = 0; i < CFGS; ++i) {
        network *net = net_of_text(text[i], 1);
        for (int t = 1; t <= RATES; ++t) assert_float_equal(learning_rate_at(net, t), strtod(at, &at), 1e-7);
        free_network(net);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(same_likelihood), cmocka_unit_test(same_binarised_likelihood),
                                       cmocka_unit_test(same_gradients),  cmocka_unit_test(vectors_in_place_of_classes),
                                       cmocka_unit_test(same_adam_steps), cmocka_unit_test(same_muon_steps),
                                       cmocka_unit_test(same_rates)};
    return cmocka_run_group_tests(tests, find_torch, end_reference);
}
