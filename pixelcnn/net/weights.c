/*
weights.c - see weights.h.

The format is Darknet's, unchanged. In a Gated PixelCNN the header's revision is a hash of what the layers
compute.

For stock nets two habits of Darknet's users still work: a file may end after any layer (pretrained weights of
the first layers), and it may be longer than the net. Both are reported on stderr.
*/
#include <errno.h>
#include <math.h>
#include <xxhash.h>
#include "base/atomic_file.h"
#include "base/errors.h"
#include "base/input_file.h"
#include "base/printable.h"
#include "base/text.h"
#include "base/verbose.h"
#include "pixelcnn/net/layer_table.h"
#include "pixelcnn/net/net_gpu.h"
#include "pixelcnn/net/pixelcnn_net.h"
#include "pixelcnn/net/weights.h"

typedef struct {
    int major, minor, revision;
} weights_header;

static int is_transposed(weights_header h) { return h.major > 1000 || h.minor > 1000; }

/* The first format stores the images seen as an int, later ones as 64 bits, a size_t where Darknet runs. */
static size_t seen_bytes(weights_header h)
{
    return !is_transposed(h) && h.major * 10 + h.minor >= 2 ? sizeof(uint64_t) : sizeof(int);
}

/* Hashes at most `most` bytes of a layer's meaning; stock layers have none. */
static uint64_t layer_meaning(layer l, uint64_t hash, size_t most)
{
    char text[256];
    if (!is_ours(&l)) {
        snprintf(text, sizeof text, "%s n=%d groups=%d activation=%d;", section_of(&l), l.n, l.groups, l.activation);
        return XXH64(text, strlen(text), hash);
    }
    XXH64_state_t joined;
    XXH64_reset(&joined, hash);
    XXH64_update(&joined, base_of(&l)->meaning, strnlen(base_of(&l)->meaning, most));
    XXH64_update(&joined, ";", 1);
    return XXH64_digest(&joined);
}

static uint64_t meaning_of_layers(const network *net, size_t most)
{
    uint64_t hash = 0;
    for (int i = 0; i < net->n; ++i) hash = layer_meaning(net->layers[i], hash, most);
    return hash;
}

uint64_t net_meaning(const network *net) { return meaning_of_layers(net, SIZE_MAX); }

enum { CUT_MEANING = 191 };

uint64_t truncated_net_meaning(const network *net) { return meaning_of_layers(net, CUT_MEANING); }

static int revision_of(uint64_t meaning)
{
    int revision = meaning & 0x7fffffff;
    return revision ? revision : 1;
}

int net_revision(const network *net) { return find_pixelcnn_net(net) ? revision_of(net_meaning(net)) : 0; }

/* arrays: room for those of a layer. */
static void write_layers(network *net, atomic_file *f, int cutoff, param *arrays)
{
    weights_header h = {0, 2, net_revision(net)};
    uint64_t seen = *net->seen;
    pull_net(net);
    atomic_write(f, &h, sizeof h);
    atomic_write(f, &seen, sizeof seen);
    for (int i = 0; i < net->n && i < cutoff; ++i) {
        if (net->layers[i].dontsave) continue;
        int n = layer_arrays(net->layers[i], 0, arrays);
        for (int k = 0; k < n; ++k) atomic_write(f, arrays[k].value, arrays[k].n * sizeof(float));
    }
}

void write_weights(network *net, atomic_file *f, int cutoff)
{
    param *arrays = array_list(net);
    write_layers(net, f, cutoff, arrays);
    free(arrays);
}

int try_save_weights(network *net, const char *file, int cutoff, char *error)
{
    atomic_file f;
    param *arrays = array_list(net); // before the file is opened, since it may exit
    atomic_open(&f, file);
    write_layers(net, &f, cutoff, arrays);
    free(arrays);
    int failed = atomic_close(&f);
    if (failed) strcpy(error, f.error);
    return failed;
}

void save_layers(network *net, const char *file, int cutoff)
{
    char error[512];
    fprintf(stderr, "Saving weights to %s\n", printable(file));
    if (try_save_weights(net, file, cutoff, error)) die("%s", error);
}

/* ---- loading ---- */

/* A file, or its content in memory. */
typedef struct {
    const char *name;
    FILE *stream;               // NULL: in memory
    const unsigned char *bytes; // of the file
    long long size, at;         // bytes of the file, and bytes read so far
} weights_file;

static void read_exactly(weights_file *f, void *to, size_t bytes)
{
    if (!f->stream && f->size - f->at < (long long)bytes)
        die("%s: %lld bytes: truncated at byte %lld", f->name, f->size, f->at);
    if (!f->stream)
        memcpy(to, f->bytes + f->at, bytes);
    else if (fread(to, 1, bytes, f->stream) != bytes)
        die("%s: cannot read %zu bytes at byte %lld: %s", f->name, bytes, f->at, strerror(errno));
    f->at += bytes;
}

static weights_file open_weights_file(const char *name)
{
    weights_file f = {.name = name, .stream = open_input(name)};
    if (fseek(f.stream, 0, SEEK_END) || (f.size = ftell(f.stream)) < 0 || fseek(f.stream, 0, SEEK_SET))
        die("%s: cannot determine its size: %s", name, strerror(errno));
    return f;
}

static weights_header read_header(weights_file *f, uint64_t *seen)
{
    weights_header h = {0};
    if (f->size < (long long)(sizeof h + sizeof(int)))
        die("%s: %lld byte%s, a weights file has at least %zu: truncated or not a weights file", f->name, f->size,
            plural_s(f->size), sizeof h + sizeof *seen);
    read_exactly(f, &h, sizeof h);
    if (h.major < 0 || h.minor < 0 || h.revision < 0)
        die("%s: header %d.%d.%d at byte 0, expected 0.2.n: not a weights file", f->name, h.major, h.minor, h.revision);
    if (f->size < (long long)(sizeof h + seen_bytes(h)))
        die("%s: %lld byte%s: truncated within the header", f->name, f->size, plural_s(f->size));
    *seen = 0;
    read_exactly(f, seen, seen_bytes(h));
    return h;
}

static int layer_floats(layer l, param *arrays, int *n, size_t *floats)
{
    *floats = 0;
    *n = l.dontload ? 0 : layer_arrays(l, 1, arrays);
    for (int k = 0; k < *n; ++k) *floats += arrays[k].n;
    return *n > 0;
}

/* A file for a Gated PixelCNN must have the exact size and belong to this net. */
static void check_our_file(const network *net, const weights_file *f, weights_header h, int start, int cutoff)
{
    param *arrays = array_list(net);
    int n;
    size_t floats, total = 0;
    for (int i = start; i < net->n && i < cutoff; ++i) {
        layer_floats(net->layers[i], arrays, &n, &floats);
        total += floats;
    }
    free(arrays);
    long long expected = f->at + (long long)(total * sizeof(float));
    int whole = start == 0 && cutoff >= net->n;
    if (f->size < expected || (whole && f->size > expected))
        die("%s: %lld bytes, this net needs %lld: %s, or weights of another cfg", f->name, f->size, expected,
            f->size < expected ? "truncated" : "too long");
    if (h.major != 0 || h.minor != 2) die("%s: header %d.%d, expected 0.2", f->name, h.major, h.minor);
    if (!h.revision)
        fprintf(stderr, "%s: does not record its net; assuming that it belongs to this cfg\n", printable(f->name));
    else if (h.revision != net_revision(net) && h.revision == revision_of(truncated_net_meaning(net)))
        fprintf(stderr,
                "%s: written by an earlier version, which cannot tell long skip_sum lists apart; assuming that it "
                "belongs to this cfg\n",
                printable(f->name));
    else if (h.revision != net_revision(net))
        die("%s: belongs to a different net (revision %d, this cfg %d); use the cfg that it was trained with", f->name,
            h.revision, net_revision(net));
}

/* For a Gated PixelCNN: finite, and zero where masked. */
static void check_values(const weights_file *f, int layer_index, const param *p)
{
    for (size_t k = 0; k < p->n; ++k) {
        if (!isfinite(p->value[k]))
            die("%s: layer %d, %s[%zu] = %g: NaN or infinity; use an earlier checkpoint", f->name, layer_index, p->name,
                k, p->value[k]);
        if (p->allowed && !p->allowed[k] && p->value[k] != 0)
            die("%s: layer %d, %s[%zu] = %g must be 0: masked by the order of colours", f->name, layer_index, p->name,
                k, p->value[k]);
    }
}

static void load_layer(weights_file *f, const network *net, int i, int transposed, param *arrays)
{
    layer l = net->layers[i];
    int n = l.dontload ? 0 : layer_arrays(l, 1, arrays);
    for (int k = 0; k < n; ++k) {
        read_exactly(f, arrays[k].value, arrays[k].n * sizeof(float));
        if (find_pixelcnn_net(net)) check_values(f, i, arrays + k);
    }
    const layer_row *row = row_of_type(l.type);
    if (n && row && row->loaded) row->loaded(l, transposed);
}

/* The first layer from start on that the file does not contain: cutoff, or an earlier one if the file holds
   only first layers. */
static int layers_in_file(const network *net, const weights_file *f, int start, int cutoff)
{
    param *arrays = array_list(net);
    int n;
    size_t floats;
    long long at = f->at;
    int i = start;
    for (; i < cutoff; ++i) {
        if (!layer_floats(net->layers[i], arrays, &n, &floats)) continue;
        if (at == f->size) break;
        at += floats * sizeof(float);
        if (at > f->size)
            die("%s: %lld bytes, layer %d would end at byte %lld: truncated, or weights of another cfg", f->name,
                f->size, i, at);
    }
    free(arrays);
    if (i == cutoff && at < f->size && start == 0 && cutoff == net->n)
        fprintf(stderr, "%s: %lld byte%s follow%s the last layer; are these weights of another cfg? ",
                printable(f->name), f->size - at, plural_s(f->size - at), f->size - at == 1 ? "s" : "");
    return i;
}

/* Layers start .. cutoff-1 from an open file. */
static void read_layers(network *net, weights_file *f, int start, int cutoff)
{
    uint64_t seen;
    weights_header h = read_header(f, &seen);
    if (cutoff > net->n) cutoff = net->n;
    if (find_pixelcnn_net(net)) check_our_file(net, f, h, start, cutoff);
    int end = layers_in_file(net, f, start, cutoff);
    pull_net(net);
    param *arrays = array_list(net);
    for (int i = start; i < end; ++i) load_layer(f, net, i, is_transposed(h), arrays);
    free(arrays);
    push_net(net);
    *net->seen = seen;
    if (end < cutoff)
        fprintf(stderr, "Done! (layers from %d on are not in the file and keep their initial weights)\n", end);
    else if (verbose)
        fprintf(stderr, "Done!\n");
    stderr_line_open = 0;
}

static void say_loading(const char *what, const char *file)
{
    if (verbose) fprintf(stderr, "Loading %s%s...", what, printable(file));
    stderr_line_open = verbose;
}

void load_layers(network *net, const char *file, int start, int cutoff)
{
    say_loading("weights from ", file);
    weights_file f = open_weights_file(file);
    read_layers(net, &f, start, cutoff);
    fclose(f.stream);
}

void load_weights_bytes(network *net, const char *name, const void *bytes, size_t size)
{
    weights_file f = {.name = name, .bytes = bytes, .size = (long long)size};
    say_loading("", name);
    read_layers(net, &f, 0, net->n);
}
