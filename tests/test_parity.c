/*
test_parity.c - the same likelihood, gradients and Adam steps as the model stated again in PyTorch
(tests/reference/torch_gated_pixelcnn.py), from the same cfg, weights file and images. Skipped where no
python3 with torch is found.
*/
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "dataset.h"
#include "evaluate.h"
#include "family.h"
#include "network.h"
#include "pixel_softmax_layer.h"
#include "solver.h"
#include "support.h"
#include "weights.h"

enum { IMAGES = 6, UPDATES = 10, HEADER = 20 };

static run_result result;
static char python[64];

static int find_torch(void **state)
{
    (void)state;
    static const char *const where[] = {"python3", "/usr/bin/python3"};
    for (int i = 0; i < 2; ++i) {
        run_command(&result, "%s -c 'import torch, numpy'", where[i]);
        if (result.status == 0) {
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
    snprintf(s.data, sizeof s.data, "%s/t10k-images-idx%d-ubyte %s/t10k-labels-idx1-ubyte", s.folder,
             s.net->c == 1 ? 3 : 4, s.folder);
    return s;
}

static void run_reference(const char *command, subject s, int n, const char *out)
{
    run_command(&result, "%s tests/reference/torch_gated_pixelcnn.py %s %s %s %s %d %s", python, command, s.cfg,
                s.weights, s.data, n, out);
    if (result.status) fail_msg("reference %s: %s", command, result.err);
}

static void end_subject(subject s) { free_network(s.net); }

static void same_likelihood(void **state)
{
    (void)state;
    for (int f = 0; f < family_size; ++f) {
        subject s = make_subject(family[f].cfg, IMAGES);
        run_reference("eval", s, IMAGES, "");
        double expected = atof(strstr(result.out, "nats/image ") + strlen("nats/image "));
        dataset d = load_dataset(s.folder, SPLIT_TEST, s.net);
        likelihood l = evaluate(s.net, &d, 0, IMAGES, 0);
        if (fabs(l.nats - expected) > 1e-5 * expected)
            fail_msg("%s: %g nats, torch %g", family[f].name, l.nats, expected);
        free_dataset(&d);
        end_subject(s);
    }
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

static void same_gradients(void **state)
{
    (void)state;
    for (int f = 0; f < family_size; ++f) {
        subject s = make_subject(family[f].cfg, IMAGES);
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
        compare_arrays(family[f].name, &all, out, 1e-4, 1);
        free_param_list(&all);
        free_dataset(&d);
        end_subject(s);
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
    const char *line = result.out;
    int clipped = 0;
    for (int t = 0; t < UPDATES; ++t) {
        line = strstr(line, "nats/dim ") + strlen("nats/dim ");
        double got = train_step(s.net, &d, t * s.net->batch), expected = atof(line);
        clipped += solver_of(s.net)->norm > loss_of(s.net)->clip_norm;
        if (fabs(got - expected) > 1e-4 * expected)
            fail_msg("%s: step %d: %g, torch %g", f->name, t + 1, got, expected);
    }
    assert_int_equal(clipped, UPDATES);
    compare_arrays(f->name, &solver_of(s.net)->params, out, 1e-3, 0);
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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(same_likelihood), cmocka_unit_test(same_gradients),
                                       cmocka_unit_test(same_adam_steps)};
    return cmocka_run_group_tests(tests, find_torch, 0);
}
