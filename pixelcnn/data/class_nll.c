#include <math.h>
#include "base/memory.h"
#include "base/progress.h"
#include "layers/pixel_softmax_layer.h"
#include "pixelcnn/data/class_nll.h"
#include "pixelcnn/net/nonfinite.h"

/* Row b of the batch: image and class of a pair; the classes of an image follow each other. */
static void fill_pair(network *net, const dataset *d, long long pair, int b)
{
    float *input = net->input + (size_t)b * net->inputs;
    fill_row(d, net, pair / d->classes, input, net->truth + (size_t)b * net->truths);
    one_hot_label(input + net->truths, d->classes, pair % d->classes);
}

static void check_pair(network *net, const dataset *d, long long pair, int b)
{
    char what[64];
    if (isfinite(loss_of(net)->nll[b])) return;
    snprintf(what, sizeof what, "image %lld as class %lld", pair / d->classes, pair % d->classes);
    die_nonfinite_pass(net, b, what);
}

/* nll (n,classes), OVERWRITTEN. */
static void nll_of_pairs(network *net, const dataset *d, int n, double *nll)
{
    long long pairs = (long long)n * d->classes;
    int batch = net->batch;
    net->train = 0;
    for (long long i = 0; i < pairs; i += batch) {
        set_batch_network(net, pairs - i < batch ? pairs - i : batch);
        for (int b = 0; b < net->batch; ++b) fill_pair(net, d, i + b, b);
        forward_network(net);
        memcpy(nll + i, loss_of(net)->nll, net->batch * sizeof(double));
        for (int b = 0; b < net->batch; ++b) check_pair(net, d, i + b, b);
        count_progress(net->batch);
    }
    set_batch_network(net, batch);
}

double *nll_of_classes(network *const *nets, int n_nets, const dataset *d, int n)
{
    size_t pairs = (size_t)n * d->classes;
    double *mean = checked_calloc(pairs, sizeof(double)), *nll = checked_calloc(pairs, sizeof(double));
    for (int m = 0; m < n_nets; ++m) {
        nll_of_pairs(nets[m], d, n, nll);
        for (size_t i = 0; i < pairs; ++i) mean[i] += nll[i] / n_nets;
    }
    free(nll);
    return mean;
}

int likeliest_class(const double *nll, int classes)
{
    int best = 0;
    for (int k = 1; k < classes; ++k)
        if (nll[k] < nll[best]) best = k;
    return best;
}

double log_evidence(const double *nll, int classes)
{
    double top = nll[likeliest_class(nll, classes)], sum = 0;
    for (int k = 0; k < classes; ++k) sum += exp(top - nll[k]);
    return log(sum) - top;
}

double log_posterior(const double *nll, int classes, int class) { return -nll[class] - log_evidence(nll, classes); }
