#include "pixelcnn/codec/level_parts.h"
#include "pixelcnn/sample/sampler.h"

void divide_among_levels(const float *logits, int levels, level_parts *to)
{
    float share[MOST_LEVELS];
    uint32_t left = PARTS;
    to->levels = levels;
    to->likeliest = tempered_shares(logits, levels, 1, share);
    to->sum = 0;
    for (int l = 0; l < levels; ++l) to->sum += share[l];
    double scale = (PARTS - levels) / to->sum;
    for (int l = 0; l < levels; ++l) left -= to->width[l] = 1 + (uint32_t)(share[l] * scale);
    to->width[to->likeliest] += left;
}

void encode_level(range_encoder *e, const level_parts *p, int level)
{
    uint32_t from = 0;
    for (int l = 0; l < level; ++l)
        if (l != p->likeliest) from += p->width[l];
    encode_parts(e, level == p->likeliest ? PARTS - p->width[level] : from, p->width[level]);
}

int decode_level(range_decoder *d, const level_parts *p)
{
    uint32_t part = next_part(d), from = PARTS - p->width[p->likeliest];
    int level = p->likeliest;
    if (part < from)
        for (level = 0, from = 0; level == p->likeliest || part - from >= p->width[level]; ++level)
            if (level != p->likeliest) from += p->width[level];
    decode_parts(d, from, p->width[level]);
    return level;
}
