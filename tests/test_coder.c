/*
test_coder.c - the range coder of compressed images, and a net's distribution in its whole parts.
*/
#include <math.h>
#include <stdlib.h>
#include "base/random.h"
#include "pixelcnn/codec/level_parts.h"
#include "tests/support.h"

enum { SYMBOLS = 4000 };

/* ---- the coder ---- */

typedef struct {
    uint32_t from, width;
} symbol;

/* Of all widths; each third is likely and last, and so has what a division leaves over. */
static symbol some_symbol(int seed, int i)
{
    uint32_t width =
        random_bits(seed, STREAM_SAMPLE, i, 0) % (1u << random_bits(seed, STREAM_SAMPLE, i, 1) % PART_BITS) + 1;
    uint32_t from = random_bits(seed, STREAM_SAMPLE, i, 2) % (PARTS - width);
    return i % 3 ? (symbol){from, width} : (symbol){width, PARTS - width};
}

static void symbols_come_back(void **state)
{
    (void)state;
    range_encoder e = {0};
    range_decoder d;
    for (int seed = 0; seed < 20; ++seed) {
        double bits = 0;
        start_encoding(&e);
        for (int i = 0; i < SYMBOLS; ++i) {
            symbol s = some_symbol(seed, i);
            encode_parts(&e, s.from, s.width);
            bits += PART_BITS - log2(s.width);
        }
        finish_encoding(&e);
        if (fabs(8. * e.n / bits - 1) > .01) fail_msg("%zu bytes for %.0f bits", e.n, bits);
        start_decoding(&d, e.bytes, e.n);
        for (int i = 0; i < SYMBOLS; ++i) {
            symbol s = some_symbol(seed, i);
            assert_true(next_part(&d) >= s.from && next_part(&d) < s.from + s.width);
            decode_parts(&d, s.from, s.width);
        }
        assert_int_equal(d.at, e.n);
    }
    free(e.bytes);
}

static void numbers_come_back(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {1, 2, 3, 10, 255, 256, 4095, 4096, 4097, 65536, 1 << 24};
    range_encoder e = {0};
    range_decoder d;
    start_encoding(&e);
    for (int i = 0; i < 11; ++i)
        for (int k = 0; k < 3; ++k) encode_number(&e, k == 0 ? 0 : k == 1 ? sizes[i] / 2 : sizes[i] - 1, sizes[i]);
    finish_encoding(&e);
    start_decoding(&d, e.bytes, e.n);
    for (int i = 0; i < 11; ++i)
        for (int k = 0; k < 3; ++k)
            assert_int_equal(decode_number(&d, sizes[i]), k == 0 ? 0 : k == 1 ? sizes[i] / 2 : sizes[i] - 1);
    free(e.bytes);
}

/* The least likely symbols at the end of the range: carries through all bytes that are done. */
static void carries_reach_far(void **state)
{
    (void)state;
    range_encoder e = {0};
    range_decoder d;
    for (int last = 0; last < 2; ++last) {
        start_encoding(&e);
        for (int i = 0; i < 200; ++i) encode_parts(&e, PARTS - 2, 1);
        for (int i = 0; i < 9; ++i) encode_parts(&e, last ? PARTS - 1 : 0, 1);
        finish_encoding(&e);
        start_decoding(&d, e.bytes, e.n);
        for (int i = 0; i < 200; ++i) {
            assert_int_equal(next_part(&d), PARTS - 2);
            decode_parts(&d, PARTS - 2, 1);
        }
        for (int i = 0; i < 9; ++i) {
            assert_int_equal(next_part(&d), last ? PARTS - 1 : 0);
            decode_parts(&d, last ? PARTS - 1 : 0, 1);
        }
    }
    free(e.bytes);
}

/* As docs/compression.md has them. */
static void bytes_are_those_of_the_docs(void **state)
{
    (void)state;
    static const unsigned char stated[] = {0x66, 0x5f, 0xda, 0xa6, 0xa8};
    range_encoder e = {0};
    start_encoding(&e);
    encode_number(&e, 4, 10);
    encode_parts(&e, 0, 1);
    encode_parts(&e, 349525, 349525);
    encode_parts(&e, 1048575, 1);
    encode_parts(&e, 1000, 1047576);
    encode_parts(&e, 524288, 524287);
    finish_encoding(&e);
    assert_int_equal(e.n, sizeof stated);
    assert_memory_equal(e.bytes, stated, sizeof stated);
    free(e.bytes);
}

/* ---- a distribution in parts ---- */

static void check_parts(const float *logits, int levels, double most_loss)
{
    level_parts p;
    uint32_t sum = 0;
    double total = 0, loss = 0, top = -INFINITY;
    divide_among_levels(logits, levels, &p);
    for (int l = 0; l < levels; ++l) top = fmax(top, logits[l]);
    for (int l = 0; l < levels; ++l) total += exp(logits[l] - top);
    for (int l = 0; l < levels; ++l) {
        double q = exp(logits[l] - top) / total;
        assert_true(p.width[l] >= 1);
        sum += p.width[l];
        if (q > 0) loss += q * log2(q * PARTS / p.width[l]);
    }
    assert_int_equal(sum, PARTS);
    assert_true(logits[p.likeliest] == (float)top);
    if (loss > most_loss) fail_msg("%d levels lose %g bits", levels, loss);
}

static void each_level_has_a_part(void **state)
{
    (void)state;
    float logits[MOST_LEVELS];
    for (int levels = 2; levels <= MOST_LEVELS; levels += levels < 20 ? 1 : 59)
        for (int kind = 0; kind < 40; ++kind) {
            double spread = kind < 30 ? pow(2, kind / 3.) : 0;
            for (int l = 0; l < levels; ++l) logits[l] = spread * (random_unit(kind, STREAM_SAMPLE, levels, l) - .5);
            if (kind >= 38) logits[levels / 2] = kind == 38 ? 3e38f : -3e38f;
            check_parts(logits, levels, 1.5 * levels / PARTS / log(2));
        }
}

TEST_MAIN(cmocka_unit_test(symbols_come_back), cmocka_unit_test(numbers_come_back), cmocka_unit_test(carries_reach_far),
          cmocka_unit_test(bytes_are_those_of_the_docs), cmocka_unit_test(each_level_has_a_part))
