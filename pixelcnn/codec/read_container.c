/* Reads .gpc files. */
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/available_memory.h"
#include "base/errors.h"
#include "base/input_file.h"
#include "base/memory.h"
#include "base/text.h"
#include "layers/layer_kind.h"
#include "pixelcnn/codec/container.h"
#include "pixelcnn/codec/container_bytes.h"
#include "pixelcnn/sample/draw_level.h"

/* ---- bytes ---- */

gpc_source open_gpc_file(const char *name)
{
    struct stat s;
    gpc_source from = {.name = name, .stream = open_input(name)};
    if (fstat(fileno(from.stream), &s)) die("%s: cannot determine its size: %s", name, strerror(errno));
    from.size = (uint64_t)s.st_size;
    return from;
}

/* pread, as several threads read. */
static void read_at(const gpc_source *from, uint64_t at, void *to, size_t n)
{
    if (!from->stream) {
        memcpy(to, from->bytes + at, n);
        return;
    }
    for (ssize_t got; n; n -= got, at += got, to = (char *)to + got) {
        got = pread(fileno(from->stream), to, n, (off_t)at);
        if (got < 0)
            die("%s: cannot read %zu bytes at byte %llu: %s", from->name, n, (unsigned long long)at, strerror(errno));
        if (!got) die("%s: has become shorter: ends at byte %llu", from->name, (unsigned long long)at);
    }
}

/* ---- the header ---- */

static void check_start(const gpc_source *from, const unsigned char *bytes)
{
    unsigned version = (unsigned)number_at(bytes + AT_VERSION, 2),
             arithmetic = (unsigned)number_at(bytes + AT_ARITHMETIC, 2);
    if (memcmp(bytes, gpc_magic, GPC_MAGIC)) die("%s: not a .gpc file: wrong magic in the first 8 bytes", from->name);
    if (version != GPC_VERSION)
        die("%s: version %u at byte 8, this program reads %d: use the program that compressed it", from->name, version,
            GPC_VERSION);
    if (number_at(bytes + AT_CHECK, 4) != check_of_header(bytes))
        die("%s: damaged between byte 0 and %d", from->name, GPC_HEADER);
    if (arithmetic != GPC_ARITHMETIC)
        die("%s: arithmetic %u at byte %d, this program has %d: use the program that compressed it", from->name,
            arithmetic, AT_ARITHMETIC, GPC_ARITHMETIC);
}

static gpc_header header_of(const unsigned char *bytes)
{
    return (gpc_header){.meaning = number_at(bytes + AT_MEANING, 8),
                        .weights = number_at(bytes + AT_WEIGHTS, 8),
                        .images = (uint32_t)number_at(bytes + AT_IMAGES, 4),
                        .height = (uint32_t)number_at(bytes + AT_HEIGHT, 4),
                        .width = (uint32_t)number_at(bytes + AT_WIDTH, 4),
                        .channels = bytes[AT_CHANNELS],
                        .levels = bytes[AT_LEVELS] + 1u,
                        .in_block = (uint32_t)number_at(bytes + AT_IN_BLOCK, 2),
                        .together = (uint32_t)number_at(bytes + AT_TOGETHER, 2),
                        .labels = bytes[AT_LABELS],
                        .quantised = bytes[AT_QUANTISED],
                        .classes = (uint32_t)number_at(bytes + AT_CLASSES, 4),
                        .class = (uint32_t)number_at(bytes + AT_CLASS, 4)};
}

/* The check says that the header is as it was written, but not that a compressor wrote it. */
static void check_header(const gpc_source *from, const gpc_header *h, const unsigned char *bytes)
{
    int has_class = h->labels == LABELS_ONE_CLASS, has_none = h->labels == LABELS_NONE;
    const struct {
        const char *name;
        int at;
        uint32_t value, least, most;
    } fields[] = {{"images", AT_IMAGES, h->images, 1, INT_MAX},
                  {"height", AT_HEIGHT, h->height, 1, LARGEST_SIZE},
                  {"width", AT_WIDTH, h->width, 1, LARGEST_SIZE},
                  {"channels", AT_CHANNELS, h->channels, 1, 255},
                  {"levels", AT_LEVELS, h->levels, 2, MOST_LEVELS},
                  {"kind of labels", AT_LABELS, h->labels, 0, LABEL_KINDS - 1},
                  {"quantised", AT_QUANTISED, h->quantised, 0, 1},
                  {"images in a block", AT_IN_BLOCK, h->in_block, 1, MOST_IN_BLOCK},
                  {"images together", AT_TOGETHER, h->together, 1, MOST_TOGETHER},
                  {"numbers per label", AT_CLASSES, h->classes, !has_none, has_none ? 0 : LARGEST_SIZE},
                  {"class", AT_CLASS, h->class, 0, has_class ? h->classes : 0},
                  {"reserved", AT_ZERO, (uint32_t)number_at(bytes + AT_ZERO, 4), 0, 0}};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; ++i)
        if (fields[i].value < fields[i].least || fields[i].value > fields[i].most)
            die("%s: %s %u at byte %d, expected %u to %u", from->name, fields[i].name, fields[i].value, fields[i].at,
                fields[i].least, fields[i].most);
}

static gpc_header read_header(const gpc_source *from, unsigned char *bytes)
{
    if (from->size < GPC_HEADER + GPC_END)
        die("%s: %llu byte%s, a .gpc file has at least %d: truncated, or not a .gpc file", from->name,
            (unsigned long long)from->size, plural_s(from->size), GPC_HEADER + GPC_END);
    read_at(from, 0, bytes, GPC_HEADER);
    check_start(from, bytes);
    gpc_header h = header_of(bytes);
    check_header(from, &h, bytes);
    return h;
}

/* ---- the label of all images ---- */

static float *read_label(const gpc_source *from, const gpc_header *h, const unsigned char *bytes)
{
    if (h->labels != LABELS_ONE_CLASS && h->labels != LABELS_ONE_VECTOR) return 0;
    float *label = checked_calloc(h->classes, sizeof *label);
    if (h->labels == LABELS_ONE_CLASS && h->class < h->classes) label[h->class] = 1;
    for (size_t k = 0; k < label_bytes(h) / 4; ++k) {
        uint32_t bits = (uint32_t)number_at(bytes + GPC_HEADER + 4 * k, 4);
        memcpy(label + k, &bits, sizeof bits);
        if (!isfinite(label[k]))
            die("%s: number %zu of the label is %g at byte %zu", from->name, k, label[k], GPC_HEADER + 4 * k);
    }
    return label;
}

/* ---- the index ---- */

/* Exits 1 unless the blocks that the entries describe fill the file between `first` and `end`. */
static void place_blocks(gpc_file *f, const unsigned char *entries, uint64_t first, uint64_t end)
{
    int n = gpc_blocks(&f->h);
    f->at = checked_calloc((size_t)n + 1, sizeof *f->at);
    f->check = checked_calloc(n, sizeof *f->check);
    f->at[0] = first;
    for (int b = 0; b < n; ++b) {
        f->at[b + 1] = f->at[b] + number_at(entries + (size_t)b * GPC_ENTRY, 4);
        f->check[b] = (uint32_t)number_at(entries + (size_t)b * GPC_ENTRY + 4, 4);
        if (f->at[b + 1] > end)
            die("%s: block %d ends at byte %llu, the index starts at byte %llu", f->from.name, b,
                (unsigned long long)f->at[b + 1], (unsigned long long)end);
    }
    if (f->at[n] != end)
        die("%s: the blocks end at byte %llu, the index starts at byte %llu", f->from.name,
            (unsigned long long)f->at[n], (unsigned long long)end);
}

/* head: the bytes before the blocks. */
static void read_index(gpc_file *f, const unsigned char *head, size_t head_bytes)
{
    XXH64_state_t hash;
    uint64_t entries = (uint64_t)gpc_blocks(&f->h) * GPC_ENTRY, end = f->from.size - GPC_END - entries;
    require_memory(2.5 * entries, f->from.name, "its index"); // as bytes, and as numbers
    unsigned char *bytes = checked_malloc(entries + GPC_END);
    read_at(&f->from, end, bytes, entries + GPC_END);
    XXH64_reset(&hash, 0);
    XXH64_update(&hash, head, head_bytes);
    XXH64_update(&hash, bytes, entries);
    if (XXH64_digest(&hash) != number_at(bytes + entries, GPC_END))
        die("%s: truncated, longer than it was, or damaged outside of its blocks: the index should start at byte %llu",
            f->from.name, (unsigned long long)end);
    place_blocks(f, bytes, head_bytes, end);
    free(bytes);
}

/* ---- files ---- */

gpc_file *read_gpc_file(gpc_source from)
{
    unsigned char start[GPC_HEADER];
    gpc_header h = read_header(&from, start);
    size_t head = GPC_HEADER + label_bytes(&h);
    uint64_t least = head + (uint64_t)gpc_blocks(&h) * GPC_ENTRY + GPC_END;
    if (from.size < least)
        die("%s: %llu bytes, %u image%s in blocks of %u take%s at least %llu: truncated", from.name,
            (unsigned long long)from.size, h.images, plural_s(h.images), h.in_block, h.images == 1 ? "s" : "",
            (unsigned long long)least);
    gpc_file *f = checked_calloc(1, sizeof *f);
    *f = (gpc_file){.from = from, .h = h};
    unsigned char *bytes = checked_malloc(head);
    read_at(&from, 0, bytes, head);
    f->label = read_label(&from, &h, bytes);
    read_index(f, bytes, head);
    free(bytes);
    return f;
}

void free_gpc_file(gpc_file *f)
{
    free(f->label);
    free(f->at);
    free(f->check);
    free(f);
}

void read_gpc_block(const gpc_file *f, int b, unsigned char *to)
{
    read_at(&f->from, f->at[b], to, f->at[b + 1] - f->at[b]);
}
