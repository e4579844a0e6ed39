/*
fuzz_picture.c - fuzz target: pictures and masks, PNG and JPEG.

Byte 0 of an input says what is asked for, the rest is the file. libpng and libjpeg are compiled as the
project is, so that what they allocate is counted, and what they do is seen.
*/
#include <string.h>
#include <zlib.h>
#include "base/errors.h"
#include "pixelcnn/pictures/picture.h"
#include "pixelcnn/pictures/picture_reader.h"
#include "tests/fuzz/harness.h"
#include "tests/fuzz/outstanding.h"

enum { AS_MASK = 1, IN_COLOUR = 2, SIZES = 4, LARGEST = 64, ROOM = 1 << 16, SIGNATURE = 8, OVERHEAD = 12 };

static const unsigned char png_signature[] = "\x89PNG\r\n\x1a\n";

/* More than a picture may take, so that taking more is seen. */
void prepare(void)
{
    memory_limit = 2 * (size_t)PICTURE_MEMORY;
    time_limit = 2;
}

typedef struct {
    const char *file;
    int c, h, w;
    unsigned char out[3 * LARGEST * LARGEST];
} reading;

static void read_one(void *what)
{
    reading *r = what;
    read_picture(r->file, FIT_STRETCH, r->c, r->h, r->w, r->out);
}

/* What is refused leaves nothing behind either. */
static void read_and_free(void *what)
{
    caught_error why;
    if (catch_die(read_one, what, &why)) promise(why.status == 1 && strchr(why.message, ':'), "a refusal is one line");
    must_be_empty();
}

static void read_as_mask(void *what)
{
    reading *r = what;
    read_mask(r->file, r->h, r->w, r->out);
    for (int i = 0; i < r->h * r->w; ++i) promise(r->out[i] <= 1, "a mask is of 0 and 1");
}

/* The size that a PNG says that it has, where that is small: a mask of another one is refused. */
static void use_own_size(reading *r, const uint8_t *png, size_t size)
{
    if (size < 24 || png[16] || png[17] || png[18] || png[20] || png[21] || png[22]) return;
    if (!png[19] || png[19] > LARGEST || !png[23] || png[23] > LARGEST) return;
    r->w = png[19];
    r->h = png[23];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int sizes[SIZES][2] = {{1, 1}, {7, 5}, {28, 28}, {64, 3}};
    static reading r;
    if (!size) return 0;
    int what = data[0];
    r.c = what & IN_COLOUR ? 3 : 1;
    r.h = sizes[what >> 2 & 3][0];
    r.w = sizes[what >> 2 & 3][1];
    r.file = as_file(data + 1, size - 1);
    memory_peak = 0;
    if (what & AS_MASK) {
        use_own_size(&r, data + 1, size - 1);
        if (attempt(read_as_mask, &r)) must_be_empty();
    } else
        attempt(read_and_free, &r);
    promise(memory_peak <= PICTURE_MEMORY, "a picture takes no more than 256 MB");
    return 0;
}

/* ---- mutations ---- */

static uint32_t number_at(const uint8_t *x) { return (uint32_t)x[0] << 24 | x[1] << 16 | x[2] << 8 | x[3]; }

static void put_number(uint8_t *x, uint32_t n)
{
    for (int i = 0; i < 4; ++i) x[i] = n >> (24 - 8 * i);
}

/* Lengths that fit, and right checksums. */
static void repair(uint8_t *png, size_t size)
{
    for (size_t at = SIGNATURE; size - at >= OVERHEAD;) {
        size_t n = number_at(png + at), most = size - at - OVERHEAD;
        if (n > most) put_number(png + at, n = most);
        put_number(png + at + 8 + n, crc32(0, png + at + 4, n + 4));
        at += OVERHEAD + n;
    }
}

/* Mutates what the first IDAT holds. Returns the file's new size, or 0. */
static size_t mutate_pixels(uint8_t *png, size_t size, size_t max_size)
{
    static uint8_t plain[ROOM], packed[ROOM];
    uLongf n = ROOM, bytes = ROOM;
    size_t at = SIGNATURE;
    while (size - at >= OVERHEAD && memcmp(png + at + 4, "IDAT", 4)) {
        size_t chunk = number_at(png + at);
        if (chunk > size - at - OVERHEAD) return 0;
        at += OVERHEAD + chunk;
    }
    if (size - at < OVERHEAD || number_at(png + at) > size - at - OVERHEAD) return 0;
    size_t old = number_at(png + at), behind = size - at - 8 - old;
    if (uncompress(plain, &n, png + at + 8, old) != Z_OK || !n) return 0;
    n = LLVMFuzzerMutate(plain, n, ROOM);
    if (compress2(packed, &bytes, plain, n, 1) != Z_OK || at + 8 + bytes + behind > max_size) return 0;
    memmove(png + at + 8 + bytes, png + at + 8 + old, behind);
    memcpy(png + at + 8, packed, bytes);
    put_number(png + at, bytes);
    return at + 8 + bytes + behind;
}

/* A frame of a JPEG becomes small: its entropy-coded data is then more often enough. */
static void shrink_frame(uint8_t *jpeg, size_t size, dice *d)
{
    for (size_t i = 0; i + 9 < size; ++i) {
        if (jpeg[i] != 0xff || jpeg[i + 1] < 0xc0 || jpeg[i + 1] > 0xc2) continue;
        jpeg[i + 5] = jpeg[i + 7] = 0;
        jpeg[i + 6] = 1 + roll(d, LARGEST);
        jpeg[i + 8] = 1 + roll(d, LARGEST);
    }
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    dice d = dice_of(seed);
    int is_png = size > 24 && !memcmp(data + 1, png_signature, SIGNATURE);
    if (is_png && !roll(&d, 3)) {
        size_t n = mutate_pixels(data + 1, size - 1, max_size - 1);
        if (n) size = 1 + n;
    } else
        size = LLVMFuzzerMutate(data, size, max_size);
    if (size > 24 && !memcmp(data + 1, png_signature, SIGNATURE)) {
        if (roll(&d, 4)) data[17] = data[18] = data[19] = data[21] = data[22] = data[23] = 0;
        if (roll(&d, 8)) repair(data + 1, size - 1);
    } else if (!roll(&d, 16))
        shrink_frame(data, size, &d);
    return size;
}
