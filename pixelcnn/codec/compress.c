#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/available_memory.h"
#include "base/cancel.h"
#include "base/errors.h"
#include "base/memory.h"
#include "base/ranks.h"
#include "base/text.h"
#include "layers/label_embed_layer.h"
#include "layers/math/levels.h"
#include "layers/pixel_softmax_layer.h"
#include "pixelcnn/codec/compress.h"
#include "pixelcnn/data/labels.h"
#include "pixelcnn/data/shares.h"
#include "pixelcnn/net/net_gpu.h"
#include "pixelcnn/net/weights.h"

enum { TOGETHER = 16, USUAL_BITS = 1 << 20 };

/* Enough images to make the overhead of a block small. */
static int usual_block(const network *net)
{
    int bits = 1, block = 1;
    while (1 << bits < loss_of(net)->levels) ++bits;
    while (block < MOST_IN_BLOCK && 2. * block * net->truths * bits <= USUAL_BITS) block *= 2;
    return block;
}

/* ---- images ---- */

static size_t values_of(const dataset *d) { return (size_t)d->c * d->h * d->w; }

static void read_labels(const dataset *d, int first, int n, float *to)
{
    for (int i = 0; has_labels(d) && i < n; ++i) read_label(d, first + i, to + (size_t)i * d->classes);
}

static long long find_lost(const unsigned char *x, size_t values, int levels)
{
    for (size_t i = 0; i < values; ++i)
        if (byte_of_level(level_of_byte(x[i], levels), levels) != x[i]) return (long long)i;
    return -1;
}

long long find_lost_value(const dataset *d, int n, int levels, int *value)
{
    long long at = -1;
    unsigned char *image = checked_malloc(values_of(d));
    for (int i = 0; i < n && at < 0; ++i) {
        read_images(d, i, 1, image);
        at = find_lost(image, values_of(d), levels);
        if (at < 0) continue;
        *value = image[at];
        at += (long long)(i * values_of(d));
    }
    free(image);
    return at;
}

/* ---- labels ---- */

/* d has the class best[i] for image i, and no other label. */
static void set_classes(dataset *d, int *best)
{
    free(d->labels);
    free(d->class_numbers);
    if (d->class_file) close_row_file(d->class_file);
    d->labels = 0;
    d->class_file = 0;
    d->class_numbers = best;
}

void choose_cheapest_labels(network *net, dataset *d)
{
    double *nll = checked_calloc(d->n, sizeof *nll), *least = checked_calloc(d->n, sizeof *least);
    float *label = checked_calloc(d->classes, sizeof *label);
    int *best = checked_calloc(d->n, sizeof *best);
    dataset other = with_label(d, label);
    for (int k = 0; k < d->classes && !is_cancelled(); ++k) {
        one_hot_label(label, d->classes, k);
        share_likelihood(net, &other, d->n, nll);
        for (int i = 0; i < d->n; ++i)
            if (!k || nll[i] < least[i]) least[i] = nll[i], best[i] = k;
    }
    broadcast(best, d->n * sizeof *best);
    set_classes(d, best);
    free(nll);
    free(least);
    free(label);
}

/* The class of a one-hot label, or `classes` for zeros; -1: another vector. */
static int class_or_zeros(const float *label, const label_embed *e)
{
    int class = class_of_label(label, e), zeros = !e->attributes;
    for (int k = 0; k < e->classes; ++k) {
        if (signbit(label[k])) return -1; // -0 is not the 0 that a decoder would put there
        zeros &= label[k] == 0;
    }
    return class < 0 && zeros ? e->classes : class;
}

/* How the labels of all images are coded in the fewest bytes. label (classes): that of the first. */
static void choose_label_kind(const network *net, const compression *w, gpc_header *h, float *label)
{
    const label_embed *e = label_of(net);
    if (!e) return;
    int same = 1, classes = 1;
    float *other = checked_calloc(e->classes, sizeof *other);
    h->classes = e->classes;
    read_labels(w->d, 0, 1, label);
    for (int i = 0; i < w->n; ++i) {
        read_labels(w->d, i, 1, other);
        int class = class_or_zeros(other, e);
        classes &= class >= 0 && class < e->classes;
        same &= !memcmp(other, label, e->classes * sizeof *label);
    }
    free(other);
    int first = class_or_zeros(label, e);
    h->labels = same && first >= 0 ? LABELS_ONE_CLASS
                : same             ? LABELS_ONE_VECTOR
                : classes          ? LABELS_CLASSES
                                   : LABELS_VECTORS;
    if (h->labels == LABELS_ONE_CLASS) h->class = first;
}

/* ---- blocks ---- */

/* What one thread codes at a time. */
typedef struct {
    sequence *s;
    range_encoder e;
    unsigned char *levels;
    float *labels;
    double *nll;
    uint32_t check;
} coder;

typedef struct {
    const compression *w;
    gpc_header h;
    block_coding coding;
    gpc_index index;
    uint64_t bytes; // written
    size_t values;  // of an image
    int parts;
    index_range blocks; // under way, one for each part
    coder *coders;      // (parts)
} compressing;

static void make_coder(void *context, int part)
{
    compressing *c = context;
    size_t n = images_in_block(&c->h, 0);
    c->coders[part].s = make_sequence(c->coding.net, TOGETHER);
    c->coders[part].levels = checked_malloc(n * c->values);
    c->coders[part].labels = checked_calloc(n * c->h.classes + 1, sizeof(float));
    c->coders[part].nll = checked_calloc(n, sizeof(double));
}

static void free_coder(void *context, int part)
{
    coder *c = ((compressing *)context)->coders + part;
    free_sequence(c->s);
    free(c->levels);
    free(c->labels);
    free(c->nll);
    free(c->e.bytes);
}

static void code_block(void *context, int part)
{
    compressing *c = context;
    const compression *w = c->w;
    coder *own = c->coders + part;
    size_t b = c->blocks.from + part, first = b * c->h.in_block;
    if (b >= c->blocks.end) return;
    int n = images_in_block(&c->h, (int)b);
    read_images(w->d, (int)first, n, own->levels);
    read_labels(w->d, (int)first, n, own->labels);
    for (size_t i = 0; i < n * c->values; ++i) own->levels[i] = level_of_byte(own->levels[i], c->h.levels);
    image_block images = {.first = (int)first,
                          .n = n,
                          .labels = c->h.classes ? own->labels : 0,
                          .levels = own->levels,
                          .nll = w->nll ? own->nll : 0,
                          .asks = part == 0};
    own->check = encode_block(&c->coding, own->s, &images, &own->e);
}

/* Of each block its length, check, nats and bytes. */
static void code_blocks(void *context, index_range blocks, byte_buffer *to)
{
    compressing *c = context;
    if (is_cancelled()) return;
    c->blocks = blocks;
    run_parts((int)(blocks.end - blocks.from), (phase[]){code_block, 0}, c);
    for (size_t b = blocks.from; b < blocks.end; ++b) {
        const coder *own = c->coders + (b - blocks.from);
        append_bytes(to, &own->e.n, sizeof own->e.n);
        append_bytes(to, &own->check, sizeof own->check);
        append_bytes(to, own->nll, images_in_block(&c->h, (int)b) * sizeof(double));
        append_bytes(to, own->e.bytes, own->e.n);
    }
}

static const unsigned char *take(void *to, const unsigned char *from, size_t bytes)
{
    memcpy(to, from, bytes);
    return from + bytes;
}

static void write_blocks(void *context, index_range blocks, const void *data, size_t bytes)
{
    compressing *c = context;
    const compression *w = c->w;
    const unsigned char *from = data;
    for (size_t b = blocks.from; bytes && b < blocks.end; ++b) {
        size_t n, nll = images_in_block(&c->h, (int)b) * sizeof(double);
        uint32_t check;
        from = take(&n, from, sizeof n);
        from = take(&check, from, sizeof check);
        if (w->nll) memcpy(w->nll + b * c->h.in_block, from, nll);
        from += nll;
        w->write(w->context, from, n);
        add_gpc_block(&c->index, n, check);
        c->bytes += n;
        from += n;
    }
}

/* ---- files ---- */

static gpc_header header_for(network *net, const compression *w, float *label)
{
    gpc_header h = {.meaning = net_meaning(net),
                    .weights = hash_of_weights(net),
                    .images = w->n,
                    .height = net->h,
                    .width = net->w,
                    .channels = net->c,
                    .levels = loss_of(net)->levels,
                    .in_block = w->block ? w->block : usual_block(net),
                    .together = TOGETHER,
                    .quantised = w->quantised};
    choose_label_kind(net, w, &h, label);
    return h;
}

static void need_coders(const compressing *c)
{
    char what[128];
    int n = images_in_block(&c->h, 0);
    if (most_block_bytes(&c->coding, n) > UINT32_MAX)
        die("a block of %d images may exceed 4 GiB, which an index does not hold: compress fewer images a block", n);
    // with what share_work passes on
    double most = n * (double)c->values + 3 * most_block_bytes(&c->coding, n);
    snprintf(what, sizeof what, "%d images at a time, and a block of %d, on each of %d thread%s", TOGETHER, n, c->parts,
             plural_s(c->parts));
    require_memory(c->parts * (sequence_bytes(c->coding.net, TOGETHER) + most), "compressing", what);
}

static void write_file(compressing *c)
{
    const compression *w = c->w;
    unsigned char *head = checked_malloc(GPC_HEADER + 4 * (size_t)c->h.classes);
    size_t n = begin_gpc(&c->h, c->coding.one, head, &c->index);
    if (is_first_rank()) w->write(w->context, head, n);
    share_work(&(shared_work){gpc_blocks(&c->h), c->parts, code_blocks, write_blocks, c});
    end_gpc(&c->index);
    if (is_first_rank()) w->write(w->context, c->index.bytes, c->index.n);
    c->bytes += n + c->index.n;
    free(c->index.bytes);
    free(head);
}

uint64_t compress_images(network *net, const compression *w)
{
    pull_net(net);
    packed_net *p = pack_net(net);
    float *label = checked_calloc(p->embed ? p->embed->classes : 1, sizeof *label);
    compressing c = {.w = w, .h = header_for(net, w, label), .values = net->truths};
    c.coding = (block_coding){
        .net = p, .labels = c.h.labels, .classes = c.h.classes, .one = label, .together = TOGETHER};
    c.parts = blocks_at_once(gpc_blocks(&c.h));
    need_coders(&c);
    c.coders = checked_calloc(c.parts, sizeof *c.coders);
    run_parts(c.parts, (phase[]){make_coder, 0}, &c);
    write_file(&c);
    run_parts(c.parts, (phase[]){free_coder, 0}, &c);
    free(c.coders);
    free(label);
    free_packed_net(p);
    return c.bytes;
}

double most_compressed_bytes(network *net, int n, int block)
{
    packed_net p = {.colours = net->c, .h = net->h, .w = net->w};
    const label_embed *e = label_of(net);
    block_coding c = {.net = &p, .classes = e ? e->classes : 0};
    int in_block = block ? block : usual_block(net), blocks = (n - 1) / in_block + 1;
    return GPC_HEADER + 4. * c.classes + most_block_bytes(&c, n) + blocks * (GPC_ENTRY + 2.) + GPC_END;
}
