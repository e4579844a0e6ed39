#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/available_memory.h"
#include "base/byte_source.h"
#include "base/errors.h"
#include "base/row_file.h"
#include "base/text.h"
#include "pixelcnn/data/idx.h"

enum { BLOCK = 1 << 16 };
static const double MOST_ITEMS = 64e9;

static uint32_t big_endian(const unsigned char *b)
{
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static size_t header_bytes(const idx_header *x) { return 4 + 4 * x->ndims; }
static size_t item_bytes(idx_type t) { return t == IDX_BYTE ? 1 : 4; }

static void read_dimensions(idx_header *x)
{
    unsigned char size[4];
    double items = x->items = 1;
    for (int i = 0; i < x->ndims; ++i) {
        size_t at = 4 + 4 * i, got = read_byte_source(x->source, size, 4);
        if (got < 4)
            die("%s: %zu byte%s of content, its %d dimension%s alone need %zu: truncated", x->file, at + got,
                plural_s(at + got), x->ndims, plural_s(x->ndims), header_bytes(x));
        uint32_t n = big_endian(size);
        if (n < 1 || n > INT32_MAX || (items *= n) > MOST_ITEMS)
            die("%s: byte %zu: dimension %d is %u, which is 0 or too large", x->file, at, i, n);
        x->dims[i] = n;
        x->items *= n;
    }
}

/* Checks that the file can hold its items, before anything is allocated or read. */
static void check_length(const idx_header *x)
{
    double whole = header_bytes(x) + (double)x->items * item_bytes(x->type), most = max_content_bytes(x->source);
    if (most < whole && is_gzipped(x->source))
        die("%s: its dimensions need %.0f bytes of content, more than a gzipped file of its size can hold: "
            "truncated",
            x->file, whole);
    if (most < whole)
        die("%s: %.0f byte%s of content, its dimensions need %.0f: truncated", x->file, most, plural_s(most), whole);
    if (most > whole && !is_gzipped(x->source))
        die("%s: more than the %.0f bytes of content that its dimensions need", x->file, whole);
}

idx_header open_idx(const char *file, idx_type type, int least, int most)
{
    unsigned char magic[4];
    idx_header x = {.file = file, .type = type, .source = open_byte_source(file)};
    size_t got = read_byte_source(x.source, magic, 4);
    if (got < 4) die("%s: %zu byte%s of content, an IDX file has at least 8: truncated", file, got, plural_s(got));
    if (magic[0] || magic[1] || magic[2] != type || magic[3] < least || magic[3] > most)
        die("%s: byte 0: magic %02x%02x%02x%02x, expected 0000%02x and %d%s%.0d dimension%s", file, magic[0], magic[1],
            magic[2], magic[3], type, least, least < most ? " to " : "", least < most ? most : 0, plural_s(most));
    x.ndims = magic[3];
    read_dimensions(&x);
    check_length(&x);
    return x;
}

idx_header open_idx_labels(const char *file, idx_type type, int images)
{
    int ndims = type == IDX_FLOAT ? 2 : 1;
    idx_header x = open_idx(file, type, ndims, ndims);
    if (x.dims[0] != images)
        die("%s: %d label%s for %d image%s", file, x.dims[0], plural_s(x.dims[0]), images, plural_s(images));
    return x;
}

void read_idx_bytes(const idx_header *x, unsigned char *to, size_t before, size_t bytes)
{
    size_t all = x->items * item_bytes(x->type), head = header_bytes(x);
    char extra;
    size_t got = read_byte_source(x->source, to, bytes);
    if (got < bytes)
        die("%s: %zu bytes of content, its dimensions need %zu: truncated", x->file, head + before + got, head + all);
    if (before + bytes == all && read_byte_source(x->source, &extra, 1))
        die("%s: more than the %zu bytes of content that its dimensions need", x->file, head + all);
}

row_file *rows_of_idx(const idx_header *x, size_t row_bytes)
{
    if (!is_raw(x->source)) return 0;
    row_file *rows = open_row_file(raw_descriptor(x->source), x->file, header_bytes(x), row_bytes);
    close_byte_source(x->source);
    return rows;
}

void scan_idx_bytes(const idx_header *x, int (*take)(void *context, const unsigned char *items, size_t n),
                    void *context)
{
    unsigned char block[BLOCK];
    for (size_t i = 0, n; i < x->items; i += n) {
        n = x->items - i < BLOCK ? x->items - i : BLOCK;
        read_idx_bytes(x, block, i, n);
        if (take(context, block, n)) break;
    }
    close_byte_source(x->source);
}

void order_idx_floats(unsigned char *data, size_t n)
{
    for (size_t i = 0; i < 4 * n; i += 4) {
        uint32_t bits = big_endian(data + i);
        memcpy(data + i, &bits, 4);
    }
}

void *read_idx_items(const idx_header *x)
{
    size_t bytes = x->items * item_bytes(x->type);
    require_memory(bytes, x->file, "its items");
    unsigned char *data = malloc(bytes);
    if (!data) die("%s: out of memory for %zu bytes", x->file, bytes);
    read_idx_bytes(x, data, 0, bytes);
    close_byte_source(x->source);
    if (x->type == IDX_FLOAT) order_idx_floats(data, x->items);
    return data;
}

void write_idx_header(atomic_file *f, idx_type type, int ndims, const int *dims)
{
    unsigned char header[4 + 4 * 4] = {0, 0, type, (unsigned char)ndims};
    for (int i = 0; i < ndims; ++i)
        for (int k = 0; k < 4; ++k) header[4 + 4 * i + k] = (unsigned char)((uint32_t)dims[i] >> (24 - 8 * k));
    atomic_write(f, header, 4 + 4 * (size_t)ndims);
}
