/*
test_gpu_stock.c - Darknet's own layers on a device beside the CPU: two steps of training of small nets, then
outputs, weights and biases. Their agreement shows that the build, cuBLAS or cuDNN, or the emulator in their
place, are right.
*/
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "network.h"
#include "tests/support.h"

/* Declared here since their headers include Darknet's cuda.h, whose name the toolkit has too. */
void pull_convolutional_layer(layer l);
void pull_deconvolutional_layer(layer l);
void pull_connected_layer(layer l);

/* On a device cuRAND, seeded by the clock, draws what dropout drops; in the emulator rand does, as on the
   CPU. */
#ifdef CUEMU
#define DROPPED "0.5"
#else
#define DROPPED "0"
#endif
#define NET                                                                                                            \
    "[net]\nbatch=4\nsubdivisions=1\nheight=10\nwidth=12\nchannels=3\nlearning_rate=0.01\nmomentum=0.9\ndecay=0.01\n"
static const struct {
    const char *name, *cfg;
} nets[] = {
    {"convolutional, maxpool, connected, softmax",
     NET "[convolutional]\nfilters=6\nsize=3\nstride=1\npad=1\nactivation=elu\n[maxpool]\nsize=2\nstride=2\n"
         "[convolutional]\nfilters=5\nsize=3\nstride=2\npad=1\nactivation=logistic\n[connected]\noutput=7\nactivation="
         "tanh\n"
         "[connected]\noutput=5\nactivation=linear\n[softmax]\n"},
    {"groups, dropout, avgpool, cost", NET
     "[convolutional]\nfilters=6\nsize=1\nactivation=tanh\n[convolutional]\nfilters=8\nsize=3\npad=1\ngroups=2\n"
     "activation=loggy\n[dropout]\nprobability=" DROPPED "\n[convolutional]\nfilters=4\nsize=2\nactivation=linear\n["
     "avgpool]\n[cost]\n"
     "type=sse\n"},
    {"deconvolutional, route, shortcut, upsample",
     NET "[convolutional]\nfilters=4\nsize=3\npad=1\nactivation=logistic\n[convolutional]\nfilters=4\nsize=3\npad=1\n"
         "activation=tanh\n[shortcut]\nfrom=-2\nactivation=linear\n[route]\nlayers=-1,-3\n[upsample]\nstride=2\n"
         "[deconvolutional]\nfilters=3\nsize=2\nstride=2\nactivation=tanh\n[connected]\noutput=3\nactivation=linear\n["
         "cost]\ntype=sse\n"},
};

static network *net_on(const char *cfg, int device)
{
    const char *path = scratch("stock.cfg");
    write_text(path, cfg);
    srand(7);
    gpu_index = device;
    network *net = parse_network_cfg((char *)path);
    gpu_index = 0;
    assert_int_equal(net->gpu_index, device);
    return net;
}

/* The same made-up batch for each net. No gradient above 1: Darknet's connected layer clips those on the
   device only. */
static void step(network *net, unsigned seed)
{
    srand(seed);
    for (int i = 0; i < net->batch * net->inputs; ++i) net->input[i] = (float)rand() / RAND_MAX;
    for (int i = 0; i < net->batch * net->truths; ++i)
        net->truth[i] = 0.5f * (i % net->truths == i / net->truths % net->truths);
    train_network_datum(net);
}

static void pull(layer l)
{
    if (l.type == CONVOLUTIONAL) pull_convolutional_layer(l);
    if (l.type == DECONVOLUTIONAL) pull_deconvolutional_layer(l);
    if (l.type == CONNECTED) pull_connected_layer(l);
    cuda_pull_array(l.output_gpu, l.output, (size_t)l.outputs * l.batch);
}

static void assert_same(const char *what, int i, const float *cpu, const float *gpu, size_t n)
{
    double error = 0, power = 0;
    for (size_t k = 0; k < n; ++k) {
        error += (double)(cpu[k] - gpu[k]) * (cpu[k] - gpu[k]);
        power += (double)cpu[k] * cpu[k];
    }
    if (!(error <= 1e-9 * power)) fail_msg("layer %d, %s: NMSE %g", i, what, error / power);
}

static void test_training(void **state)
{
    int which = *(int *)*state;
    network *cpu = net_on(nets[which].cfg, -1), *gpu = net_on(nets[which].cfg, 0);
    for (unsigned s = 1; s <= 2; ++s) step(cpu, s), step(gpu, s);
    for (int i = 0; i < cpu->n; ++i) {
        layer a = cpu->layers[i], b = gpu->layers[i];
        pull(b);
        if (a.type != COST) assert_same("outputs", i, a.output, b.output, (size_t)a.outputs * a.batch);
        if (a.nweights) assert_same("weights", i, a.weights, b.weights, a.nweights);
        if (a.nbiases) assert_same("biases", i, a.biases, b.biases, a.nbiases);
        if (a.type == CONNECTED) assert_same("weights", i, a.weights, b.weights, (size_t)a.inputs * a.outputs);
        if (a.type == CONNECTED) assert_same("biases", i, a.biases, b.biases, a.outputs);
    }
    assert_true(fabs(*cpu->cost - *gpu->cost) < 1e-4 * fabs(*cpu->cost));
    free_network(cpu);
    free_network(gpu);
}

int main(void)
{
    enum { N = sizeof nets / sizeof *nets };
    static int numbers[N];
    struct CMUnitTest tests[N];
    for (int i = 0; i < N; ++i) {
        numbers[i] = i;
        tests[i] = (struct CMUnitTest){nets[i].name, test_training, NULL, NULL, &numbers[i]};
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
