/*
sampler.c - draws images from a net. See sampler.h.
*/
#include <math.h>
#include "gated.h"
#include "label_embed_layer.h"
#include "pixel_softmax_layer.h"
#include "random.h"
#include "sampler.h"

static int most_likely(const float *logits, int levels, size_t stride)
{
    int best = 0;
    for (int l = 1; l < levels; ++l)
        if (logits[l * stride] > logits[best * stride]) best = l;
    return best;
}

int draw_level(const float *logits, int levels, size_t stride, double temperature, double u)
{
    int top = most_likely(logits, levels, stride);
    if (temperature == 0) return top;
    double share[256], sum = 0;
    for (int l = 0; l < levels; ++l)
        sum += share[l] = exp((logits[l * stride] - (double)logits[top * stride]) / temperature);
    double left = u * sum;
    for (int l = 0; l < levels; ++l) {
        left -= share[l];
        if (left < 0) return l;
    }
    return top; // u so close to 1 that rounding left nothing
}

/* What a run of the net's batch draws: the images, and behind them, where guided, the same without labels. */
typedef struct {
    network *net;
    sample_wish w;
    unsigned char *levels;
} draw;

static int is_guided(const sample_wish *w) { return w->labels && w->guidance != 0; }

/* (L) logits of image b's value at a colour and pixel, guided where wanted. */
static void logits_at(const draw *d, int b, int colour, int pixel, float *logits)
{
    int levels = loss_of(d->net)->levels, plane = d->net->h * d->net->w;
    const layer out = d->net->layers[d->net->n - 2];
    const float *with = out.output + (size_t)b * out.outputs + (size_t)colour * levels * plane + pixel;
    const float *without = with + (size_t)d->w.n * out.outputs;
    for (int l = 0; l < levels; ++l) {
        size_t at = (size_t)l * plane;
        logits[l] = is_guided(&d->w) ? (1 + d->w.guidance) * with[at] - d->w.guidance * without[at] : with[at];
    }
}

/* Draws the value at one position of each image from logits just computed. */
static void draw_position(const draw *d, int position)
{
    network *net = d->net;
    float logits[256];
    int levels = loss_of(net)->levels, colour = position % net->c, pixel = position / net->c;
    int place = colour * net->h * net->w + pixel;
    for (int b = 0; b < d->w.n; ++b) {
        double u = random_unit(d->w.seed, STREAM_SAMPLE, d->w.first + b, position);
        logits_at(d, b, colour, pixel, logits);
        int q = draw_level(logits, levels, 1, d->w.temperature, u);
        d->levels[(size_t)b * net->truths + place] = q;
        for (int row = b; row < net->batch; row += d->w.n)
            net->input[(size_t)row * net->inputs + place] = input_of_level(q, levels);
    }
}

/* As many images as the net's batch holds. */
static void draw_batch(draw d)
{
    network *net = d.net;
    label_embed *label = label_of(*net);
    set_batch_network(net, is_guided(&d.w) ? 2 * d.w.n : d.w.n);
    memset(net->input, 0, (size_t)net->batch * net->inputs * sizeof(float));
    for (int b = 0; label && b < d.w.n; ++b)
        memcpy(net->input + (size_t)b * net->inputs + net->truths, d.w.labels + (size_t)b * label->classes,
               label->classes * sizeof(float));
    for (int p = 0; p < net->truths; ++p) {
        network_predict(net, net->input);
        draw_position(&d, p);
    }
}

void sample_naive(network *net, sample_wish w, unsigned char *levels)
{
    int batch = net->batch, most = is_guided(&w) ? batch / 2 : batch;
    label_embed *label = label_of(*net);
    for (int i = 0; i < w.n; i += most) {
        draw d = {.net = net, .w = w, .levels = levels + (size_t)i * net->truths};
        d.w.first = w.first + i;
        d.w.n = w.n - i < most ? w.n - i : most;
        if (label) d.w.labels = w.labels + (size_t)i * label->classes;
        draw_batch(d);
    }
    set_batch_network(net, batch);
}
