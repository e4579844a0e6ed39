#include <math.h>
#include "base/exact_math.h"
#include "base/memory.h"
#include "base/progress.h"
#include "base/ranks.h"
#include "layers/pixel_softmax_layer.h"
#include "pixelcnn/data/class_nll.h"
#include "pixelcnn/data/shares.h"
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

/* All nets, the pairs of an image and a class (n,classes), and their mean NLL. */
typedef struct {
    network *const *nets;
    int n_nets, batch; // batch: pairs of a pass
    const dataset *d;
    double *mean;
} pairing;

/* Adds a part of the NLL of `n` pairs, in one pass, to mean. */
static void pass_pairs(const pairing *p, network *net, long long first, int n, double *mean)
{
    set_batch_network(net, n);
    for (int b = 0; b < n; ++b) fill_pair(net, p->d, first + b, b);
    net->train = 0;
    forward_network(net);
    for (int b = 0; b < n; ++b) {
        check_pair(net, p->d, first + b, b);
        mean[b] += loss_of(net)->nll[b] / p->n_nets;
    }
    count_progress(n);
}

static void find_pairs(void *what, index_range pairs, byte_buffer *to)
{
    const pairing *p = what;
    int n = (int)(pairs.end - pairs.from);
    double *mean = checked_calloc(n, sizeof *mean);
    for (int m = 0; m < p->n_nets; ++m) pass_pairs(p, p->nets[m], pairs.from, n, mean);
    append_bytes(to, mean, n * sizeof *mean);
    free(mean);
}

static void take_pairs(void *what, index_range pairs, const void *data, size_t bytes)
{
    const pairing *p = what;
    memcpy(p->mean + pairs.from, data, bytes);
    count_other_ranks(pairs.from / p->batch, (long)(pairs.end - pairs.from) * p->n_nets);
}

double *nll_of_classes(network *const *nets, int n_nets, const dataset *d, int n)
{
    size_t pairs = (size_t)n * d->classes;
    pairing p = {nets, n_nets, nets[0]->batch, d, checked_calloc(pairs, sizeof(double))};
    share_work(&(shared_work){pairs, p.batch, find_pairs, take_pairs, &p});
    for (int m = 0; m < n_nets; ++m) set_batch_network(nets[m], p.batch);
    return p.mean;
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
    for (int k = 0; k < classes; ++k) sum += exact_exp(top - nll[k]);
    return exact_log(sum) - top;
}

double log_posterior(const double *nll, int classes, int class) { return -nll[class] - log_evidence(nll, classes); }
