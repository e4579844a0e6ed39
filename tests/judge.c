/*
judge.c - do samples look like their labels? A stock Darknet classifier says. For scripts/guidance.sh.

    judge train CLASSIFIER.cfg DATA OUT.weights        trains the classifier on MNIST; prints its accuracy on the test set
    judge CLASSIFIER.cfg WEIGHTS NET.cfg WEIGHTS W N   draws N images of each label with guidance W; prints the accuracy
*/
#include <stdlib.h>
#include <string.h>
#include "layers/gated.h"
#include "layers/math/levels.h"
#include "network.h"
#include "pixelcnn/data/dataset.h"
#include "pixelcnn/data/idx.h"
#include "pixelcnn/data/stream.h"
#include "pixelcnn/net/build_net.h"
#include "pixelcnn/sample/sampler.h"

/* The classifier's data: pixels in [0,1] and one-hot labels of images first .. first+n-1 of the order. */
typedef struct {
    int n;
    unsigned char *images, *labels;
} digits;

static digits load_digits(const char *folder, const char *part)
{
    char path[4096];
    digits d;
    snprintf(path, sizeof path, "%s/%s-images-idx3-ubyte", folder, part);
    idx_header images = open_idx(path, IDX_BYTE, 3, 3);
    d.n = images.dims[0];
    d.images = read_idx_items(&images);
    snprintf(path, sizeof path, "%s/%s-labels-idx1-ubyte", folder, part);
    idx_header labels = open_idx(path, IDX_BYTE, 1, 1);
    d.labels = read_idx_items(&labels);
    return d;
}

/* The judge sees 4 levels, as the samples have. */
static void show(const digits *d, int i, float *x, float *y)
{
    for (int k = 0; k < 784; ++k) x[k] = input_of_level(level_of_byte(d->images[(size_t)i * 784 + k], 4), 4);
    one_hot_label(y, 10, d->labels[i]);
}

static int is_right(network *net, float *x, int label) { return max_index(network_predict(net, x), 10) == label; }

static void train_judge(char *cfg, const char *folder, char *out)
{
    srand(1);
    network *net = parse_network_cfg(cfg);
    digits d = load_digits(folder, "train"), test = load_digits(folder, "t10k");
    image_stream order = make_image_stream(d.n, 1);
    data rows = {.X = make_matrix(net->batch, 784), .y = make_matrix(net->batch, 10)};
    while (get_current_batch(net) < (size_t)net->max_batches) {
        for (int b = 0; b < net->batch; ++b)
            show(&d, stream_image(&order, *net->seen + b), rows.X.vals[b], rows.y.vals[b]);
        train_network(net, rows);
    }
    save_weights(net, out);
    set_batch_network(net, 1);
    int right = 0;
    for (int i = 0; i < test.n; ++i) {
        show(&test, i, rows.X.vals[0], rows.y.vals[0]);
        right += is_right(net, rows.X.vals[0], max_index(rows.y.vals[0], 10));
    }
    printf("judge: %.4f of %d test images right\n", (double)right / test.n, test.n);
}

static void judge_samples(char **a)
{
    network *judge = load_network(a[0], a[1], 0), *net = parse_pixelcnn_cfg(a[2], (net_overrides){.batch = 128});
    double guidance = atof(a[4]);
    int n = 10 * atoi(a[5]), right = 0;
    load_weights(net, a[3]);
    set_batch_network(judge, 1);
    float *labels = checked_calloc(n, 10 * sizeof(float)), x[784];
    unsigned char *levels = checked_calloc(n, 784);
    for (int i = 0; i < n; ++i) one_hot_label(labels + 10 * i, 10, i % 10);
    sample_cached(net, (sample_request){.n = n, .seed = 5, .temperature = 1, .labels = labels, .guidance = guidance},
                  levels);
    for (int i = 0; i < n; ++i) {
        for (int k = 0; k < 784; ++k) x[k] = input_of_level(levels[(size_t)i * 784 + k], 4);
        right += is_right(judge, x, i % 10);
    }
    printf("guidance %g: %.4f of %d samples judged as their label\n", guidance, (double)right / n, n);
}

int main(int argc, char **argv)
{
    gpu_index = -1;
    if (argc == 5 && !strcmp(argv[1], "train"))
        train_judge(argv[2], argv[3], argv[4]);
    else if (argc == 7)
        judge_samples(argv + 1);
    else
        return 2;
    return 0;
}
