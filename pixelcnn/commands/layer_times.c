/*
layer_times.c - where the time of a training step goes. See layer_times.h.

Darknet's own forward_network and backward_network run; in the net that they are given each layer's functions are
replaced by ones that call the layer's own and look at the clock.
*/
#include <time.h>
#include "layers/gated.h"
#ifdef GPU
#include "base/calls_gpu.h"
#endif
#include "network.h"
#include "pixelcnn/commands/layer_times.h"
#include "pixelcnn/commands/timing.h"

/* The layers as they were. Their functions have no argument for it. */
static layer *timed;
static double *forward_seconds, *backward_seconds;

/* Seconds, to the nanosecond: a small layer takes less than the microsecond of the host's clock. A launch on a device comes
   back at once: what it takes is known when the device has nothing left to do. */
static double time_of(const network *net)
{
    struct timespec t;
#ifdef GPU
    if (net->gpu_index >= 0) CUDA_OK(cudaDeviceSynchronize());
#endif
    (void)net;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + 1e-9 * t.tv_nsec;
}

static void timed_call(void (*call)(layer l, network net), layer l, network net, double *seconds)
{
    double start = time_of(&net);
    call(l, net);
    seconds[net.index] = time_of(&net) - start;
}

static void timed_forward(layer l, network net) { timed_call(timed[net.index].forward, l, net, forward_seconds); }
static void timed_backward(layer l, network net) { timed_call(timed[net.index].backward, l, net, backward_seconds); }

#ifdef GPU
static void timed_forward_gpu(layer l, network net)
{
    timed_call(timed[net.index].forward_gpu, l, net, forward_seconds);
}

static void timed_backward_gpu(layer l, network net)
{
    timed_call(timed[net.index].backward_gpu, l, net, backward_seconds);
}
#endif

typedef struct {
    timings *forward, *backward, update, rest;
} layer_samples;

/* One training step; adds what each layer took. */
static void step(network *net, layer_samples *s)
{
    double start = time_of(net);
    net->train = 1;
    forward_network(net);
    backward_network(net);
    double passes = time_of(net), rest = passes - start;
    update_network(net);
    add_timing(&s->update, time_of(net) - passes);
    for (int i = 0; i < net->n; ++i) {
        rest -= forward_seconds[i] + backward_seconds[i];
        add_timing(s->forward + i, forward_seconds[i]);
        add_timing(s->backward + i, backward_seconds[i]);
    }
    add_timing(&s->rest, rest);
}

static void replace_functions(network *net)
{
    timed = checked_calloc(net->n, sizeof(layer));
    forward_seconds = checked_calloc(net->n, sizeof(double));
    backward_seconds = checked_calloc(net->n, sizeof(double));
    memcpy(timed, net->layers, net->n * sizeof(layer));
    for (int i = 0; i < net->n; ++i) {
        net->layers[i].forward = timed_forward;
        net->layers[i].backward = timed_backward;
#ifdef GPU
        net->layers[i].forward_gpu = timed_forward_gpu;
        net->layers[i].backward_gpu = timed_backward_gpu;
#endif
    }
}

static void restore_functions(network *net)
{
    for (int i = 0; i < net->n; ++i) {
        net->layers[i].forward = timed[i].forward;
        net->layers[i].backward = timed[i].backward;
#ifdef GPU
        net->layers[i].forward_gpu = timed[i].forward_gpu;
        net->layers[i].backward_gpu = timed[i].backward_gpu;
#endif
    }
    free(timed);
    free(forward_seconds);
    free(backward_seconds);
}

static double take_median(timings *t)
{
    double m = median_timing(t);
    free_timings(t);
    return m;
}

layer_times time_layers(network *net, double seconds)
{
    layer_samples s = {.forward = checked_calloc(net->n, sizeof(timings)),
                       .backward = checked_calloc(net->n, sizeof(timings))};
    layer_times t = {.n = net->n,
                     .forward = checked_calloc(net->n, sizeof(double)),
                     .backward = checked_calloc(net->n, sizeof(double))};
    replace_functions(net);
    double start = what_time_is_it_now();
    while (s.rest.n < 3 || what_time_is_it_now() - start < seconds) step(net, &s);
    restore_functions(net);
    for (int i = 0; i < net->n; ++i) {
        t.forward[i] = take_median(s.forward + i);
        t.backward[i] = take_median(s.backward + i);
    }
    t.update = take_median(&s.update);
    t.rest = take_median(&s.rest);
    free(s.forward);
    free(s.backward);
    return t;
}

void free_layer_times(layer_times *t)
{
    free(t->forward);
    free(t->backward);
}
