/* Writes .gpc files, and compares them with a net. */
#include <stdlib.h>
#include <string.h>
#include "base/errors.h"
#include "base/memory.h"
#include "base/text.h"
#include "layers/label_embed_layer.h"
#include "layers/pixel_softmax_layer.h"
#include "pixelcnn/codec/container.h"
#include "pixelcnn/codec/container_bytes.h"
#include "pixelcnn/net/net_gpu.h"
#include "pixelcnn/net/params.h"
#include "pixelcnn/net/weights.h"

const unsigned char gpc_magic[GPC_MAGIC] = "\x89GPC\r\n\x1a\n";

uint64_t hash_of_weights(const network *net)
{
    XXH64_state_t hash;
    XXH64_reset(&hash, 0);
    param_list all = net_params(net);
    for (int i = 0; i < all.n; ++i) XXH64_update(&hash, all.p[i].value, all.p[i].n * sizeof(float));
    free_param_list(&all);
    return XXH64_digest(&hash);
}

int gpc_blocks(const gpc_header *h) { return (int)(((uint64_t)h->images + h->in_block - 1) / h->in_block); }

int images_in_block(const gpc_header *h, int b)
{
    uint64_t left = h->images - (uint64_t)b * h->in_block;
    return left < h->in_block ? (int)left : (int)h->in_block;
}

void put_number(unsigned char *to, uint64_t x, int bytes)
{
    for (int i = 0; i < bytes; ++i) to[i] = (unsigned char)(x >> 8 * i);
}

uint64_t number_at(const unsigned char *from, int bytes)
{
    uint64_t x = 0;
    for (int i = 0; i < bytes; ++i) x |= (uint64_t)from[i] << 8 * i;
    return x;
}

uint32_t check_of_header(const unsigned char *header) { return (uint32_t)XXH64(header, AT_CHECK, 0); }

size_t label_bytes(const gpc_header *h) { return h->labels == LABELS_ONE_VECTOR ? 4 * (size_t)h->classes : 0; }

/* ---- writing ---- */

static void put_header(const gpc_header *h, unsigned char *to)
{
    memset(to, 0, GPC_HEADER);
    memcpy(to, gpc_magic, GPC_MAGIC);
    put_number(to + AT_VERSION, GPC_VERSION, 2);
    put_number(to + AT_ARITHMETIC, GPC_ARITHMETIC, 2);
    put_number(to + AT_IMAGES, h->images, 4);
    put_number(to + AT_MEANING, h->meaning, 8);
    put_number(to + AT_WEIGHTS, h->weights, 8);
    put_number(to + AT_HEIGHT, h->height, 4);
    put_number(to + AT_WIDTH, h->width, 4);
    put_number(to + AT_CHANNELS, h->channels, 1);
    put_number(to + AT_LEVELS, h->levels - 1, 1);
    put_number(to + AT_LABELS, h->labels, 1);
    put_number(to + AT_QUANTISED, h->quantised, 1);
    put_number(to + AT_IN_BLOCK, h->in_block, 2);
    put_number(to + AT_TOGETHER, h->together, 2);
    put_number(to + AT_CLASSES, h->classes, 4);
    put_number(to + AT_CLASS, h->class, 4);
    put_number(to + AT_CHECK, check_of_header(to), 4);
}

size_t begin_gpc(const gpc_header *h, const float *label, unsigned char *bytes, gpc_index *to)
{
    size_t n = GPC_HEADER + label_bytes(h);
    put_header(h, bytes);
    for (size_t k = 0; k < label_bytes(h) / 4; ++k) {
        uint32_t bits;
        memcpy(&bits, label + k, sizeof bits);
        put_number(bytes + GPC_HEADER + 4 * k, bits, 4);
    }
    *to = (gpc_index){.bytes = checked_malloc((size_t)gpc_blocks(h) * GPC_ENTRY + GPC_END)};
    XXH64_reset(&to->hash, 0);
    XXH64_update(&to->hash, bytes, n);
    return n;
}

void add_gpc_block(gpc_index *x, size_t bytes, uint32_t check)
{
    put_number(x->bytes + x->n, bytes, 4);
    put_number(x->bytes + x->n + 4, check, 4);
    x->n += GPC_ENTRY;
}

void end_gpc(gpc_index *x)
{
    XXH64_update(&x->hash, x->bytes, x->n);
    put_number(x->bytes + x->n, XXH64_digest(&x->hash), GPC_END);
    x->n += GPC_END;
}

/* ---- the net ---- */

void need_gpc_net(const gpc_file *f, network *net)
{
    pull_net(net);
    const gpc_header *h = &f->h;
    const char *name = f->from.name;
    const label_embed *e = label_of(net);
    unsigned long long meaning = net_meaning(net), weights = hash_of_weights(net);
    if (h->channels != (uint32_t)net->c || h->height != (uint32_t)net->h || h->width != (uint32_t)net->w ||
        h->levels != (uint32_t)loss_of(net)->levels)
        die("%s: images of %u channel%s, %u x %u (height x width), %u levels; the cfg has channels=%d height=%d "
            "width=%d levels=%d: use the net that compressed it",
            name, h->channels, plural_s(h->channels), h->height, h->width, h->levels, net->c, net->h, net->w,
            loss_of(net)->levels);
    if (h->meaning != meaning || h->classes != (e ? (uint32_t)e->classes : 0))
        die("%s: compressed with another net (%016llx, this cfg is %016llx); use the cfg that it was compressed with",
            name, (unsigned long long)h->meaning, meaning);
    if (h->weights != weights)
        die("%s: compressed with other weights (%016llx, these are %016llx); use the weights that it was compressed "
            "with",
            name, (unsigned long long)h->weights, weights);
}
