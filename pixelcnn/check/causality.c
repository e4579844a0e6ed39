#include <string.h>
#include "base/progress.h"
#include "base/random.h"
#include "layers/math/levels.h"
#include "layers/pixel_softmax_layer.h"
#include "pixelcnn/check/causality.h"
#include "pixelcnn/net/nonfinite.h"
#include "pixelcnn/net/positions.h"

/* The same random image and label in each row of the batch. */
static void fill_rows(network *net, uint64_t seed)
{
    int levels = loss_of(net)->levels;
    for (int b = 0; b < net->batch; ++b) {
        float *x = net->input + (size_t)b * net->inputs;
        for (int i = 0; i < net->inputs; ++i) {
            double u = random_unit(seed, STREAM_SAMPLE, i, 0);
            x[i] = i < net->truths ? input_of_level(u * levels, levels) : u;
        }
    }
}

/* A value well away from x, different each time. */
static float changed_value(float x, uint64_t seed, int position)
{
    double u = random_unit(seed, STREAM_SAMPLE, position, 1);
    return u < .5 ? x - .5 - u : x + u;
}

/* The first position up to `changed` at which the logits of an image, [C][L][H][W], differ; or -1. */
static int first_difference(const network *net, const float *a, const float *b, int changed)
{
    int first = -1, levels = loss_of(net)->levels, plane = net->h * net->w;
    for (int k = 0; k < net->c * levels; ++k) {
        int colour = k / levels, earlier = changed / net->c + (colour <= changed % net->c);
        const float *x = a + (size_t)k * plane, *y = b + (size_t)k * plane;
        if (!memcmp(x, y, earlier * sizeof(float))) continue;
        int pixel = 0;
        while (!memcmp(x + pixel, y + pixel, sizeof(float))) ++pixel;
        int position = pixel * net->c + colour;
        if (first < 0 || position < first) first = position;
    }
    return first;
}

/* Checks the positions of one pass, one per image. unchanged holds the logits of all images of the batch. */
static void check_batch(network *net, const int *positions, int n, uint64_t seed, const float *unchanged,
                        leak_report *report)
{
    layer logits = net->layers[net->n - 2];
    fill_rows(net, seed);
    for (int b = 0; b < n; ++b) {
        float *x = net->input + (size_t)b * net->inputs + value_of_position(net, positions[b]);
        *x = changed_value(*x, seed, positions[b]);
    }
    forward_network(net);
    for (int b = 0; b < n; ++b) {
        size_t at = (size_t)b * logits.outputs;
        int output = first_difference(net, unchanged + at, logits.output + at, positions[b]);
        if (output < 0) continue;
        if (!report->leaks++) {
            report->changed = positions[b];
            report->output = output;
        }
    }
}

leak_report find_leaks(network *net, const int *positions, int n, uint64_t seed)
{
    leak_report report = {.changed = -1, .output = -1};
    layer logits = net->layers[net->n - 2];
    size_t bytes = (size_t)net->batch * logits.outputs * sizeof(float);
    float *unchanged = checked_calloc(bytes, 1);
    net->train = 0;
    fill_rows(net, seed);
    forward_network(net);
    memcpy(unchanged, logits.output, bytes);
    if (first_nonfinite(logits.outputs, logits.output) < (size_t)logits.outputs)
        die_nonfinite_pass(net, 0, "a random image");
    for (int i = 0; i < n; i += net->batch) {
        int part = n - i < net->batch ? n - i : net->batch;
        check_batch(net, positions + i, part, seed, unchanged, &report);
        count_progress(part);
    }
    free(unchanged);
    return report;
}
