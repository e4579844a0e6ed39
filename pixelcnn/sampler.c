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

/* Draws the value at one position of each image of the batch from logits just computed. */
static void draw_position(network *net, const sample_wish *w, int position, unsigned char *levels)
{
    pixel_softmax *loss = loss_of(net);
    int plane = net->h * net->w, colour = position % net->c, pixel = position / net->c;
    const layer out = net->layers[net->n - 2];
    for (int b = 0; b < net->batch; ++b) {
        const float *logits = out.output + (size_t)b * out.outputs + (size_t)colour * loss->levels * plane + pixel;
        double u = random_unit(w->seed, STREAM_SAMPLE, w->first + b, position);
        int q = draw_level(logits, loss->levels, plane, w->temperature, u);
        levels[(size_t)b * net->truths + colour * plane + pixel] = q;
        net->input[(size_t)b * net->inputs + colour * plane + pixel] = input_of_level(q, loss->levels);
    }
}

static void sample_batch(network *net, sample_wish w, unsigned char *levels)
{
    label_embed *label = label_of(*net);
    memset(net->input, 0, (size_t)net->batch * net->inputs * sizeof(float));
    for (int b = 0; label && b < net->batch; ++b)
        memcpy(net->input + (size_t)b * net->inputs + net->truths, w.labels + (size_t)b * label->classes,
               label->classes * sizeof(float));
    for (int p = 0; p < net->truths; ++p) {
        network_predict(net, net->input);
        draw_position(net, &w, p, levels);
    }
}

void sample_naive(network *net, sample_wish w, unsigned char *levels)
{
    int batch = net->batch;
    label_embed *label = label_of(*net);
    for (int i = 0; i < w.n; i += batch) {
        sample_wish part = w;
        part.first = w.first + i;
        if (label) part.labels = w.labels + (size_t)i * label->classes;
        set_batch_network(net, w.n - i < batch ? w.n - i : batch);
        sample_batch(net, part, levels + (size_t)i * net->truths);
    }
    set_batch_network(net, batch);
}
