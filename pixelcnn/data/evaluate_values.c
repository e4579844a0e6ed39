#include "base/cancel.h"
#include "base/exact_math.h"
#include "base/signals.h"
#include "layers/pixel_softmax_layer.h"
#include "pixelcnn/data/evaluate.h"
#include "pixelcnn/data/evaluate_values.h"
#include "pixelcnn/net/net_gpu.h"

/* The logits of the batch that was just passed: (B,C,L,H,W). */
static const float *passed_logits(network *net)
{
    pull_output(net, net->n - 2);
    return net->layers[net->n - 2].output;
}

/* How many of `count` images the next pass takes from i on; 0: it is to end. */
static int next_batch(network *net, int batch, int i, int count)
{
    if (i >= count || stop_signal() || ask_cancel()) return 0;
    set_batch_network(net, count - i < batch ? count - i : batch);
    return net->batch;
}

void evaluate_logits(network *net, const dataset *d, int first, int count, float *logits)
{
    int batch = net->batch;
    size_t floats = (size_t)net->truths * loss_of(net)->levels;
    for (int n, i = 0; (n = next_batch(net, batch, i, count)); i += n) {
        pass_batch(net, d, first + i);
        memcpy(logits + i * floats, passed_logits(net), n * floats * sizeof(float));
    }
    set_batch_network(net, batch);
}

/* -log softmax(logits)[level]; a level's logits are `stride` apart. */
static double nats_of_value(const float *logits, int levels, size_t stride, int level)
{
    double sum = 0, top = logits[0];
    for (int l = 1; l < levels; ++l)
        if (logits[l * stride] > top) top = logits[l * stride];
    for (int l = 0; l < levels; ++l) sum += exact_exp(logits[l * stride] - top);
    return exact_log(sum) + top - logits[level * stride];
}

/* Of the batch that was just passed: nats (B,C,H,W). */
static void nats_of_batch(network *net, double *nats)
{
    int levels = loss_of(net)->levels;
    size_t plane = (size_t)net->h * net->w, values = (size_t)net->batch * net->truths;
    const float *logits = passed_logits(net);
    for (size_t v = 0; v < values; ++v)
        nats[v] = nats_of_value(logits + v / plane * levels * plane + v % plane, levels, plane, net->truth[v]);
}

void evaluate_values(network *net, const dataset *d, int first, int count, double *nats)
{
    int batch = net->batch;
    for (int n, i = 0; (n = next_batch(net, batch, i, count)); i += n) {
        pass_batch(net, d, first + i);
        nats_of_batch(net, nats + (size_t)i * net->truths);
    }
    set_batch_network(net, batch);
}

/* ---- without labels ----

   p(x_i | x_<i) = p(x_1..i) / p(x_1..i-1), where p(x_1..i) is the mean over the classes of p(x_1..i | class).
   */

/* -log of the mean over the classes of e^-nats[k]. */
static double joint_nats(const double *nats, int classes)
{
    double least = nats[0], sum = 0;
    for (int k = 1; k < classes; ++k)
        if (nats[k] < least) least = nats[k];
    for (int k = 0; k < classes; ++k) sum += exact_exp(least - nats[k]);
    return least - exact_log(sum / classes);
}

/* nats (C,H,W) of an image from those of each class; class k's are `stride` behind those of class k - 1.
   sums: (classes). */
static void join_classes(const network *net, const double *of_class, size_t stride, int classes, double *sums,
                         double *nats)
{
    double before = 0;
    int plane = net->h * net->w;
    memset(sums, 0, classes * sizeof(double));
    for (int v = 0; v < net->truths; ++v) {
        int at = v % net->c * plane + v / net->c; // rows, then columns, then colours
        for (int k = 0; k < classes; ++k) sums[k] += of_class[k * stride + at];
        double now = joint_nats(sums, classes);
        nats[at] = now - before;
        before = now;
    }
}

/* n images from `first` on: the net's batch. of_class: (classes,n,C,H,W). */
static void pass_classes(network *net, const dataset *d, int first, double *of_class)
{
    size_t values = (size_t)net->batch * net->truths;
    float *label = checked_calloc(d->classes, sizeof(float));
    dataset labelled = with_label(d, label);
    for (int k = 0; k < d->classes && !ask_cancel(); ++k) {
        one_hot_label(label, d->classes, k);
        pass_batch(net, &labelled, first);
        nats_of_batch(net, of_class + k * values);
    }
    free(label);
}

void evaluate_values_unlabelled(network *net, const dataset *d, int first, int count, double *nats)
{
    int batch = net->batch;
    double *sums = checked_calloc(d->classes, sizeof(double));
    double *of_class = checked_calloc((size_t)d->classes * batch * net->truths, sizeof(double));
    for (int n, i = 0; (n = next_batch(net, batch, i, count)); i += n) {
        pass_classes(net, d, first + i, of_class);
        for (int b = 0; b < n; ++b)
            join_classes(net, of_class + (size_t)b * net->truths, (size_t)n * net->truths, d->classes, sums,
                         nats + (size_t)(i + b) * net->truths);
    }
    set_batch_network(net, batch);
    free(of_class);
    free(sums);
}
