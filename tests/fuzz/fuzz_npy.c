/*
fuzz_npy.c - fuzz target: NumPy's array files, as images, labels and label vectors.
*/
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/byte_source.h"
#include "pixelcnn/data/npy.h"
#include "tests/fuzz/harness.h"

void prepare(void) {}

typedef struct {
    const char *file;
    int as; // 0: bytes, 1: integers, 2: floats
    npy_header got;
    void *items;
} reading;

static void read_it(void *what)
{
    reading *r = what;
    r->got = open_npy(open_byte_source(r->file), r->file);
    r->items = r->as == 0   ? (void *)read_npy_bytes(&r->got)
               : r->as == 1 ? (void *)read_npy_integers(&r->got)
                            : (void *)read_npy_floats(&r->got);
}

static void check(const reading *r)
{
    size_t items = 1;
    promise(r->got.ndims >= 1 && r->got.ndims <= NPY_MOST_DIMS, "1 to 4 dimensions");
    for (int i = 0; i < r->got.ndims; ++i) items *= r->got.dims[i];
    promise(items == r->got.items, "items are the product of the dimensions");
    double sum = 0;
    for (size_t i = 0; i < items; ++i)
        sum += r->as == 0 ? ((unsigned char *)r->items)[i] : r->as == 1 ? ((int *)r->items)[i] : ((float *)r->items)[i];
    promise(isfinite(sum), "numbers are finite");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *file = as_file(data, size);
    for (int as = 0; as < 3; ++as) {
        reading r = {.file = file, .as = as};
        if (!attempt(read_it, &r)) continue;
        check(&r);
        free(r.items);
        must_be_empty();
    }
    return 0;
}

/* Most of the time a header of the right length, whose shape the items fill. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    static const char *const types[] = {"|u1", "<i8", ">i4", "<f4", ">f8", "|b1", "<u2"};
    dice d = dice_of(seed);
    size = LLVMFuzzerMutate(data, size, max_size);
    if (max_size < 192 || !roll(&d, 4)) return size;
    char text[128];
    const char *type = types[roll(&d, sizeof types / sizeof *types)];
    int items = roll(&d, 40), bytes = items * (type[2] - '0');
    int n = roll(&d, 2)
                ? snprintf(text, sizeof text, "{'descr': '%s', 'fortran_order': False, 'shape': (%d,), }", type, items)
                : snprintf(text, sizeof text, "{'descr': '%s', 'fortran_order': False, 'shape': (%d, 1), }", type,
                           items);
    size_t whole = 10 + n + bytes;
    if (whole > max_size) return size;
    if (whole > size) memset(data + size, 0, whole - size);
    memmove(data + 10 + n, data, bytes < (int)size ? bytes : (int)size);
    memcpy(data, "\x93NUMPY\x01", 7);
    data[7] = 0;
    data[8] = n;
    data[9] = 0;
    memcpy(data + 10, text, n);
    if (!roll(&d, 8)) data[10 + roll(&d, n)] ^= 1 << roll(&d, 8);
    return whole;
}
