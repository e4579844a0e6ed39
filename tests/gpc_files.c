/*
gpc_files.c - see gpc_files.h.
*/
#include <stdlib.h>
#include "base/random.h"
#include "layers/math/levels.h"
#include "layers/pixel_softmax_layer.h"
#include "pixelcnn/codec/decompress.h"
#include "tests/gpc_files.h"

unsigned char *some_images(const network *net, int n)
{
    int levels = loss_of(net)->levels;
    unsigned char *x = checked_malloc((size_t)n * net->truths);
    for (int i = 0; i < n; ++i)
        for (int k = 0; k < net->truths; ++k)
            x[i * net->truths + k] = byte_of_level(random_bits(9, STREAM_SAMPLE, i, i % 5 ? k : 0) % levels, levels);
    return x;
}

dataset set_of_images(const network *net, int n, unsigned char *images, float *labels)
{
    return (dataset){.n = n,
                     .c = net->c,
                     .h = net->h,
                     .w = net->w,
                     .pixels = images,
                     .labels = labels,
                     .classes = labels ? label_of(net)->classes : 0};
}

byte_buffer compressed(network *net, const dataset *d, int block, double *nll)
{
    byte_buffer b = {0};
    int value, quantised = find_lost_value(d, d->n, loss_of(net)->levels, &value) >= 0;
    uint64_t bytes = compress_images(net, &(compression){d, d->n, block, nll, append_piece, &b, quantised});
    assert_int_equal(bytes, b.bytes);
    assert_true(b.bytes <= most_compressed_bytes(net, d->n, block));
    return b;
}

static void receive(void *context, int first, int n, const unsigned char *pixels, const float *labels)
{
    extraction *x = context;
    size_t values = x->net->truths, classes = label_of(x->net) ? label_of(x->net)->classes : 0;
    assert_int_equal(first, x->first + x->done);
    assert_true((labels != 0) == (classes != 0));
    memcpy(x->pixels + x->done * values, pixels, n * values);
    if (labels) memcpy(x->labels + x->done * classes, labels, n * classes * sizeof *labels);
    x->done += n;
}

void extract(void *what)
{
    extraction *x = what;
    gpc_file *f = read_gpc_file((gpc_source){.name = "x.gpc", .bytes = x->bytes, .size = x->size});
    need_gpc_net(f, x->net);
    if (!x->n) x->n = (int)f->h.images;
    x->pixels = checked_malloc((size_t)x->n * x->net->truths);
    x->labels = checked_calloc((size_t)x->n * (f->h.classes + 1), sizeof *x->labels);
    decompress_images(x->net, &(decompression){f, x->first, x->n, receive, x});
    free_gpc_file(f);
}

void free_extraction(extraction *x)
{
    free(x->pixels);
    free(x->labels);
}
