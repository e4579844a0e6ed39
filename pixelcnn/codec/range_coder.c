#include "base/memory.h"
#include "pixelcnn/codec/range_coder.h"

#define LEAST_RANGE (1u << 24)
enum { DIGIT = 4096, FIRST_BYTES = 4096 }; // DIGIT: of numbers, so that each of its values has 256 parts

/* ---- encoding ---- */

void start_encoding(range_encoder *e)
{
    e->low = 0;
    e->range = UINT32_MAX;
    e->n = 0;
}

static void put_byte(range_encoder *e, uint32_t byte)
{
    if (e->n == e->capacity) {
        e->capacity = e->capacity ? 2 * e->capacity : FIRST_BYTES;
        e->bytes = checked_realloc(e->bytes, e->capacity);
    }
    e->bytes[e->n++] = (unsigned char)byte;
}

/* Adds 1 to the bytes that are done. They are not all 255, since the first interval ends below 2^32. */
static void carry(range_encoder *e)
{
    size_t i = e->n;
    while (++e->bytes[--i] == 0) continue;
}

void encode_parts(range_encoder *e, uint32_t from, uint32_t width)
{
    uint32_t part = e->range >> PART_BITS, start = part * from;
    e->low += start;
    if (e->low < start) carry(e);
    e->range = from + width == PARTS ? e->range - start : part * width;
    for (; e->range < LEAST_RANGE; e->range <<= 8, e->low <<= 8) put_byte(e, e->low >> 24);
}

static void encode_digit(range_encoder *e, uint32_t digit, uint32_t n)
{
    uint32_t each = PARTS / n, from = digit * each;
    encode_parts(e, from, digit == n - 1 ? PARTS - from : each);
}

void encode_number(range_encoder *e, uint32_t number, uint32_t n)
{
    if (n > DIGIT) encode_digit(e, number / DIGIT, (n - 1) / DIGIT + 1);
    encode_digit(e, number % DIGIT, n > DIGIT ? DIGIT : n);
}

/* The range is at least 2^24, so one byte decides. */
void finish_encoding(range_encoder *e)
{
    uint32_t end = (e->low + (LEAST_RANGE - 1)) & ~(LEAST_RANGE - 1);
    if (end < e->low) carry(e);
    put_byte(e, end >> 24);
    while (e->n && !e->bytes[e->n - 1]) --e->n;
}

/* ---- decoding ---- */

static void take_byte(range_decoder *d)
{
    d->code = d->code << 8 | (d->at < d->n ? d->bytes[d->at] : 0);
    d->at += d->at < d->n;
}

void start_decoding(range_decoder *d, const unsigned char *bytes, size_t n)
{
    *d = (range_decoder){.range = UINT32_MAX, .bytes = bytes, .n = n};
    for (int i = 0; i < 4; ++i) take_byte(d);
}

uint32_t next_part(const range_decoder *d)
{
    uint32_t part = d->code / (d->range >> PART_BITS);
    return part < PARTS ? part : PARTS - 1;
}

void decode_parts(range_decoder *d, uint32_t from, uint32_t width)
{
    uint32_t part = d->range >> PART_BITS, start = part * from;
    d->code -= start;
    d->range = from + width == PARTS ? d->range - start : part * width;
    for (; d->range < LEAST_RANGE; d->range <<= 8) take_byte(d);
}

static uint32_t decode_digit(range_decoder *d, uint32_t n)
{
    uint32_t each = PARTS / n, digit = next_part(d) / each;
    if (digit > n - 1) digit = n - 1;
    decode_parts(d, digit * each, digit == n - 1 ? PARTS - digit * each : each);
    return digit;
}

uint32_t decode_number(range_decoder *d, uint32_t n)
{
    uint32_t high = n > DIGIT ? decode_digit(d, (n - 1) / DIGIT + 1) : 0;
    return high * DIGIT + decode_digit(d, n > DIGIT ? DIGIT : n);
}
