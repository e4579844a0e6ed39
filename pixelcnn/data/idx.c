#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/available_memory.h"
#include "base/byte_source.h"
#include "base/errors.h"
#include "pixelcnn/data/idx.h"

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
            die("%s: %zu bytes of content, its %d dimensions alone need %zu: truncated", x->file, at + got, x->ndims,
                header_bytes(x));
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
    if (most < whole) die("%s: %.0f bytes of content, its dimensions need %.0f: truncated", x->file, most, whole);
    if (most > whole && !is_gzipped(x->source))
        die("%s: more than the %.0f bytes of content that its dimensions need", x->file, whole);
}

idx_header open_idx(const char *file, idx_type type, int least, int most)
{
    unsigned char magic[4];
    idx_header x = {.file = file, .type = type, .source = open_byte_source(file)};
    size_t got = read_byte_source(x.source, magic, 4);
    if (got < 4) die("%s: %zu bytes of content, an IDX file has at least 8: truncated", file, got);
    if (magic[0] || magic[1] || magic[2] != type || magic[3] < least || magic[3] > most)
        die("%s: byte 0: magic %02x%02x%02x%02x, expected 0000%02x and %d to %d dimensions", file, magic[0], magic[1],
            magic[2], magic[3], type, least, most);
    x.ndims = magic[3];
    read_dimensions(&x);
    check_length(&x);
    return x;
}

void *read_idx_items(const idx_header *x)
{
    size_t bytes = x->items * item_bytes(x->type);
    char extra;
    require_memory(bytes, x->file, "its items");
    unsigned char *data = malloc(bytes);
    if (!data) die("%s: out of memory for %zu bytes", x->file, bytes);
    size_t got = read_byte_source(x->source, data, bytes);
    if (got < bytes)
        die("%s: %zu bytes of content, its dimensions need %zu: truncated", x->file, header_bytes(x) + got,
            header_bytes(x) + bytes);
    if (read_byte_source(x->source, &extra, 1))
        die("%s: more than the %zu bytes of content that its dimensions need", x->file, header_bytes(x) + bytes);
    close_byte_source(x->source);
    for (size_t i = 0; x->type == IDX_FLOAT && i < bytes; i += 4) {
        uint32_t bits = big_endian(data + i);
        memcpy(data + i, &bits, 4);
    }
    return data;
}
