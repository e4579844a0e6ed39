#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/errors.h"
#include "base/memory.h"
#include "base/ranks.h"
#include "layers/label_embed_layer.h"
#include "layers/pixel_softmax_layer.h"
#include "library/call.h"
#include "library/net.h"
#include "pixelcnn/codec/compress.h"
#include "pixelcnn/codec/decompress.h"
#include "pixelcnn/data/dataset.h"

/* ---- compressing ---- */

typedef struct {
    image_batch b;
    const pixelcnn_packing *how;
    pixelcnn_bytes *to;
    byte_buffer bytes; // the result so far: the caller's memory is written only at the end
} compress_call;

static pixelcnn_packing checked_options(const char *function, const pixelcnn_packing *how)
{
    pixelcnn_packing p = how ? *how : (pixelcnn_packing){0};
    if (p.block < 0 || p.block > MOST_IN_BLOCK) die("%s: block %d: expected 0 to %d", function, p.block, MOST_IN_BLOCK);
    return p;
}

static void put_bytes(void *context, const void *bytes, size_t n)
{
    compress_call *p = context;
    if (n > p->to->size - p->bytes.bytes)
        die("%s: the images take more than %zu bytes; pixelcnn_compress_bound says how many are enough", p->b.function,
            p->to->size);
    append_bytes(&p->bytes, bytes, n);
}

/* Whether values are quantised, which the caller has to allow. */
static int is_quantised(const compress_call *p, const dataset *d, int allowed)
{
    int value, levels = loss_of(p->b.p->net)->levels;
    long long at = find_lost_value(d, d->n, levels, &value);
    if (at >= 0 && !allowed)
        die("%s: images: %d in image %lld is not one of this net's %d levels and would be lost; set quantise to accept "
            "that",
            p->b.function, value, at / p->b.p->net->truths, levels);
    return at >= 0;
}

/* The caller's labels, or the cheapest. */
static void choose_labels(const compress_call *p, network *net, dataset *d)
{
    const label_embed *e = label_of(net);
    d->labels = batch_labels(&p->b, 0);
    d->classes = net_classes(p->b.p);
    if (p->b.labels || !e || e->attributes) return;
    set_batch_network(net, p->b.p->batch); // a failed call may have left another batch
    choose_cheapest_labels(net, d);
}

static void run_compress(void *what)
{
    compress_call *p = what;
    begin_batch(&p->b);
    network *net = p->b.p->net;
    pixelcnn_packing how = checked_options(p->b.function, p->how);
    dataset d = {.n = p->b.n, .c = net->c, .h = net->h, .w = net->w, .pixels = (unsigned char *)p->b.images};
    int quantised = is_quantised(p, &d, how.quantise);
    choose_labels(p, net, &d);
    compress_images(
        net, &(compression){
                 .d = &d, .n = d.n, .block = how.block, .write = put_bytes, .context = p, .quantised = quantised});
    end_batch(&p->b);
    memcpy(p->to->data, p->bytes.data, p->bytes.bytes);
    p->to->size = p->bytes.bytes;
    free(p->bytes.data);
    free(d.labels);
    free(d.class_numbers);
}

int pixelcnn_compress(pixelcnn *p, int n, const unsigned char *images, const float *labels, const pixelcnn_packing *how,
                      pixelcnn_bytes *to)
{
    image_batch b = {__func__, p, n, labels, images, to ? to->data : 0};
    return library_call(run_compress, &(compress_call){.b = b, .how = how, .to = to});
}

typedef struct {
    const char *function;
    pixelcnn *p;
    int n;
    const pixelcnn_packing *how;
    size_t bytes;
} bound_call;

static void find_bound(void *what)
{
    bound_call *x = what;
    need_net(x->function, x->p);
    if (x->n < 1) die("%s: %d images: expected 1 or more", x->function, x->n);
    x->bytes = (size_t)ceil(most_compressed_bytes(x->p->net, x->n, checked_options(x->function, x->how).block));
}

size_t pixelcnn_compress_bound(pixelcnn *p, int n, const pixelcnn_packing *how)
{
    bound_call x = {.function = __func__, .p = p, .n = n, .how = how};
    return library_call(find_bound, &x) ? 0 : x.bytes;
}

/* ---- decompressing ---- */

typedef struct {
    const char *function;
    pixelcnn *p;
    const pixelcnn_bytes *from;
    int first, n;
    unsigned char *images;
    float *labels;
    pixelcnn_packed found; // in the file
    size_t done;           // images
} decompress_call;

/* Free it. */
static gpc_file *open_bytes(const decompress_call *x)
{
    need_net(x->function, x->p);
    if (!x->from || !x->from->data) die("%s: the compressed bytes are NULL", x->function);
    gpc_source from = {.name = "compressed images", .bytes = x->from->data, .size = x->from->size};
    gpc_file *f = read_gpc_file(from);
    need_gpc_net(f, x->p->net);
    return f;
}

static void look(void *what)
{
    decompress_call *x = what;
    gpc_file *f = open_bytes(x);
    x->found = (pixelcnn_packed){(int)f->h.images, (int)f->h.in_block, (int)f->h.quantised};
    free_gpc_file(f);
}

int pixelcnn_compressed(pixelcnn *p, const pixelcnn_bytes *from, pixelcnn_packed *what)
{
    decompress_call x = {.function = __func__, .p = p, .from = from};
    int failed = library_call(look, &x);
    if (!failed && what) *what = x.found;
    return failed;
}

/* Into memory of the call. */
static void receive(void *context, int first, int n, const unsigned char *pixels, const float *labels)
{
    decompress_call *x = context;
    size_t values = x->p->net->truths, classes = net_classes(x->p);
    (void)first;
    memcpy(x->images + x->done * values, pixels, n * values);
    if (x->labels && labels) memcpy(x->labels + x->done * classes, labels, n * classes * sizeof *labels);
    x->done += n;
}

static void run_decompress(void *what)
{
    decompress_call *x = what;
    gpc_file *f = open_bytes(x);
    int images = (int)f->h.images;
    if (x->first < 0 || x->first >= images || x->n < 1 || x->n > images - x->first)
        die("%s: images %d to %lld: there are images 0 to %d", x->function, x->first, (long long)x->first + x->n - 1,
            images - 1);
    if (x->labels && !net_classes(x->p)) die("%s: labels: this net has no [label_embed]; give NULL", x->function);
    size_t values = x->p->net->truths, classes = net_classes(x->p);
    decompress_call inner = *x;
    inner.images = checked_malloc(x->n * values);
    inner.labels = x->labels ? checked_calloc(x->n * classes, sizeof(float)) : 0;
    image_batch b = {.function = x->function, .p = x->p, .n = x->n, .images = f, .result = x->images};
    begin_batch(&b);
    decompress_images(x->p->net, &(decompression){f, x->first, x->n, receive, &inner});
    end_batch(&b);
    memcpy(x->images, inner.images, x->n * values);
    if (x->labels) memcpy(x->labels, inner.labels, x->n * classes * sizeof(float));
    free(inner.images);
    free(inner.labels);
    free_gpc_file(f);
}

int pixelcnn_decompress(pixelcnn *p, const pixelcnn_bytes *from, int first, int n, unsigned char *images, float *labels)
{
    decompress_call x = {
        .function = __func__, .p = p, .from = from, .first = first, .n = n, .images = images, .labels = labels};
    return library_call(run_decompress, &x);
}
