/*
evaluate.c - likelihood of images. See evaluate.h.
*/
#include <math.h>
#include "evaluate.h"
#include "pixel_softmax_layer.h"
#include "signals.h"

/* NLL of up to a batch of images; the net's batch is as many. */
static void nll_of_batch(network *net, const dataset *d, int first, double *nll)
{
    for (int b = 0; b < net->batch; ++b)
        fill_row(d, net, first + b, net->input + (size_t)b * net->inputs, net->truth + (size_t)b * net->truths);
    net->train = 0;
    forward_network(net);
    memcpy(nll, loss_of(net)->nll, net->batch * sizeof(double));
}

static likelihood summary(const double *nll, int n, int dims)
{
    double sum = 0, squares = 0;
    for (int i = 0; i < n; ++i) sum += nll[i];
    double mean = sum / n;
    for (int i = 0; i < n; ++i) squares += (nll[i] - mean) * (nll[i] - mean);
    double error = n > 1 ? sqrt(squares / (n - 1) / n) : 0;
    return (likelihood){.images = n, .dims = dims, .nats = mean, .error = error};
}

likelihood evaluate(network *net, const dataset *d, int first, int count, double *nll)
{
    double *each = nll ? nll : checked_calloc(count, sizeof(double));
    int batch = net->batch;
    for (int i = 0; i < count && !stop_signal(); i += batch) {
        set_batch_network(net, count - i < batch ? count - i : batch);
        nll_of_batch(net, d, first + i, each + i);
    }
    set_batch_network(net, batch);
    likelihood l = summary(each, count, net->truths);
    if (!nll) free(each);
    return l;
}

double nats_per_dim(likelihood l) { return l.nats / l.dims; }
double bits_per_dim(likelihood l) { return l.nats / l.dims / log(2); }
