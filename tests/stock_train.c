/*
stock_train.c - a program that uses only Darknet's public functions, built twice: with an unmodified Darknet
and with ours. test_host.c compares the output.

    stock_train train CFG             losses of ten steps on random data
    stock_train predict CFG [WEIGHTS] sums over weights and outputs of one random image
    stock_train save CFG WEIGHTS      predict, and saves the weights
    stock_train time CFG              milliseconds of a step on random data, the median of 15 after two more
*/
#include <stdlib.h>
#include <time.h>
#include "darknet.h"

static unsigned state = 1;

static float uniform(void)
{
    state = state * 1664525u + 1013904223u;
    return (state >> 8) / 16777216.f;
}

static data empty_data(const network *net)
{
    int rows = net->batch * net->subdivisions;
    return (data){.X = make_matrix(rows, net->inputs), .y = make_matrix(rows, net->truths)};
}

static float train_step(network *net, data d)
{
    for (int i = 0; i < net->batch * net->subdivisions; ++i) {
        for (int k = 0; k < net->inputs; ++k) d.X.vals[i][k] = uniform();
        for (int k = 0; k < net->truths; ++k) d.y.vals[i][k] = 0;
        d.y.vals[i][(int)(uniform() * net->truths)] = 1;
    }
    return train_network(net, d);
}

static void train(network *net)
{
    data d = empty_data(net);
    for (int step = 0; step < 10; ++step) printf("%.9g\n", train_step(net, d));
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void time_steps(network *net)
{
    enum { STEPS = 15, BEFORE = 2 };
    data d = empty_data(net);
    double ms[STEPS];
    for (int step = -BEFORE; step < STEPS; ++step) {
        struct timespec from, to;
        clock_gettime(CLOCK_MONOTONIC, &from);
        train_step(net, d);
        clock_gettime(CLOCK_MONOTONIC, &to);
        if (step >= 0) ms[step] = 1e3 * (to.tv_sec - from.tv_sec) + 1e-6 * (to.tv_nsec - from.tv_nsec);
    }
    qsort(ms, STEPS, sizeof *ms, by_size);
    printf("%.3f\n", ms[STEPS / 2]);
}

static void print_sums(const float *x, int n)
{
    double sum = 0, squares = 0;
    for (int i = 0; i < n; ++i) {
        sum += x[i];
        squares += (double)x[i] * x[i];
    }
    printf("%d %.9g %.9g\n", n, sum, squares);
}

static void predict(network *net)
{
    set_batch_network(net, 1);
    float *x = calloc(net->inputs, sizeof(float));
    for (int k = 0; k < net->inputs; ++k) x[k] = uniform();
    for (int i = 0; i < net->n; ++i)
        if (net->layers[i].weights && net->layers[i].nweights)
            print_sums(net->layers[i].weights, net->layers[i].nweights);
    float *y = network_predict(net, x);
    print_sums(y, net->outputs);
    free(x);
}

int main(int argc, char **argv)
{
    if (argc < 3) return 2;
    gpu_index = -1;
    srand(7);
    network *net = load_network(argv[2], argc > 3 && argv[1][0] == 'p' ? argv[3] : 0, 0);
    if (argv[1][0] == 't')
        (argv[1][1] == 'i' ? time_steps : train)(net);
    else
        predict(net);
    if (argv[1][0] == 's') save_weights(net, argv[3]);
    return 0;
}
