#include <math.h>
#include "base/cancel.h"
#include "base/exact_math.h"
#include "base/progress.h"
#include "base/signals.h"
#include "layers/pixel_softmax_layer.h"
#include "pixelcnn/data/evaluate.h"
#include "pixelcnn/net/nonfinite.h"

void pass_batch(network *net, const dataset *d, int first)
{
    const double *nll = loss_of(net)->nll;
    for (int b = 0; b < net->batch; ++b)
        fill_row(d, net, first + b, net->input + (size_t)b * net->inputs, net->truth + (size_t)b * net->truths);
    net->train = 0;
    forward_network(net);
    for (int b = 0; b < net->batch; ++b) {
        char what[64];
        snprintf(what, sizeof what, "image %d", first + b);
        if (!isfinite(nll[b])) die_nonfinite_pass(net, b, what);
    }
}

likelihood likelihood_of(const double *nll, int n, int dims)
{
    double sum = 0, squares = 0;
    for (int i = 0; i < n; ++i) sum += nll[i];
    double mean = sum / n;
    for (int i = 0; i < n; ++i) squares += (nll[i] - mean) * (nll[i] - mean);
    double error = n > 1 ? sqrt(squares / (n - 1) / n) : 0;
    return (likelihood){.images = n, .dims = dims, .nats = mean, .error = error};
}

likelihood evaluate_likelihood(network *net, const dataset *d, int first, int count, double *nll)
{
    double *each = nll ? nll : checked_calloc(count, sizeof(double));
    int batch = net->batch;
    for (int i = 0; i < count && !stop_signal() && !ask_cancel(); i += batch) {
        set_batch_network(net, count - i < batch ? count - i : batch);
        pass_batch(net, d, first + i);
        memcpy(each + i, loss_of(net)->nll, net->batch * sizeof(double));
        count_progress(net->batch);
    }
    set_batch_network(net, batch);
    likelihood l = likelihood_of(each, count, net->truths);
    if (!nll) free(each);
    return l;
}

/* -log(e^-a + e^-b). */
static double joined(double a, double b)
{
    double least = a < b ? a : b, most = a < b ? b : a;
    return least - exact_log(1 + exact_exp(least - most));
}

likelihood evaluate_unlabelled(network *net, const dataset *d, int first, int count, double *nll)
{
    double *each = checked_calloc(count, sizeof(double));
    float *label = checked_calloc(d->classes, sizeof(float));
    dataset labelled = with_label(d, label);
    for (int k = 0; k < d->classes; ++k) {
        one_hot_label(label, d->classes, k);
        evaluate_likelihood(net, &labelled, first, count, each);
        for (int i = 0; i < count; ++i) nll[i] = k ? joined(nll[i], each[i]) : each[i];
    }
    for (int i = 0; i < count; ++i) nll[i] += exact_log(d->classes);
    free(label);
    free(each);
    return likelihood_of(nll, count, net->truths);
}

double bits_per_dim(likelihood l) { return l.nats / l.dims / log(2); }
