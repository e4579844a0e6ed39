/*
fuzz_gpc.c - fuzz target: compressed images. Byte 0 says of which net, and whether all checks are made right
first; the others are the file.

A file with right checks is one that some encoder could have written: it has to come out as images, or end in
die. What comes out is compressed again, and must come out of that.
*/
#include <stdlib.h>
#include <string.h>
#include "layers/math/levels.h"
#include "layers/pixel_softmax_layer.h"
#include "pixelcnn/codec/compress.h"
#include "pixelcnn/codec/decompress.h"
#include "pixelcnn/net/params.h"
#include "tests/fuzz/harness.h"
#include "tests/fuzz/nets.h"
#include "tests/gpc_layout.h"

enum { NETS = 2, IMAGES = 5, MOST_DECODED = 64, MENDED = 2 };
static network *nets[NETS];
static byte_buffer samples[NETS];

/* A file of random images, in blocks of two. */
static byte_buffer written(network *net)
{
    byte_buffer b = {0};
    unsigned char pixels[IMAGES * 12];
    float labels[IMAGES * 2] = {0};
    for (int i = 0; i < IMAGES * net->truths; ++i)
        pixels[i] = byte_of_level(i * 37 / 5 % loss_of(net)->levels, loss_of(net)->levels);
    for (int i = 0; i < IMAGES; ++i) labels[2 * i + i % 2] = 1;
    dataset d = {.n = IMAGES, .c = net->c, .h = net->h, .w = net->w, .pixels = pixels};
    if (label_of(net)) d.labels = labels, d.classes = 2;
    compress_images(net, &(compression){&d, IMAGES, 2, 0, append_piece, &b, 0});
    return b;
}

void prepare(void)
{
    const char *cfgs[NETS] = {GREY_NET, COLOUR_NET};
    for (int i = 0; i < NETS; ++i) {
        nets[i] = net_from(cfgs[i]);
        init_params(nets[i], 3);
        samples[i] = written(nets[i]);
    }
}

typedef struct {
    network *net;
    const uint8_t *file;
    size_t size;
    int mended;
    gpc_file *read;
    unsigned char *pixels;
    float *labels;
    size_t done; // images
} decoding;

static gpc_file *open_it(const decoding *x, const uint8_t *file)
{
    gpc_file *f = read_gpc_file((gpc_source){.name = "file", .bytes = file, .size = x->size});
    need_gpc_net(f, x->net);
    return f;
}

static void mend(const decoding *x, uint8_t *file)
{
    mend_gpc(file, x->size);
    gpc_file *f = open_it(x, file);
    if (f->h.images <= MOST_DECODED) mend_blocks(x->net, f, file);
    free_gpc_file(f);
}

static void receive(void *context, int first, int n, const unsigned char *pixels, const float *labels)
{
    decoding *x = context;
    size_t values = x->net->truths, classes = x->read->h.classes;
    promise((size_t)first == x->done, "images come in order");
    memcpy(x->pixels + x->done * values, pixels, n * values);
    if (labels) memcpy(x->labels + x->done * classes, labels, n * classes * sizeof *labels);
    x->done += n;
}

static void decode(decoding *x)
{
    size_t n = x->read->h.images;
    x->pixels = checked_malloc(n * x->net->truths);
    x->labels = checked_calloc(n * (x->read->h.classes + 1), sizeof *x->labels);
    decompress_images(x->net, &(decompression){x->read, 0, (int)n, receive, x});
    promise(x->done == n, "all images come");
}

static void free_images(decoding *x)
{
    free(x->pixels);
    free(x->labels);
    free_gpc_file(x->read);
}

/* Compressed and decompressed again. */
static void repeat(const decoding *x)
{
    byte_buffer b = {0};
    const gpc_header *h = &x->read->h;
    dataset d = {.n = (int)h->images, .c = x->net->c, .h = x->net->h, .w = x->net->w, .pixels = x->pixels};
    if (h->classes) d.labels = x->labels, d.classes = (int)h->classes;
    compress_images(x->net, &(compression){&d, d.n, (int)h->in_block, 0, append_piece, &b, (int)h->quantised});
    decoding again = {.net = x->net, .size = b.bytes};
    again.read = open_it(&again, b.data);
    decode(&again);
    promise(!memcmp(again.pixels, x->pixels, x->done * x->net->truths), "images come out of their compressed form");
    free_images(&again);
    free(b.data);
}

/* The file is copied to memory of its length, beyond which a read is noticed. */
static void run(void *what)
{
    decoding *x = what;
    uint8_t *file = checked_malloc(x->size + !x->size);
    memcpy(file, x->file, x->size);
    if (x->mended) mend(x, file);
    x->read = open_it(x, file);
    if (x->read->h.images <= MOST_DECODED) {
        decode(x);
        repeat(x);
    }
    free_images(x);
    free(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size) return 0;
    decoding x = {.net = nets[data[0] % NETS], .file = data + 1, .size = size - 1, .mended = data[0] & MENDED};
    if (attempt(run, &x)) must_be_empty();
    return 0;
}

/* Mostly a file of the net with the right start, and of the right length. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    dice d = dice_of(seed);
    size = LLVMFuzzerMutate(data, size, max_size);
    if (!size) return 0;
    const byte_buffer *right = samples + data[0] % NETS;
    sample_file file = {right->data, right->bytes};
    if (roll(&d, 4)) size = 1 + fit(data + 1, size - 1, max_size - 1, &file);
    if (size > 1 + GPC_HEADER && roll(&d, 4)) memcpy(data + 1, right->data, AT_HEIGHT);
    if (size > 1 + GPC_HEADER && roll(&d, 8))
        memcpy(data + 1 + AT_HEIGHT, right->data + AT_HEIGHT, GPC_HEADER - AT_HEIGHT);
    return size;
}
