/* Darknet has nothing like .state files: it forgets moments and Adam's step. */
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <sys/stat.h>
#include "base/input_file.h"
#include "base/text.h"
#include "layers/gated.h"
#include "pixelcnn/train/solver.h"
#include "pixelcnn/train/state.h"
#include "pixelcnn/train/state_header.h"
#include "pixelcnn/train/state_v1.h"

enum { VERSION = 2, SETTINGS = NET_SECTIONS, LONGEST_SETTINGS = 1 << 14 };
static const char magic[8] = "GPCNNst\n";
static const char *const names[SECTIONS] = {"progress", "m", "v", "average", "settings"};

static file_mark recorded_weights(const state_header *h) { return h->version == 1 ? h->v1.weights : h->weights; }

static file_mark section_of(const state_header *h, int i)
{
    if (h->version == 1) return i < NET_SECTIONS ? h->v1.section[i] : (file_mark){0};
    return h->section[i];
}

/* Where the sections are in memory. */
typedef struct {
    void *data[SECTIONS];
    size_t bytes[SECTIONS];
} sections;

static sections sections_of(network *net, training_progress *p, uint32_t version)
{
    solver *s = net_solver(net);
    size_t floats = s->params.total * sizeof(float),
           bytes = version == 1 ? offsetof(training_progress, due) : sizeof *p;
    return (sections){{p, s->m, s->v, s->average}, {bytes, floats, s->v ? floats : 0, s->average ? floats : 0}};
}

static uint64_t file_bytes(const sections *s)
{
    uint64_t bytes = sizeof(state_header);
    for (int i = 0; i < SECTIONS; ++i) bytes += s->bytes[i];
    return bytes;
}

void write_state(network *net, training_progress p, const training_origin *from, file_mark weights, atomic_file *f)
{
    p.seen = *net->seen;
    p.step = *net->t;
    pull_solver(net_solver(net));
    sections s = sections_of(net, &p, VERSION);
    s.data[SETTINGS] = settings_text(net, from);
    s.bytes[SETTINGS] = strlen(s.data[SETTINGS]);
    state_header h = {.version = VERSION, .sections = SECTIONS, .bytes = file_bytes(&s), .weights = weights};
    memcpy(h.magic, magic, sizeof magic);
    for (int i = 0; i < SECTIONS; ++i)
        h.section[i] = (file_mark){s.bytes[i], s.bytes[i] ? XXH64(s.data[i], s.bytes[i], 0) : 0};
    h.hash = hash_of_header(&h);
    atomic_write(f, &h, sizeof h);
    for (int i = 0; i < SECTIONS; ++i)
        if (s.bytes[i]) atomic_write(f, s.data[i], s.bytes[i]);
    free(s.data[SETTINGS]);
}

/* ---- reading ---- */

typedef struct {
    const char *name;
    FILE *stream;
    long long size;
    state_header h;
    char *error; // 512 bytes
} reading;

#define REFUSE_AS(verdict, r, format, ...)                                                                             \
    return snprintf((r)->error, 512, "%.300s: " format, (r)->name, ##__VA_ARGS__), verdict
#define REFUSE(r, ...) REFUSE_AS(STATE_DAMAGED, r, __VA_ARGS__)

/* The length of a file, or -1 with errno set. */
static long long length_of(FILE *stream)
{
    struct stat s;
    return fstat(fileno(stream), &s) ? -1 : (long long)s.st_size;
}

/* Can this program read the file? */
static state_verdict check_header(const reading *r)
{
    const state_header *h = &r->h;
    if (memcmp(h->magic, magic, sizeof magic)) REFUSE(r, "not a .state file: wrong magic in the first 8 bytes");
    if (h->version < 1 || h->version > VERSION)
        REFUSE(r, "version %u at byte 8, this program reads 1 to %d: use the program that wrote it", h->version,
               VERSION);
    if (h->hash != hash_of_header(h)) REFUSE(r, "damaged between byte 0 and %zu", sizeof *h);
    if (h->sections != (h->version == 1 ? NET_SECTIONS : SECTIONS))
        REFUSE(r, "%u sections at byte 12, expected %d", h->sections, h->version == 1 ? NET_SECTIONS : SECTIONS);
    return STATE_READ;
}

static state_verdict check_length(const reading *r)
{
    const state_header *h = &r->h;
    if (r->size != (long long)h->bytes)
        REFUSE(r, "%lld bytes, expected %llu: %s", r->size, (unsigned long long)h->bytes,
               r->size < (long long)h->bytes ? "truncated" : "too long");
    return STATE_READ;
}

static state_verdict read_header(reading *r)
{
    r->size = length_of(r->stream);
    if (r->size < 0) REFUSE(r, "cannot determine its size: %s", strerror(errno));
    if (r->size < (long long)sizeof r->h)
        REFUSE(r, "%lld byte%s, a state has at least %zu: truncated", r->size, plural_s(r->size), sizeof r->h);
    if (fread(&r->h, 1, sizeof r->h, r->stream) != sizeof r->h) REFUSE(r, "cannot read: %s", strerror(errno));
    return check_header(r);
}

/* Reads the last section without the others; NULL in version 1. Free it. */
static state_verdict read_settings(const reading *r, char **text)
{
    file_mark m = section_of(&r->h, SETTINGS);
    *text = 0;
    if (r->h.version == 1) return STATE_READ;
    if (m.bytes > LONGEST_SETTINGS || (long long)(sizeof r->h + m.bytes) > r->size)
        REFUSE(r, "section settings has %llu bytes, at most %d", (unsigned long long)m.bytes, LONGEST_SETTINGS);
    *text = checked_calloc(m.bytes + 1, 1);
    if (fseek(r->stream, r->size - m.bytes, SEEK_SET) || fread(*text, 1, m.bytes, r->stream) != m.bytes)
        REFUSE(r, "cannot read: %s", strerror(errno));
    if (XXH64(*text, m.bytes, 0) != m.hash || strlen(*text) != m.bytes)
        REFUSE(r, "section settings is damaged, between byte %lld and %lld", r->size - (long long)m.bytes, r->size);
    return STATE_READ;
}

/* Does it belong to this net? The schedule may have changed. */
static state_verdict compare_settings(network *net, const reading *r, state_file *s)
{
    char differing[160];
    if (!s->settings) {
        s->same_schedule = r->h.v1.schedule == schedule_v1(net);
        if (r->h.v1.meaning == meaning_v1(net)) return STATE_READ;
        REFUSE_AS(STATE_OF_ANOTHER, r,
                  "belongs to a different cfg: its layers, batch, adam, B1, B2, eps, momentum, decay, clip_norm or ema "
                  "differ; use the cfg that it was trained with");
    }
    s->from = read_origin(s->settings);
    char *mine = settings_text(net, 0);
    int others = differing_settings(s->settings, mine, "must", differing, sizeof differing);
    s->same_schedule = !differing_settings(s->settings, mine, "may", s->changed, sizeof s->changed);
    free(mine);
    if (!others) return STATE_READ;
    char whole[2 * PATH_MAX];
    snprintf(whole, sizeof whole, "belongs to a different cfg: %s; use the cfg that it was trained with%s%.2000s",
             differing, s->from.cfg[0] ? ", " : "", s->from.cfg);
    REFUSE_AS(STATE_OF_ANOTHER, r, "%.200s", whole);
}

/* The name and value of a number that training cannot reach; NULL: there is none. */
static const char *impossible(const network *net, const training_progress *p, double *value)
{
    uint64_t images = (uint64_t)net->batch * net->subdivisions, most = (uint64_t)INT_MAX * images;
    const struct {
        const char *name;
        double value;
        int possible;
    } numbers[] = {{"images seen", p->seen, p->seen <= most},
                   {"step", p->step, p->step <= p->seen},
                   {"skipped batches", p->skipped, p->skipped <= p->seen},
                   {"best validation", p->best, isfinite(p->best)},
                   {"running average", p->average, isfinite(p->average)},
                   {"seconds", p->seconds, isfinite(p->seconds) && p->seconds >= 0},
                   {"due", p->due, p->due <= (DUE_SHEET | DUE_VALIDATION | DUE_FINAL | DUE_LOOK)}};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; ++i)
        if (!numbers[i].possible) return *value = numbers[i].value, numbers[i].name;
    return 0;
}

/* The first float of a section that is not finite, or negative although it must not be; -1: none. */
static long long find_bad_float(const unsigned char *from, size_t bytes, int positive, float *bad)
{
    for (size_t i = 0; i < bytes; i += sizeof(float)) {
        memcpy(bad, from + i, sizeof(float));
        if (!isfinite(*bad) || (positive && *bad < 0)) return i;
    }
    return -1;
}

/* The hashes show that the file is as it was written, but not that `train` wrote it. */
static state_verdict check_numbers(const network *net, const reading *r, const state_file *s, const sections *mine)
{
    enum { SECOND_MOMENTS = 2 };
    double value;
    float bad;
    const char *name = impossible(net, &s->done, &value);
    if (name) REFUSE(r, "%s %.17g: impossible in training", name, value);
    size_t at = sizeof(state_header) + mine->bytes[0];
    for (int i = 1; i < NET_SECTIONS; at += mine->bytes[i++]) {
        long long found = find_bad_float(s->bytes + at, mine->bytes[i], i == SECOND_MOMENTS, &bad);
        if (found >= 0)
            REFUSE(r, "section %s has %g at byte %zu, expected a finite number%s", names[i], bad, at + (size_t)found,
                   i == SECOND_MOMENTS ? " of at least 0" : "");
    }
    return STATE_READ;
}

static state_verdict check_sections(network *net, const reading *r, state_file *s)
{
    sections mine = sections_of(net, &s->done, r->h.version);
    size_t at = sizeof(state_header);
    for (int i = 0; i < NET_SECTIONS; at += mine.bytes[i++]) {
        file_mark m = section_of(&r->h, i);
        if (m.bytes != mine.bytes[i])
            REFUSE(r, "section %s has %llu bytes, this net needs %zu", names[i], (unsigned long long)m.bytes,
                   mine.bytes[i]);
        if (m.bytes && XXH64(s->bytes + at, m.bytes, 0) != m.hash)
            REFUSE(r, "section %s is damaged, between byte %zu and %zu", names[i], at, at + mine.bytes[i]);
    }
    memcpy(&s->done, s->bytes + sizeof(state_header), mine.bytes[0]);
    if (s->done.step > INT_MAX)
        REFUSE(r, "step %llu at byte %zu exceeds %d", (unsigned long long)s->done.step,
               sizeof(state_header) + offsetof(training_progress, step), INT_MAX);
    return check_numbers(net, r, s, &mine);
}

static void take_marks(const reading *r, state_file *s)
{
    s->weights = recorded_weights(&r->h);
    s->average = section_of(&r->h, NET_SECTIONS - 1);
}

static state_verdict read_sections(network *net, const reading *r, state_file *s)
{
    sections mine = sections_of(net, &s->done, r->h.version);
    mine.bytes[SETTINGS] = section_of(&r->h, SETTINGS).bytes;
    long long expected = file_bytes(&mine);
    if (r->size != expected) REFUSE(r, "%lld bytes, this net's state has %lld", r->size, expected);
    s->bytes = checked_calloc(r->size, 1);
    rewind(r->stream);
    if (fread(s->bytes, 1, r->size, r->stream) != (size_t)r->size) REFUSE(r, "cannot read: %s", strerror(errno));
    return check_sections(net, r, s);
}

static state_verdict read_state(network *net, reading *r, state_file *s)
{
    state_verdict v = read_header(r);
    if (!v && r->h.version == 1) v = compare_settings(net, r, s);
    if (!v) v = check_length(r);
    if (!v) v = read_settings(r, &s->settings);
    if (!v && r->h.version > 1) v = compare_settings(net, r, s);
    if (!v) v = read_sections(net, r, s);
    take_marks(r, s);
    return v;
}

state_verdict try_read_state(network *net, const char *file, state_file *s, char *error)
{
    const char *why;
    reading r = {.name = file, .stream = try_open_input(file, &why), .error = error};
    *s = (state_file){0};
    if (!r.stream) REFUSE(&r, "cannot open: %s", why);
    state_verdict v = read_state(net, &r, s);
    fclose(r.stream);
    if (v) free_state(s);
    return v;
}

int peek_state(const char *file, state_file *s)
{
    char error[512];
    const char *why;
    reading r = {.name = file, .stream = try_open_input(file, &why), .error = error};
    *s = (state_file){0};
    if (!r.stream) return 1;
    int refused = read_header(&r) || check_length(&r) || read_settings(&r, &s->settings);
    fclose(r.stream);
    take_marks(&r, s);
    if (s->settings) s->from = read_origin(s->settings);
    if (refused) free_state(s);
    return refused;
}

void free_state(state_file *s)
{
    free(s->bytes);
    free(s->settings);
    s->bytes = 0;
    s->settings = 0;
}

void restore_state(network *net, const state_file *s)
{
    training_progress p;
    sections mine = sections_of(net, &p, ((const state_header *)s->bytes)->version);
    const unsigned char *from = s->bytes + sizeof(state_header);
    for (int i = 0; i < NET_SECTIONS; from += mine.bytes[i++])
        if (mine.bytes[i]) memcpy(mine.data[i], from, mine.bytes[i]);
    push_solver(net_solver(net));
    *net->seen = p.seen;
    *net->t = p.step;
}
