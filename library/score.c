#include <stdlib.h>
#include <string.h>
#include "base/errors.h"
#include "base/memory.h"
#include "layers/pixel_softmax_layer.h"
#include "library/call.h"
#include "library/net.h"
#include "pixelcnn/data/evaluate.h"
#include "pixelcnn/data/evaluate_values.h"

typedef struct {
    image_batch b;
    void *result;
} scoring;

/* Computes the results of all images of the set into `to`. mixes: under p(x). */
typedef void (*scorer)(network *net, const dataset *d, int mixes, void *to);

static void run_scorer(const scoring *s, size_t bytes, scorer compute)
{
    network *net = s->b.p->net;
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
    compute(net, &d, labels && !s->b.labels, to);
    end_batch(&s->b);
    memcpy(s->result, to, s->b.n * bytes);
    free(to);
    free(labels);
}

static void images_nll(network *net, const dataset *d, int mixes, void *to)
{
    if (mixes)
        evaluate_unlabelled(net, d, 0, d->n, to);
    else
        evaluate_likelihood(net, d, 0, d->n, to);
}

static void values_nll(network *net, const dataset *d, int mixes, void *to)
{
    if (mixes)
        evaluate_values_unlabelled(net, d, 0, d->n, to);
    else
        evaluate_values(net, d, 0, d->n, to);
}

static void logits(network *net, const dataset *d, int mixes, void *to)
{
    if (mixes) die("pixelcnn_logits: labels are NULL: this net needs them; zeros mean no label");
    evaluate_logits(net, d, 0, d->n, to);
}

static void score_images(void *what)
{
    const scoring *s = what;
    begin_batch(&s->b);
    run_scorer(s, sizeof(double), images_nll);
}

static void score_values(void *what)
{
    const scoring *s = what;
    begin_batch(&s->b);
    run_scorer(s, s->b.p->net->truths * sizeof(double), values_nll);
}

static void score_levels(void *what)
{
    const scoring *s = what;
    begin_batch(&s->b);
    run_scorer(s, (size_t)s->b.p->net->truths * loss_of(s->b.p->net)->levels * sizeof(float), logits);
}

int pixelcnn_nll(pixelcnn *p, int n, const unsigned char *images, const float *labels, double *nats)
{
    return library_call(score_images, &(scoring){{__func__, p, n, labels, images, nats}, nats});
}

int pixelcnn_nll_values(pixelcnn *p, int n, const unsigned char *images, const float *labels, double *nats)
{
    return library_call(score_values, &(scoring){{__func__, p, n, labels, images, nats}, nats});
}

int pixelcnn_logits(pixelcnn *p, int n, const unsigned char *images, const float *labels, float *to)
{
    return library_call(score_levels, &(scoring){{__func__, p, n, labels, images, to}, to});
}
