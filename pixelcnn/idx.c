/*
idx.c - IDX files. See idx.h. zlib reads raw files as they are.
*/
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include "errors.h"
#include "gated.h"
#include "idx.h"

static const double LARGEST_IDX = 64e9; // bytes

/* At most `bytes` bytes; fewer only at the end of the file. */
static size_t read_some(gzFile f, const char *file, void *to, size_t bytes)
{
    size_t got = 0;
    while (got < bytes) {
        unsigned chunk = bytes - got < (1u << 30) ? bytes - got : 1u << 30;
        int n = gzread(f, (char *)to + got, chunk);
        int code;
        const char *why = gzerror(f, &code);
        if (n < 0 || (code != Z_OK && code != Z_STREAM_END))
            die("%s: damaged at byte %zu of its content: %s", file, got, code == Z_ERRNO ? strerror(errno) : why);
        if (!n) break;
        got += n;
    }
    return got;
}

static uint32_t big_endian(const unsigned char *b)
{
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static size_t item_bytes(idx_type t) { return t == IDX_BYTE ? 1 : 4; }

static idx read_idx_header(gzFile f, const char *file, idx_type type, int least, int most)
{
    unsigned char magic[4], size[4];
    size_t got = read_some(f, file, magic, 4);
    if (got < 4) die("%s: %zu bytes of content, an IDX file has at least 8: truncated", file, got);
    if (magic[0] || magic[1] || magic[2] != type || magic[3] < least || magic[3] > most)
        die("%s: byte 0: magic %02x%02x%02x%02x, expected 0000%02x and %d to %d dimensions", file, magic[0], magic[1],
            magic[2], magic[3], type, least, most);
    idx x = {.type = type, .ndims = magic[3], .items = 1};
    double items = 1;
    for (int i = 0; i < x.ndims; ++i) {
        if ((got = read_some(f, file, size, 4)) < 4)
            die("%s: %zu bytes of content, its %d dimensions alone need %d: truncated", file, 4 + 4 * i + got, x.ndims,
                4 + 4 * x.ndims);
        uint32_t n = big_endian(size);
        if (n < 1 || n > INT32_MAX || (items *= n) > LARGEST_IDX)
            die("%s: byte %d: dimension %d is %u, which is 0 or too large", file, 4 + 4 * i, i, n);
        x.dims[i] = n;
        x.items *= n;
    }
    return x;
}

/* The items; memory is doubled as they come, so that a lying header costs nothing. */
static void read_items(gzFile f, const char *file, idx *x)
{
    size_t bytes = x->items * item_bytes(x->type), room = 0, got = 0;
    char *data = 0;
    while (got == room && got < bytes) {
        room = room ? 2 * room : 1 << 16;
        if (room > bytes) room = bytes;
        data = realloc(data, room);
        if (!data) die("%s: out of memory for %zu bytes", file, room);
        got += read_some(f, file, data + got, room - got);
    }
    size_t header = 4 + 4 * x->ndims;
    char extra;
    if (got < bytes)
        die("%s: %zu bytes of content, its dimensions need %zu: truncated", file, header + got, header + bytes);
    if (read_some(f, file, &extra, 1))
        die("%s: more than the %zu bytes of content that its dimensions need", file, header + bytes);
    x->data = data;
}

idx read_idx(const char *file, idx_type type, int least, int most)
{
    gzFile f = gzopen(file, "rb");
    if (!f) die("%s: cannot open: %s", file, strerror(errno));
    idx x = read_idx_header(f, file, type, least, most);
    read_items(f, file, &x);
    int code = gzclose_r(f);
    if (code != Z_OK) die("%s: damaged: its compressed data ends too early", file);
    if (type == IDX_FLOAT)
        for (size_t i = 0; i < x.items; ++i) {
            uint32_t bits = big_endian((unsigned char *)x.data + 4 * i);
            memcpy((char *)x.data + 4 * i, &bits, 4);
        }
    return x;
}
