/*
gpc_layout.h - .gpc files in memory, and the checks of changed ones made right again.
*/
#pragma once
#include <string.h>
#include "base/memory.h"
#include "base/ranks.h"
#include "layers/label_embed_layer.h"
#include "pixelcnn/codec/container_bytes.h"

/* As compression.write, into a byte_buffer. */
static inline void append_piece(void *to, const void *bytes, size_t n) { append_bytes(to, bytes, n); }

/* Those of the header and of the end, where the fields leave room for them. */
static inline void mend_gpc(unsigned char *file, size_t size)
{
    XXH64_state_t hash;
    if (size < GPC_HEADER + GPC_END) return;
    put_number(file + AT_CHECK, check_of_header(file), 4);
    gpc_header h = {.images = (uint32_t)number_at(file + AT_IMAGES, 4),
                    .in_block = (uint32_t)number_at(file + AT_IN_BLOCK, 2)};
    h.labels = file[AT_LABELS];
    h.classes = (uint32_t)number_at(file + AT_CLASSES, 4);
    uint64_t blocks = h.in_block ? ((uint64_t)h.images + h.in_block - 1) / h.in_block : 0;
    size_t head = GPC_HEADER + label_bytes(&h);
    if (size < head + blocks * GPC_ENTRY + GPC_END) return;
    unsigned char *end = file + size - GPC_END;
    XXH64_reset(&hash, 0);
    XXH64_update(&hash, file, head);
    XXH64_update(&hash, end - blocks * GPC_ENTRY, blocks * GPC_ENTRY);
    put_number(end, XXH64_digest(&hash), GPC_END);
}

/* How the file codes its blocks, for a packed net. */
static inline block_coding coding_of(const gpc_file *f, const packed_net *p)
{
    return (block_coding){p, (label_kind)f->h.labels, (int)f->h.classes, f->label, (int)f->h.together};
}

/* Those of the blocks: what they decode to counts as right. f is `file`, read; a label in it that cannot be
   one ends in die. */
static inline void mend_blocks(const network *net, const gpc_file *f, unsigned char *file)
{
    packed_net *p = pack_net(net);
    block_coding c = coding_of(f, p);
    sequence *s = make_sequence(p, c.together);
    size_t n = images_in_block(&f->h, 0), blocks = gpc_blocks(&f->h);
    unsigned char *levels = checked_malloc(n * net->truths), *entries = file + f->at[blocks];
    float *labels = c.classes ? checked_calloc(n * c.classes, sizeof *labels) : 0;
    for (size_t b = 0; b < blocks; ++b) {
        range_decoder d;
        image_block images = {.first = (int)(b * f->h.in_block), .n = images_in_block(&f->h, (int)b), .labels = labels};
        images.levels = levels;
        start_decoding(&d, file + f->at[b], f->at[b + 1] - f->at[b]);
        put_number(entries + b * GPC_ENTRY + 4, decode_block(&c, s, &images, &d, "mended"), 4);
    }
    mend_gpc(file, f->from.size);
    free(levels);
    free(labels);
    free_sequence(s);
    free_packed_net(p);
}
