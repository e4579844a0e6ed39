/*
level_parts.h - the distribution of a value as integer frequencies: how many of the coder's PARTS each level
gets.

    s_l    e^(logit_l - greatest logit), exact floats (tempered_shares): 1 for the likeliest level
    S      their sum, a double, added in the order of the levels
    k      (PARTS - L) / S, a double; L: levels
    w_l    1 + floor(s_l k), the product a double; the likeliest level also gets the rest of PARTS

Each is one addition, division, multiplication or conversion of IEEE 754, and so the same on every machine.
Rounding makes the sum of the s_l k at most 2^-24 larger than PARTS - L, so the sum of their floors does not
exceed PARTS - L: the rest is never negative. Levels are coded in order, except that the likeliest comes last,
as range_coder.h asks.
*/
#pragma once
#include "pixelcnn/codec/range_coder.h"
#include "pixelcnn/sample/draw_level.h"

typedef struct {
    int levels, likeliest;
    double sum;                  // S
    uint32_t width[MOST_LEVELS]; // PARTS in all
} level_parts;

/* logits: `levels` floats, finite. */
void divide_among_levels(const float *logits, int levels, level_parts *to);

void encode_level(range_encoder *e, const level_parts *p, int level);
int decode_level(range_decoder *d, const level_parts *p);
