#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/available_memory.h"
#include "base/byte_source.h"
#include "base/errors.h"
#include "base/memory.h"
#include "base/row_file.h"
#include "base/text.h"
#include "pixelcnn/data/npy.h"

enum { MAGIC = 6, LONGEST_HEADER = 4096 };
static const double MOST_ITEMS = 64e9;

/* ---- the header: a Python dictionary such as {'descr': '|u1', 'fortran_order': False, 'shape': (60000, 28,
   28), } ---- */

typedef struct {
    const char *name, *text, *at; // text: the dictionary, which ends with 0
    size_t start;                 // the byte of the file at which it starts
} npy_text;

static void __attribute__((noreturn)) refuse(const npy_text *t, const char *expected)
{
    die("%s: byte %zu: expected %s, got \"%.20s\"", t->name, t->start + (t->at - t->text), expected, t->at);
}

static void skip_spaces(npy_text *t) { t->at += strspn(t->at, " \n"); }

static int take(npy_text *t, const char *word)
{
    skip_spaces(t);
    size_t n = strlen(word);
    if (strncmp(t->at, word, n)) return 0;
    t->at += n;
    return 1;
}

static void need(npy_text *t, const char *word)
{
    if (!take(t, word)) refuse(t, word);
}

/* 'descr': byte order, kind and bytes of an item. */
static void read_type(npy_text *t, npy_header *x)
{
    skip_spaces(t);
    char order, kind;
    int bytes, read = 0;
    if (*t->at == '\'' && t->at[1] && t->at[2] && strchr("USO", t->at[2]))
        die("%s: an array of %s; expected numbers%s", t->name, t->at[2] == 'O' ? "Python objects" : "text",
            t->at[2] == 'O' ? "" : ": for labels save numpy.unique(a, return_inverse=True)[1]");
    if (sscanf(t->at, "'%c%c%1d'%n", &order, &kind, &bytes, &read) != 3 || !read || !strchr("<>|=", order) ||
        !strchr("uifb", kind) || (bytes & (bytes - 1)) || !bytes || (kind == 'f' && bytes < 4) ||
        (kind == 'b' && bytes > 1))
        refuse(t, "the type of an array of integers or floats, such as '|u1' (save it with numpy.save)");
    t->at += read;
    x->kind = kind;
    x->bytes = bytes;
    const uint16_t one = 1;
    int little = *(const unsigned char *)&one;
    x->swapped = bytes > 1 && (order == '>' ? little : order == '<' ? !little : 0);
}

static void read_order(npy_text *t)
{
    if (take(t, "True")) die("%s: in Fortran order; save numpy.ascontiguousarray(a)", t->name);
    need(t, "False");
}

/* 'shape': a tuple, which has a comma even where it has one item. */
static void read_shape(npy_text *t, npy_header *x)
{
    double items = x->items = 1;
    need(t, "(");
    while (!take(t, ")")) {
        skip_spaces(t);
        char *end;
        long n = strtol(t->at, &end, 10);
        if (end > t->at && !n) die("%s: an empty array: one of its dimensions is 0", t->name);
        if (end == t->at || n < 1 || n > INT32_MAX || (items *= n) > MOST_ITEMS)
            refuse(t, "a size of 1 to 2147483647 of at most 64e9 items in all");
        if (x->ndims == NPY_MOST_DIMS) refuse(t, "at most 4 dimensions");
        t->at = end;
        x->dims[x->ndims++] = (int)n;
        x->items *= n;
        if (!take(t, ",")) {
            need(t, ")");
            break;
        }
    }
    if (!x->ndims) refuse(t, "at least 1 dimension");
}

static void read_dictionary(npy_text *t, npy_header *x)
{
    int type = 0, order = 0, shape = 0;
    need(t, "{");
    while (!take(t, "}")) {
        if (!type && take(t, "'descr':"))
            type = 1, read_type(t, x);
        else if (!order && take(t, "'fortran_order':"))
            order = 1, read_order(t);
        else if (!shape && take(t, "'shape':"))
            shape = 1, read_shape(t, x);
        else
            refuse(t, "'descr', 'fortran_order' or 'shape', each once");
        if (!take(t, ",")) {
            need(t, "}");
            break;
        }
    }
    skip_spaces(t);
    if (*t->at || !type || !order || !shape) refuse(t, "'descr', 'fortran_order' and 'shape', and nothing else");
}

/* Before anything is allocated: can the source hold that? */
static void check_length(const npy_header *x)
{
    double whole = x->start + (double)x->items * x->bytes, most = max_content_bytes(x->source);
    if (most < whole) die("%s: its shape needs %.0f bytes of content, it has %.0f: truncated", x->name, whole, most);
}

static void read_exactly(npy_header *x, void *to, size_t n, size_t at)
{
    size_t got = read_byte_source(x->source, to, n);
    if (got < n) die("%s: %zu byte%s of content: truncated within the header", x->name, at + got, plural_s(at + got));
}

npy_header open_npy(byte_source *source, const char *name)
{
    npy_header x = {.name = name, .source = source};
    unsigned char start[MAGIC + 2 + 4];
    read_exactly(&x, start, MAGIC + 2, 0);
    if (memcmp(start, "\x93NUMPY", MAGIC)) die("%s: byte 0: not an array file, which starts with \\x93NUMPY", name);
    int version = start[MAGIC], wide = version > 1 ? 4 : 2;
    if (version < 1 || version > 3) die("%s: byte 6: version %d, expected 1 to 3", name, version);
    read_exactly(&x, start + MAGIC + 2, wide, MAGIC + 2);
    size_t length = 0;
    for (int i = wide; i--;) length = length << 8 | start[MAGIC + 2 + i];
    if (length > LONGEST_HEADER)
        die("%s: byte 8: a header of %zu bytes, expected at most %d", name, length, LONGEST_HEADER);
    char text[LONGEST_HEADER + 1] = "";
    read_exactly(&x, text, length, MAGIC + 2 + wide);
    text[length] = 0;
    npy_text t = {name, text, text, MAGIC + 2 + wide};
    if (strlen(text) != length) die("%s: byte %zu: a zero byte in the header", name, t.start + strlen(text));
    read_dictionary(&t, &x);
    x.start = t.start + length;
    check_length(&x);
    return x;
}

/* ---- the items ---- */

static void read_next(const npy_header *x, unsigned char *to, size_t before, size_t bytes)
{
    size_t all = x->items * x->bytes;
    char extra;
    size_t got = read_byte_source(x->source, to, bytes);
    if (got < bytes)
        die("%s: %zu byte%s of items, its shape needs %zu: truncated", x->name, before + got, plural_s(before + got),
            all);
    if (before + bytes == all && read_byte_source(x->source, &extra, 1))
        die("%s: more than the %zu bytes of items of its shape", x->name, all);
}

/* All of them as they are in the file, in this machine's byte order. */
static unsigned char *read_items(const npy_header *x)
{
    size_t bytes = x->items * x->bytes;
    require_memory(bytes, x->name, "its items");
    unsigned char *data = checked_malloc(bytes);
    read_next(x, data, 0, bytes);
    close_byte_source(x->source);
    for (size_t i = 0; x->swapped && i < bytes; i += x->bytes)
        for (int k = 0; k < x->bytes / 2; ++k) {
            unsigned char byte = data[i + k];
            data[i + k] = data[i + x->bytes - 1 - k];
            data[i + x->bytes - 1 - k] = byte;
        }
    return data;
}

static void need_bytes(const npy_header *x)
{
    if (x->kind == 'f')
        die("%s: items of type f%d, expected unsigned bytes: of numbers from 0 to 1 save (255 * "
            "a).round().astype(numpy.uint8)",
            x->name, x->bytes);
    if (x->bytes != 1 || x->kind == 'i')
        die("%s: items of type %c%d, expected unsigned bytes, 0 to 255: save a.astype(numpy.uint8)", x->name, x->kind,
            x->bytes);
}

/* Booleans are black and white. */
static void spread_booleans(const npy_header *x, unsigned char *data, size_t n)
{
    for (size_t i = 0; x->kind == 'b' && i < n; ++i) data[i] = data[i] ? UCHAR_MAX : 0;
}

void read_some_npy_bytes(const npy_header *x, unsigned char *to, size_t before, size_t bytes)
{
    need_bytes(x);
    read_next(x, to, before, bytes);
    spread_booleans(x, to, bytes);
}

unsigned char *read_npy_bytes(const npy_header *x)
{
    need_bytes(x);
    unsigned char *data = read_items(x);
    spread_booleans(x, data, x->items);
    return data;
}

int is_npy_raw(const npy_header *x) { return x->kind == 'u' && x->bytes == 1 && is_raw(x->source); }

row_file *rows_of_npy(const npy_header *x, size_t row_bytes)
{
    if (!is_npy_raw(x)) return 0;
    if (max_content_bytes(x->source) > x->start + (double)x->items)
        die("%s: more than the %zu bytes of items of its shape", x->name, x->items);
    row_file *rows = open_row_file(raw_descriptor(x->source), x->name, x->start, row_bytes);
    close_byte_source(x->source);
    return rows;
}

/* An item as a double: right for each integer below 2^53. */
static double item_at(const npy_header *x, const unsigned char *p)
{
    union {
        uint8_t u1;
        int8_t i1;
        uint16_t u2;
        int16_t i2;
        uint32_t u4;
        int32_t i4;
        uint64_t u8;
        int64_t i8;
        float f4;
        double f8;
    } v;
    memcpy(&v, p, x->bytes);
    if (x->kind == 'f') return x->bytes == 4 ? v.f4 : v.f8;
    int is_signed = x->kind == 'i';
    switch (x->bytes) {
    case 1:
        return is_signed ? v.i1 : v.u1;
    case 2:
        return is_signed ? v.i2 : v.u2;
    case 4:
        return is_signed ? (double)v.i4 : v.u4;
    default:
        return is_signed ? (double)v.i8 : (double)v.u8;
    }
}

int *read_npy_integers(const npy_header *x)
{
    if (x->kind == 'f') die("%s: items of type f%d, expected integers: save a.astype(int)", x->name, x->bytes);
    unsigned char *data = read_items(x);
    int *to = checked_calloc(x->items, sizeof *to);
    for (size_t i = 0; i < x->items; ++i) {
        double v = item_at(x, data + i * x->bytes);
        if (fabs(v) > INT32_MAX) die("%s: item %zu is %.17g: too large", x->name, i, v);
        to[i] = (int)v;
    }
    free(data);
    return to;
}

float *read_npy_floats(const npy_header *x)
{
    unsigned char *data = read_items(x);
    float *to = checked_calloc(x->items, sizeof *to);
    for (size_t i = 0; i < x->items; ++i) {
        to[i] = (float)item_at(x, data + i * x->bytes);
        if (!isfinite(to[i])) die("%s: item %zu is %g: expected a finite number", x->name, i, to[i]);
    }
    free(data);
    return to;
}
