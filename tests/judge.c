/*
judge.c - do samples look like their labels? A stock Darknet classifier, trained on the real images, says. For
scripts/guidance.sh and scripts/colour.sh. The judge sees what NET.cfg reads: its image size and levels.

    judge train CLASSIFIER.cfg NET.cfg DATA OUT.weights    trains the classifier; prints its accuracy on the test
                                                           set
    judge CLASSIFIER.cfg WEIGHTS NET.cfg WEIGHTS W N       draws N images of each label with guidance W; prints
                                                           the accuracy
    judge nearest NET.cfg WEIGHTS DATA N OUT.png           a sheet: N samples of each label, each beside the training
                                                           images that differ least from it (sum of squared levels)
*/
#include <stdlib.h>
#include <string.h>
#include "layers/label_embed_layer.h"
#include "layers/math/levels.h"
#include "layers/pixel_softmax_layer.h"
#include "network.h"
#include "pixelcnn/data/dataset.h"
#include "pixelcnn/data/stream.h"
#include "pixelcnn/net/build_net.h"
#include "pixelcnn/pictures/sheet.h"
#include "pixelcnn/sample/sampler.h"

/* The classifier's row for image i: the pixels as the net's input, and the one-hot label that follows them
   there. */
static void show(const dataset *d, network *net, int i, float *x, float *y)
{
    float *row = checked_calloc(net->inputs + d->classes, sizeof(float)),
          *truth = checked_calloc(net->truths, sizeof(float));
    fill_row(d, net, i, row, truth);
    memcpy(x, row, net->truths * sizeof(float));
    memcpy(y, row + net->truths, d->classes * sizeof(float));
    free(row);
    free(truth);
}

static int is_right(network *judge, float *x, int classes, int label)
{
    return max_index(network_predict(judge, x), classes) == label;
}

static void train_judge(char **a)
{
    srand(1);
    network *judge = parse_network_cfg(a[0]), *net = parse_pixelcnn_cfg(a[1], (net_overrides){.batch = 1});
    dataset d = load_dataset(a[2], SPLIT_TRAIN, net), test = load_dataset(a[2], SPLIT_TEST, net);
    image_stream order = make_image_stream(d.n, 1);
    data rows = {.X = make_matrix(judge->batch, net->truths), .y = make_matrix(judge->batch, d.classes)};
    while (get_current_batch(judge) < (size_t)judge->max_batches) {
        for (int b = 0; b < judge->batch; ++b)
            show(&d, net, stream_image(&order, *judge->seen + b), rows.X.vals[b], rows.y.vals[b]);
        train_network(judge, rows);
    }
    save_weights(judge, a[3]);
    set_batch_network(judge, 1);
    int right = 0;
    for (int i = 0; i < test.n; ++i) {
        show(&test, net, i, rows.X.vals[0], rows.y.vals[0]);
        right += is_right(judge, rows.X.vals[0], d.classes, max_index(rows.y.vals[0], d.classes));
    }
    printf("judge: %.4f of %d test images right\n", (double)right / test.n, test.n);
}

/* n images of each label in turn: levels (n * classes, truths). Free them. */
static unsigned char *draw(network *net, int n, double guidance)
{
    int classes = label_of(net)->classes;
    float *labels = checked_calloc((size_t)n * classes, classes * sizeof(float));
    unsigned char *levels = checked_calloc((size_t)n * classes, net->truths);
    for (int i = 0; i < n * classes; ++i) one_hot_label(labels + (size_t)i * classes, classes, i % classes);
    sample_request w = {.n = n * classes, .seed = 5, .temperature = 1, .labels = labels, .guidance = guidance};
    sample_cached(net, w, levels);
    free(labels);
    return levels;
}

static void judge_samples(char **a)
{
    network *judge = load_network(a[0], a[1], 0), *net = parse_pixelcnn_cfg(a[2], (net_overrides){.batch = 128});
    double guidance = atof(a[4]);
    load_weights(net, a[3]);
    set_batch_network(judge, 1);
    int classes = label_of(net)->classes, n = classes * atoi(a[5]), right = 0;
    unsigned char *levels = draw(net, atoi(a[5]), guidance);
    float *x = checked_calloc(net->truths, sizeof(float));
    for (int i = 0; i < n; ++i) {
        for (int k = 0; k < net->truths; ++k)
            x[k] = input_of_level(levels[(size_t)i * net->truths + k], loss_of(net)->levels);
        right += is_right(judge, x, classes, i % classes);
    }
    printf("guidance %g: %.4f of %d samples judged as their label\n", guidance, (double)right / n, n);
}

/* ---- nearest training images ---- */

enum { NEAREST = 3 };

static long squares(const unsigned char *a, const unsigned char *b, int n)
{
    long sum = 0;
    for (int k = 0; k < n; ++k) sum += (a[k] - b[k]) * (a[k] - b[k]);
    return sum;
}

/* The levels of all images of d: (n, truths). Free them. */
static unsigned char *levels_of(const dataset *d, network *net)
{
    unsigned char *levels = checked_calloc(d->n, net->truths);
    float *row = checked_calloc(net->inputs, sizeof(float)), *truth = checked_calloc(net->truths, sizeof(float));
    for (int i = 0; i < d->n; ++i) {
        fill_row(d, net, i, row, truth);
        for (int k = 0; k < net->truths; ++k) levels[(size_t)i * net->truths + k] = truth[k];
    }
    free(row);
    free(truth);
    return levels;
}

/* Writes the sample and the NEAREST of n images after it, nearest first. */
static void show_nearest(const unsigned char *images, int n, const unsigned char *sample, int values, unsigned char *to)
{
    long best[NEAREST];
    memcpy(to, sample, values);
    for (int j = 0; j < NEAREST; ++j) best[j] = -1;
    for (int i = 0; i < n; ++i) {
        const unsigned char *image = images + (size_t)i * values;
        long far = squares(sample, image, values);
        int j = NEAREST;
        while (j && (best[j - 1] < 0 || far < best[j - 1])) --j;
        if (j == NEAREST) continue;
        memmove(best + j + 1, best + j, (NEAREST - 1 - j) * sizeof *best);
        memmove(to + (size_t)(j + 2) * values, to + (size_t)(j + 1) * values, (size_t)(NEAREST - 1 - j) * values);
        best[j] = far;
        memcpy(to + (size_t)(j + 1) * values, image, values);
    }
}

static void write_nearest(char **a)
{
    network *net = parse_pixelcnn_cfg(a[0], (net_overrides){.batch = 1});
    load_weights(net, a[1]);
    dataset d = load_dataset(a[2], SPLIT_TRAIN, net);
    int values = net->truths, n = atoi(a[3]), classes = label_of(net)->classes, across = NEAREST + 1;
    unsigned char *images = levels_of(&d, net), *samples = draw(net, n, 0),
                  *shown = checked_calloc((size_t)n * classes * across, values);
    for (int i = 0; i < n * classes; ++i)
        show_nearest(images, d.n, samples + (size_t)(i % n * classes + i / n) * values, values,
                     shown + (size_t)i * across * values);
    char error[512];
    if (try_write_sheet(a[4], sheet_of_net(net, n * classes * across, n * across, 1), shown, error)) die("%s", error);
}

int main(int argc, char **argv)
{
    gpu_index = -1;
    if (argc == 6 && !strcmp(argv[1], "train"))
        train_judge(argv + 2);
    else if (argc == 7 && !strcmp(argv[1], "nearest"))
        write_nearest(argv + 2);
    else if (argc == 7)
        judge_samples(argv + 1);
    else
        return 2;
    return 0;
}
