/*
range_coder.h - codes symbols of integer probabilities into bytes, and back: by 32-bit arithmetic alone.

The encoder narrows an interval of numbers, low .. low + range - 1. A symbol has `width` of PARTS equal parts
of the range, from part number `from` on; the symbol whose parts are the last ones also has the remainder of
the division. So the last symbol should be the likeliest. A byte is final, the most significant first, as soon
as the range is below 2^24, so that a part is at least 2^24 / 2^20 = 16. At the end one more byte chooses the
number of the interval that has the most zeros, and zeros at the end are left out: past the end a decoder
reads zeros.

A decoder takes any bytes. Of damaged ones it decodes symbols that nobody encoded, and nothing worse.
*/
#pragma once
#include <stddef.h>
#include <stdint.h>

enum { PART_BITS = 20, PARTS = 1 << PART_BITS };
/* What a symbol takes at most: log2(17) - 4 for what the division leaves over, and PART_BITS. */
enum { MOST_SYMBOL_BITS = PART_BITS + 1 };

typedef struct {
    uint32_t low, range;
    unsigned char *bytes; // n of them are done; free them
    size_t n, capacity;
} range_encoder;

/* Starts a sequence of symbols. e is zero, or has coded one before, whose memory is used again. */
void start_encoding(range_encoder *e);
/* width is 1 or more; from + width at most PARTS. */
void encode_parts(range_encoder *e, uint32_t from, uint32_t width);
/* A number below n, 1 .. 2^24, each as likely as the others. */
void encode_number(range_encoder *e, uint32_t number, uint32_t n);
/* The bytes are complete. */
void finish_encoding(range_encoder *e);

typedef struct {
    uint32_t code, range; // code: the number, from low on
    const unsigned char *bytes;
    size_t n, at;
} range_decoder;

/* bytes must outlive the decoder. */
void start_decoding(range_decoder *d, const unsigned char *bytes, size_t n);
/* A part of the next symbol: below PARTS. */
uint32_t next_part(const range_decoder *d);
/* Consumes that symbol. */
void decode_parts(range_decoder *d, uint32_t from, uint32_t width);
/* A number that encode_number coded; of damaged bytes it may be n or more where n exceeds 4096. */
uint32_t decode_number(range_decoder *d, uint32_t n);
