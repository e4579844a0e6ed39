#include <stdlib.h>
#include <string.h>
#include "base/errors.h"
#include "base/memory.h"
#include "layers/pixel_softmax_layer.h"
#include "library/call.h"
#include "library/net.h"
#include "pixelcnn/data/evaluate.h"
#include "pixelcnn/data/evaluate_values.h"

/* Computes the results of all images of the set into `to`. mixes: under p(x). */
typedef void (*scorer)(network *net, const dataset *d, int mixes, void *to);

static void images_nll(network *net, const dataset *d, int mixes, void *to)
{
    (mixes ? evaluate_unlabelled : evaluate_likelihood)(net, d, 0, d->n, to);
}

static void values_nll(network *net, const dataset *d, int mixes, void *to)
{
    (mixes ? evaluate_values_unlabelled : evaluate_values)(net, d, 0, d->n, to);
}

static void logits(network *net, const dataset *d, int mixes, void *to)
{
    if (mixes) die("pixelcnn_logits: labels are NULL: this net needs them; zeros mean no label");
    evaluate_logits(net, d, 0, d->n, to);
}

/* Of an image. */
static size_t result_bytes(const network *net, scorer compute)
{
    size_t values = net->truths;
    if (compute == logits) return values * loss_of(net)->levels * sizeof(float);
    return (compute == values_nll ? values : 1) * sizeof(double);
}

typedef struct {
    image_batch b;
    void *result;
    scorer compute;
} scoring;

static void run_scorer(void *what)
{
    const scoring *s = what;
    begin_batch(&s->b);
    network *net = s->b.p->net;
    size_t bytes = result_bytes(net, s->compute);
    float *labels = batch_labels(&s->b, 0);
    void *to = checked_calloc(s->b.n, bytes);
    dataset d = {.n = s->b.n,
                 .c = net->c,
                 .h = net->h,
                 .w = net->w,
                 .pixels = (unsigned char *)s->b.images,
                 .labels = labels,
                 .classes = net_classes(s->b.p)};
    set_batch_network(net, s->b.p->batch); // a failed call may have left another batch
    s->compute(net, &d, labels && !s->b.labels, to);
    end_batch(&s->b);
    memcpy(s->result, to, s->b.n * bytes);
    free(to);
    free(labels);
}

int pixelcnn_nll(pixelcnn *p, int n, const unsigned char *images, const float *labels, double *nats)
{
    return library_call(run_scorer, &(scoring){{__func__, p, n, labels, images, nats}, nats, images_nll});
}

int pixelcnn_nll_values(pixelcnn *p, int n, const unsigned char *images, const float *labels, double *nats)
{
    return library_call(run_scorer, &(scoring){{__func__, p, n, labels, images, nats}, nats, values_nll});
}

int pixelcnn_logits(pixelcnn *p, int n, const unsigned char *images, const float *labels, float *to)
{
    return library_call(run_scorer, &(scoring){{__func__, p, n, labels, images, to}, to, logits});
}
