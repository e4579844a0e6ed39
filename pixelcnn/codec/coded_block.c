#include <math.h>
#include <string.h>
#include "base/atomic_file.h"
#include "base/cancel.h"
#include "base/errors.h"
#include "base/progress.h"
#include "base/ranks.h"
#include "pixelcnn/codec/coded_block.h"
#include "pixelcnn/codec/level_parts.h"

/* ---- labels ---- */

static uint32_t class_of(const float *label, int classes)
{
    uint32_t k = 0;
    while (k < (uint32_t)classes - 1 && label[k] == 0) ++k;
    return k;
}

static void encode_vector(range_encoder *e, const float *x, int n)
{
    for (int k = 0; k < n; ++k) {
        uint32_t bits;
        memcpy(&bits, x + k, sizeof bits);
        for (int i = 0; i < 4; ++i) encode_number(e, bits >> 8 * i & 255, 256);
    }
}

static void encode_labels(const block_coding *c, const float *label, int n, range_encoder *e)
{
    if (c->labels == LABELS_NONE) return;
    for (int i = 0; i < n; ++i, label += c->classes) {
        if (c->labels == LABELS_CLASSES) encode_number(e, class_of(label, c->classes), c->classes);
        if (c->labels == LABELS_VECTORS) encode_vector(e, label, c->classes);
    }
}

static void decode_class(const block_coding *c, range_decoder *d, const char *name, float *label)
{
    uint32_t k = decode_number(d, c->classes);
    if (k >= (uint32_t)c->classes) die("%s: damaged: class %u of %d", name, k, c->classes);
    memset(label, 0, c->classes * sizeof(float));
    label[k] = 1;
}

static void decode_vector(range_decoder *d, const char *name, float *x, int n)
{
    for (int k = 0; k < n; ++k) {
        uint32_t bits = 0;
        for (int i = 0; i < 4; ++i) bits |= decode_number(d, 256) << 8 * i;
        memcpy(x + k, &bits, sizeof bits);
        if (!isfinite(x[k])) die("%s: damaged: a label has %g", name, x[k]);
    }
}

static void decode_labels(const block_coding *c, float *label, int n, range_decoder *d, const char *name)
{
    if (c->labels == LABELS_NONE) return;
    for (int i = 0; i < n; ++i, label += c->classes) {
        if (c->labels == LABELS_CLASSES) decode_class(c, d, name, label);
        if (c->labels == LABELS_VECTORS) decode_vector(d, name, label, c->classes);
        if (c->labels == LABELS_ONE_CLASS || c->labels == LABELS_ONE_VECTOR)
            memcpy(label, c->one, c->classes * sizeof(float));
    }
}

/* ---- values ---- */

/* The encoder or the decoder; the other is NULL. */
typedef struct {
    range_encoder *e;
    range_decoder *d;
} symbols;

static int is_stopped(const image_block *b) { return b->asks ? ask_cancel() : is_cancelled(); }

/* Codes the values of one group, b->n images; encoder and decoder share this loop. */
static void code_values(const packed_net *p, sequence *s, const image_block *b, symbols to)
{
    size_t values = (size_t)p->colours * p->h * p->w;
    int row = p->w * p->colours;
    level_parts parts;
    for (int i = 0; b->nll && i < b->n; ++i) b->nll[i] = 0;
    sequence_start(s, b->first, b->n, b->labels);
    while (!is_stopped(b) && sequence_next(s)) {
        unsigned char *level = b->levels + sequence_offset(s);
        for (int i = 0; i < b->n; ++i, level += values) {
            const float *logits = sequence_logits(s, i);
            divide_among_levels(logits, p->levels, &parts);
            if (to.e)
                encode_level(to.e, &parts, *level);
            else
                *level = decode_level(to.d, &parts);
            if (b->nll) b->nll[i] += nats_of_level(logits[*level], logits[parts.likeliest], 1, parts.sum);
            sequence_put(s, i, *level);
        }
        if (sequence_position(s) % row == row - 1) count_progress((long)b->n * row);
    }
}

static uint32_t check_of_block(const block_coding *c, const image_block *b, const unsigned char *bytes, size_t n)
{
    XXH64_state_t hash;
    size_t values = (size_t)c->net->colours * c->net->h * c->net->w;
    XXH64_reset(&hash, b->first);
    XXH64_update(&hash, bytes, n);
    if (c->classes) XXH64_update(&hash, b->labels, (size_t)b->n * c->classes * sizeof(float));
    XXH64_update(&hash, b->levels, b->n * values);
    return (uint32_t)XXH64_digest(&hash);
}

/* Images from .. of a block, as many as are coded together. */
static image_block part_of_block(const block_coding *c, const image_block *b, int from)
{
    size_t values = (size_t)c->net->colours * c->net->h * c->net->w;
    int left = b->n - from;
    return (image_block){.first = b->first + from,
                         .n = left < c->together ? left : c->together,
                         .labels = c->classes ? b->labels + (size_t)from * c->classes : 0,
                         .levels = b->levels + from * values,
                         .nll = b->nll ? b->nll + from : 0,
                         .asks = b->asks};
}

uint32_t encode_block(const block_coding *c, sequence *s, const image_block *b, range_encoder *e)
{
    start_encoding(e);
    for (int i = 0; i < b->n; i += c->together) {
        image_block part = part_of_block(c, b, i);
        encode_labels(c, part.labels, part.n, e);
        code_values(c->net, s, &part, (symbols){.e = e});
    }
    finish_encoding(e);
    return check_of_block(c, b, e->bytes, e->n);
}

uint32_t decode_block(const block_coding *c, sequence *s, const image_block *b, range_decoder *d, const char *name)
{
    for (int i = 0; i < b->n; i += c->together) {
        image_block part = part_of_block(c, b, i);
        decode_labels(c, part.labels, part.n, d, name);
        code_values(c->net, s, &part, (symbols){.d = d});
    }
    return check_of_block(c, b, d->bytes, d->n);
}

int blocks_at_once(int blocks)
{
    int64_t threads = max_threads();
    largest_integers(&threads, 1);
    return threads < blocks ? (int)threads : blocks;
}

double most_block_bytes(const block_coding *c, int n)
{
    double each = (double)c->net->colours * c->net->h * c->net->w + 4. * c->classes + 2;
    return n * each * MOST_SYMBOL_BITS / 8 + 2;
}
