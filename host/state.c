/*
state.c - .state files. See state.h. They have no counterpart in the host, which forgets moments and Adam's step.
*/
#include <errno.h>
#include <limits.h>
#include <sys/stat.h>
#include "pixel_softmax_layer.h"
#include "solver.h"
#include "state.h"
#include "weights.h"
#ifdef GPU
#include "solver_gpu.h"
#endif

enum { OLDEST = 1, VERSION = 2, SECTIONS = 4 };
static const char magic[8] = "GPCNNst\n";
static const char *const names[SECTIONS] = {"progress", "m", "v", "average"};

typedef struct {
    char magic[8];
    uint32_t version, sections;
    uint64_t bytes; // of the file
    uint64_t meaning, schedule;
    file_mark weights, section[SECTIONS];
    uint64_t hash; // of all that stands before
} header;

static uint64_t header_hash(const header *h) { return XXH64(h, offsetof(header, hash), 0); }

/* What the gradient is summed over and how it is used, but for the learning rate. */
static uint64_t meaning_of(const network *net)
{
    const pixel_softmax *loss = loss_of(net);
    char text[512];
    snprintf(text, sizeof text, "%d %d %d %.9g %.9g %.9g %.9g %.9g %.9g %.9g", net->batch, net->subdivisions, net->adam,
             net->B1, net->B2, loss->eps, net->momentum, net->decay, loss->clip_norm, loss->ema);
    return XXH64(text, strlen(text), net_meaning(net));
}

/* What may change on the way: learning rate, distortion. */
static uint64_t schedule_of(const network *net)
{
    char text[512];
    snprintf(text, sizeof text, "%d %.9g %d %.9g %.9g %.9g %d %d", net->policy, net->learning_rate, net->burn_in,
             net->power, net->gamma, net->scale, net->step, net->policy == POLY ? net->max_batches : 0);
    uint64_t hash = XXH64(text, strlen(text), 0);
    if (net->steps) hash = XXH64(net->steps, net->num_steps * sizeof *net->steps, hash);
    if (net->scales) hash = XXH64(net->scales, net->num_steps * sizeof *net->scales, hash);
    float distortion[] = {loss_of(net)->distort, net->angle, loss_of(net)->shear, net->aspect};
    return distortion[0] > 0 ? XXH64(distortion, sizeof distortion, hash) : hash;
}

/* Where the sections of a net are in memory. */
typedef struct {
    void *data[SECTIONS];
    size_t bytes[SECTIONS];
} sections;

static sections sections_of(network *net, progress *p, uint32_t version)
{
    solver *s = solver_of(net);
    size_t floats = s->params.total * sizeof(float), bytes = version < 2 ? offsetof(progress, due) : sizeof *p;
    return (sections){{p, s->m, s->v, s->average}, {bytes, floats, s->v ? floats : 0, s->average ? floats : 0}};
}

static uint64_t file_bytes(const sections *s)
{
    uint64_t bytes = sizeof(header);
    for (int i = 0; i < SECTIONS; ++i) bytes += s->bytes[i];
    return bytes;
}

void write_state(network *net, progress p, file_mark weights, atomic_file *f)
{
    p.seen = *net->seen;
    p.step = *net->t;
#ifdef GPU
    if (solver_of(net)->gpu) pull_solver(solver_of(net));
#endif
    sections s = sections_of(net, &p, VERSION);
    header h = {.version = VERSION,
                .sections = SECTIONS,
                .bytes = file_bytes(&s),
                .meaning = meaning_of(net),
                .schedule = schedule_of(net),
                .weights = weights};
    memcpy(h.magic, magic, sizeof magic);
    for (int i = 0; i < SECTIONS; ++i)
        h.section[i] = (file_mark){s.bytes[i], s.bytes[i] ? XXH64(s.data[i], s.bytes[i], 0) : 0};
    h.hash = header_hash(&h);
    atomic_write(f, &h, sizeof h);
    for (int i = 0; i < SECTIONS; ++i)
        if (s.bytes[i]) atomic_write(f, s.data[i], s.bytes[i]);
}

/* ---- reading ---- */

#define REFUSE(...) return snprintf(error, 512, __VA_ARGS__), 1

/* The length of a file, or -1 with errno set. */
static long long length_of(FILE *stream)
{
    struct stat s;
    return fstat(fileno(stream), &s) ? -1 : (long long)s.st_size;
}

/* Is it a state that this program can read, and of this net? */
static int check_header(network *net, const char *file, const header *h, long long size, char *error)
{
    if (memcmp(h->magic, magic, sizeof magic)) REFUSE("%.300s: not a .state file: other first 8 bytes", file);
    if (h->version < OLDEST || h->version > VERSION)
        REFUSE("%.300s: version %u at byte 8, this program reads %d to %d: use the program that wrote it", file,
               h->version, OLDEST, VERSION);
    if (h->hash != header_hash(h)) REFUSE("%.300s: damaged between byte 0 and %zu", file, sizeof *h);
    if (h->meaning != meaning_of(net))
        REFUSE("%.300s: of another cfg: its layers, batch, adam, B1, B2, eps, momentum, decay, clip_norm or ema "
               "differ; use "
               "the cfg that it was trained with",
               file);
    if (size != (long long)h->bytes)
        REFUSE("%.300s: %lld bytes, expected %llu: %s", file, size, (unsigned long long)h->bytes,
               size < (long long)h->bytes ? "truncated" : "too long");
    return 0;
}

static int check_sections(network *net, const char *file, state_file *s, char *error)
{
    const header *h = (const header *)s->bytes;
    sections mine = sections_of(net, &s->done, h->version);
    size_t at = sizeof *h;
    for (int i = 0; i < SECTIONS; at += mine.bytes[i++]) {
        if (h->sections != SECTIONS || h->section[i].bytes != mine.bytes[i])
            REFUSE("%.300s: section %s has %llu bytes, this net's %zu", file, names[i],
                   (unsigned long long)h->section[i].bytes, mine.bytes[i]);
        if (mine.bytes[i] && XXH64(s->bytes + at, mine.bytes[i], 0) != h->section[i].hash)
            REFUSE("%.300s: section %s is damaged, between byte %zu and %zu", file, names[i], at, at + mine.bytes[i]);
    }
    s->done.due = 0;
    memcpy(&s->done, s->bytes + sizeof *h, mine.bytes[0]);
    if (s->done.step > INT_MAX)
        REFUSE("%.300s: step %llu at byte %zu, at most %d can be counted", file, (unsigned long long)s->done.step,
               sizeof *h + offsetof(progress, step), INT_MAX);
    s->weights = h->weights;
    s->same_schedule = h->schedule == schedule_of(net);
    return 0;
}

static int read_stream(network *net, const char *file, FILE *stream, state_file *s, char *error)
{
    header h;
    sections mine = sections_of(net, &s->done, VERSION);
    long long size = length_of(stream), expected = file_bytes(&mine);
    if (size < 0) REFUSE("%.300s: cannot tell its size: %s", file, strerror(errno));
    if (size < (long long)sizeof h)
        REFUSE("%.300s: %lld bytes, this net's state has %lld: truncated", file, size, expected);
    if (fread(&h, 1, sizeof h, stream) != sizeof h) REFUSE("%.300s: cannot read: %s", file, strerror(errno));
    if (check_header(net, file, &h, size, error)) return 1;
    mine = sections_of(net, &s->done, h.version);
    expected = file_bytes(&mine);
    if (size != expected) REFUSE("%.300s: %lld bytes, this net's state has %lld", file, size, expected);
    s->bytes = checked_calloc(size, 1);
    memcpy(s->bytes, &h, sizeof h);
    if (fread(s->bytes + sizeof h, 1, size - sizeof h, stream) != size - sizeof h)
        REFUSE("%.300s: cannot read: %s", file, strerror(errno));
    return check_sections(net, file, s, error);
}

int try_read_state(network *net, const char *file, state_file *s, char *error)
{
    *s = (state_file){0};
    FILE *stream = fopen(file, "rb");
    if (!stream) REFUSE("%.300s: cannot open: %s", file, strerror(errno));
    int refused = read_stream(net, file, stream, s, error);
    fclose(stream);
    if (refused) {
        free(s->bytes);
        s->bytes = 0;
    }
    return refused;
}

void use_state(network *net, const state_file *s)
{
    progress p;
    sections mine = sections_of(net, &p, ((const header *)s->bytes)->version);
    const unsigned char *from = s->bytes + sizeof(header);
    for (int i = 0; i < SECTIONS; from += mine.bytes[i++])
        if (mine.bytes[i]) memcpy(mine.data[i], from, mine.bytes[i]);
#ifdef GPU
    if (solver_of(net)->gpu) push_solver(solver_of(net));
#endif
    *net->seen = p.seen;
    *net->t = p.step;
}
