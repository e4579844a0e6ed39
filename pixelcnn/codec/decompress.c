#include <stdlib.h>
#include "base/available_memory.h"
#include "base/cancel.h"
#include "base/errors.h"
#include "base/memory.h"
#include "base/ranks.h"
#include "base/text.h"
#include "layers/math/levels.h"
#include "pixelcnn/codec/decompress.h"

/* What one thread decodes at a time. */
typedef struct {
    sequence *s;
    unsigned char *bytes, *pixels;
    float *labels;
} decoder;

typedef struct {
    const decompression *w;
    const gpc_header *h;
    block_coding coding;
    int first;          // block
    int n, parts;       // blocks, and threads
    size_t values;      // of an image
    size_t most;        // bytes of the longest block
    index_range blocks; // under way, counted from `first`, one for each part
    decoder *decoders;  // (parts)
} decompressing;

static void make_decoder(void *context, int part)
{
    decompressing *c = context;
    decoder *own = c->decoders + part;
    own->s = make_sequence(c->coding.net, c->coding.together);
    own->bytes = checked_malloc(c->most + 1);
    size_t n = images_in_block(c->h, 0);
    own->pixels = checked_malloc(n * c->values);
    if (c->h->classes) own->labels = checked_calloc(n * c->h->classes, sizeof(float));
}

static void free_decoder(void *context, int part)
{
    decoder *own = ((decompressing *)context)->decoders + part;
    free_sequence(own->s);
    free(own->bytes);
    free(own->pixels);
    free(own->labels);
}

static void decode_part(void *context, int part)
{
    decompressing *c = context;
    decoder *own = c->decoders + part;
    const gpc_file *f = c->w->file;
    if (c->blocks.from + part >= c->blocks.end) return;
    int b = c->first + (int)c->blocks.from + part;
    range_decoder d;
    image_block images = {.first = b * (int)c->h->in_block,
                          .n = images_in_block(c->h, b),
                          .labels = own->labels,
                          .levels = own->pixels,
                          .asks = part == 0};
    read_gpc_block(f, b, own->bytes);
    start_decoding(&d, own->bytes, f->at[b + 1] - f->at[b]);
    uint32_t check = decode_block(&c->coding, own->s, &images, &d, f->from.name);
    if (check != f->check[b] && !is_cancelled())
        die("%s: block %d, images %d to %d, is damaged, between byte %llu and %llu, or was compressed by a program "
            "that computes differently",
            f->from.name, b, images.first, images.first + images.n - 1, (unsigned long long)f->at[b],
            (unsigned long long)f->at[b + 1]);
    for (size_t i = 0; i < images.n * c->values; ++i) own->pixels[i] = byte_of_level(own->pixels[i], c->h->levels);
}

/* Bytes that keep the floats behind them aligned. */
static size_t filled_up(size_t bytes) { return (bytes + 7) / 8 * 8; }

/* Of each block labels and pixels. */
static void decode_blocks(void *context, index_range blocks, byte_buffer *to)
{
    decompressing *c = context;
    static const char nothing[8];
    if (is_cancelled()) return;
    c->blocks = blocks;
    run_parts((int)(blocks.end - blocks.from), (phase[]){decode_part, 0}, c);
    for (size_t b = blocks.from; b < blocks.end; ++b) {
        const decoder *own = c->decoders + (b - blocks.from);
        size_t n = images_in_block(c->h, c->first + (int)b), pixels = n * c->values,
               labels = n * c->h->classes * sizeof(float);
        append_bytes(to, own->labels, labels);
        append_bytes(to, nothing, filled_up(labels) - labels);
        append_bytes(to, own->pixels, pixels);
        append_bytes(to, nothing, filled_up(pixels) - pixels);
    }
}

/* Of block b, those images that were asked for. Returns the end of its data. */
static const unsigned char *give_images(const decompressing *c, int b, const unsigned char *data)
{
    const decompression *w = c->w;
    int block = b * (int)c->h->in_block, first = block > w->first ? block : w->first, n = images_in_block(c->h, b);
    int end = w->first + w->n < block + n ? w->first + w->n : block + n;
    const float *labels = (const float *)data;
    const unsigned char *pixels = data + filled_up(n * c->h->classes * sizeof(float));
    size_t before = first - block;
    w->receive(w->context, first, end - first, pixels + before * c->values,
               c->h->classes ? labels + before * c->h->classes : 0);
    return pixels + filled_up(n * c->values);
}

static void give_blocks(void *context, index_range blocks, const void *data, size_t bytes)
{
    const decompressing *c = context;
    for (size_t b = blocks.from; bytes && b < blocks.end && !is_cancelled(); ++b)
        data = give_images(c, c->first + (int)b, data);
}

int images_to_decompress(const gpc_file *f, int first, int n)
{
    int block = (int)f->h.in_block, from = first / block * block;
    long long end = ((long long)first + n - 1) / block * block + block;
    return (int)(end < (long long)f->h.images ? end : (long long)f->h.images) - from;
}

/* The longest of the blocks that are decoded. Exits 1 where one has more bytes than its images can take. */
static size_t longest_block(const decompressing *c)
{
    uint64_t most = 0;
    const gpc_file *f = c->w->file;
    for (int b = c->first; b < c->first + c->n; ++b) {
        uint64_t bytes = f->at[b + 1] - f->at[b];
        double possible = most_block_bytes(&c->coding, images_in_block(c->h, b));
        if (bytes > possible)
            die("%s: block %d has %llu bytes, its images take at most %.0f", f->from.name, b, (unsigned long long)bytes,
                possible);
        if (bytes > most) most = bytes;
    }
    return most;
}

static void need_decoders(const decompressing *c)
{
    char what[128];
    int n = images_in_block(c->h, 0);
    // with what share_work passes on
    double block = 3. * n * (c->values + c->h->classes * sizeof(float)) + c->most;
    snprintf(what, sizeof what, "%d image%s at a time, and a block of %d, on each of %d thread%s", c->coding.together,
             plural_s(c->coding.together), n, c->parts, plural_s(c->parts));
    require_memory(c->parts * (sequence_bytes(c->coding.net, c->coding.together) + block), c->w->file->from.name, what);
}

void decompress_images(network *net, const decompression *w)
{
    const gpc_header *h = &w->file->h;
    packed_net *p = pack_net(net);
    decompressing c = {.w = w, .h = h, .values = net->truths};
    c.coding = (block_coding){
        .net = p, .labels = h->labels, .classes = h->classes, .one = w->file->label, .together = h->together};
    c.first = w->first / (int)h->in_block;
    c.n = (int)(((long long)w->first + w->n - 1) / h->in_block) + 1 - c.first;
    c.parts = blocks_at_once(c.n);
    c.most = longest_block(&c);
    need_decoders(&c);
    c.decoders = checked_calloc(c.parts, sizeof *c.decoders);
    run_parts(c.parts, (phase[]){make_decoder, 0}, &c);
    share_work(&(shared_work){c.n, c.parts, decode_blocks, give_blocks, &c});
    run_parts(c.parts, (phase[]){free_decoder, 0}, &c);
    free(c.decoders);
    free_packed_net(p);
}
