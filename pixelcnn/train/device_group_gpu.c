/*
device_group_gpu.c - training on several devices. See device_group.h.

The caller's thread drives the first device, a thread of its own each other one. A training step:
    each  forward and backward for its part of the rows, pass by pass; updates add up on its device
    all   wait for each other; the updates become their sum, the same bits on all devices
    each  update_network
The sum is computed by NCCL if the program was built with it, else on the first device, in the order of the
devices.
*/
#include <pthread.h>
#include "base/calls_gpu.h"
#include "base/errors.h"
#include "base/text.h"
#include "layers/label_embed_layer.h"
#include "layers/math/plane_kernels.h"
#include "network.h"
#include "pixelcnn/net/build_net.h"
#include "pixelcnn/net/net_gpu.h"
#include "pixelcnn/net/pixelcnn_net.h"
#include "pixelcnn/train/device_group.h"
#include "pixelcnn/train/nccl_gpu.h"
#include "pixelcnn/train/solver.h"

typedef struct {
    device_group *all;
    int i, device;
    network *net;
    pthread_t thread; // the first has none
    double cost;      // sum over its passes
#ifdef NCCL
    ncclComm_t comm;
#endif
} worker;

struct device_group {
    int n, stop;
    worker workers[MOST_DEVICES];
    pthread_barrier_t barrier;
    float *buffer;      // on the first device, for the updates of another
    const char *method; // of the sum
    data rows;          // of the current step
    size_t seen;        // images before it
};

static void wait_for_all(device_group *s) { pthread_barrier_wait(&s->barrier); }

/* ---- the sum ---- */

static double cost_of_all(const device_group *s)
{
    double sum = 0;
    for (int i = 0; i < s->n; ++i) sum += s->workers[i].cost;
    return sum;
}

#ifdef NCCL
static void open_nccl(device_group *s)
{
    int devices[MOST_DEVICES];
    ncclComm_t comms[MOST_DEVICES];
    for (int i = 0; i < s->n; ++i) devices[i] = s->workers[i].device;
    NCCL_OK(ncclCommInitAll(comms, s->n, devices));
    for (int i = 0; i < s->n; ++i) s->workers[i].comm = comms[i];
}
#else
static void copy_between(const device_group *s, float *to, int to_worker, const float *from, int from_worker, size_t n)
{
    CUDA_OK(cudaMemcpyPeerAsync(to, s->workers[to_worker].device, from, s->workers[from_worker].device,
                                n * sizeof(float), 0));
}

static update_span updates_of(const device_group *s, int i)
{
    return all_updates_gpu(&net_solver(s->workers[i].net)->params);
}

/* Called by the first device's thread, while the others wait. */
static void sum_on_first(device_group *s)
{
    update_span sum = updates_of(s, 0);
    for (int i = 1; i < s->n; ++i) {
        copy_between(s, s->buffer, 0, updates_of(s, i).x, i, sum.n);
        add_into_gpu(sum.n, s->buffer, sum.x);
    }
    for (int i = 1; i < s->n; ++i) copy_between(s, updates_of(s, i).x, i, sum.x, 0, sum.n);
    CUDA_OK(cudaDeviceSynchronize());
}
#endif

/* The solver's sum_updates. The cost becomes that of all devices too, so that all reach the same verdict. */
static void sum_over_devices(const param_list *own, void *context)
{
    worker *w = context;
    device_group *s = w->all;
    CUDA_OK(cudaDeviceSynchronize());
    wait_for_all(s);
    *w->net->cost = cost_of_all(s);
#ifdef NCCL
    sum_by_nccl(w->comm, own); // every device's thread
#else
    (void)own;
    if (w->i == 0) sum_on_first(s);
    wait_for_all(s);
#endif
}

/* ---- a step ---- */

/* The passes of one device. *seen counts as in train_network: images before a pass, and its own. */
static void run_step(worker *w)
{
    device_group *s = w->all;
    network *net = w->net;
    int batch = net->batch, passes = net->subdivisions / s->n;
    w->cost = 0;
    net->train = 1;
    for (int p = w->i * passes; p < (w->i + 1) * passes; ++p) {
        get_next_batch(s->rows, batch, p * batch, net->input, net->truth);
        *net->seen = s->seen + (size_t)(p + 1) * batch;
        forward_network(net);
        backward_network(net);
        pull_losses(net);
        w->cost += *net->cost;
    }
    *net->seen = s->seen + (size_t)s->rows.X.rows;
    update_network(net);
}

static void *work_until_stopped(void *argument)
{
    worker *w = argument;
    CUDA_OK(cudaSetDevice(w->device));
    for (;;) {
        wait_for_all(w->all);
        if (w->all->stop) return 0;
        run_step(w);
        wait_for_all(w->all);
    }
}

/* The sum of the updates has a NaN or infinity on all devices as soon as one device's updates have. A device
   whose pass was finite finds it in a gradient only; the first device that found it elsewhere names the
   place. */
static void name_place(device_group *s)
{
    solver *first = net_solver(s->workers[0].net);
    for (int i = 0; first->nonfinite == NONFINITE_BATCH && i < s->n; ++i) {
        char where[sizeof first->where];
        snprintf(where, sizeof where, "device %d: %.240s", s->workers[i].device, net_solver(s->workers[i].net)->where);
        if (strstr(where, "gradient of")) continue;
        memcpy(first->where, where, sizeof where);
        return;
    }
}

float train_group_gpu(device_group *s, data d)
{
    s->rows = d;
    s->seen = *s->workers[0].net->seen;
    wait_for_all(s);
    run_step(s->workers);
    wait_for_all(s);
    gpu_index = s->workers[0].device; // each pass sets it
    name_place(s);
    return cost_of_all(s) / d.X.rows;
}

/* ---- making and freeing ---- */

/* Weights, moments, averages and counters, through host memory. */
static void copy_net(network *from, network *to)
{
    solver *a = net_solver(from), *b = net_solver(to);
    pull_net(from);
    for (int i = 0; i < a->params.n; ++i)
        memcpy(b->params.p[i].value, a->params.p[i].value, a->params.p[i].n * sizeof(float));
    memcpy(b->m, a->m, a->params.total * sizeof(float));
    if (a->v) memcpy(b->v, a->v, a->params.total * sizeof(float));
    if (a->average) memcpy(b->average, a->average, a->params.total * sizeof(float));
    find_pixelcnn_net(to)->seed = find_pixelcnn_net(from)->seed;
    if (label_of(from)) label_of(to)->seed = label_of(from)->seed;
    *to->seen = *from->seen;
    *to->t = *from->t;
    push_net(to);
}

/* Gives a device access to another's memory. Returns whether it can have it. */
static int open_peer(int device, int other)
{
    int can = 0;
    CUDA_OK(cudaSetDevice(device));
    CUDA_OK(cudaDeviceCanAccessPeer(&can, device, other));
    if (!can) return 0;
    cudaError_t status = cudaDeviceEnablePeerAccess(other, 0);
    cudaGetLastError(); // clears it for later calls
    return status == cudaSuccess || status == cudaErrorPeerAccessAlreadyEnabled;
}

/* Copies between two devices go through host memory if they have no access to each other's. */
static const char *open_peers(const device_group *s)
{
    int all = 1;
    for (int i = 0; i < s->n; ++i)
        for (int k = 0; k < s->n; ++k)
            if (i != k) all &= open_peer(s->workers[i].device, s->workers[k].device);
    return all ? "peer copies" : "copies through host memory";
}

static void open_sum(device_group *s)
{
    s->method = open_peers(s);
    for (int i = 0; i < s->n; ++i) {
        solver *own = net_solver(s->workers[i].net);
        own->sum_updates = sum_over_devices;
        own->context = s->workers + i;
    }
    open_device(s->workers[0].device);
#ifdef NCCL
    open_nccl(s);
    s->method = "NCCL";
#else
    s->buffer = floats_gpu(updates_of(s, 0).n);
#endif
}

device_group *make_device_group_gpu(network *net, const char *cfg, const device_list *devices)
{
    device_group *s = checked_calloc(1, sizeof *s);
    int n = s->n = devices->n;
    for (int i = 0; i < n; ++i) {
        gpu_index = devices->index[i];
        s->workers[i] = (worker){.all = s, .i = i, .device = gpu_index, .net = net};
        if (i) s->workers[i].net = parse_pixelcnn_cfg(cfg, (net_overrides){.parts = n});
        if (i) copy_net(net, s->workers[i].net);
    }
    open_sum(s);
    if (pthread_barrier_init(&s->barrier, 0, n)) die("cannot create a barrier for %d devices", n);
    for (int i = 1; i < n; ++i)
        if (pthread_create(&s->workers[i].thread, 0, work_until_stopped, s->workers + i))
            die("cannot create a thread for device %d", devices->index[i]);
    fprintf(stderr, "%d devices, each with %d image%s per pass; updates are summed by %s\n", n, net->batch,
            plural_s(net->batch), s->method);
    return s;
}

void free_device_group_gpu(device_group *s)
{
    s->stop = 1;
    wait_for_all(s);
    for (int i = 1; i < s->n; ++i) {
        pthread_join(s->workers[i].thread, 0);
        CUDA_OK(cudaSetDevice(s->workers[i].device));
        free_network(s->workers[i].net);
    }
#ifdef NCCL
    for (int i = 0; i < s->n; ++i) ncclCommDestroy(s->workers[i].comm);
#endif
    CUDA_OK(cudaSetDevice(s->workers[0].device));
    free_gpu(s->buffer);
    net_solver(s->workers[0].net)->sum_updates = 0;
    pthread_barrier_destroy(&s->barrier);
    free(s);
}

network *device_group_net_gpu(device_group *s, int i) { return s->workers[i].net; }
