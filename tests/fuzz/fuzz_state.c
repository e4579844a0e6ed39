/*
fuzz_state.c - fuzz target: .state files. Byte 0 says of which net, and of which version the mutator makes it; the others are
the file.

Hashes guard every byte. The mutator mends them most of the time, so that what lies behind them is reached.
*/
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "harness.h"
#include "nets.h"
#include "solver.h"
#include "state.h"
#include "state_v1.h"

enum { NETS = 2, VERSIONS = 2, NET_SECTIONS = 4, SECTIONS };
static network *nets[NETS];
static sample_file samples[VERSIONS][NETS]; // version 2, then 1

/* As state.c writes it. */
typedef struct {
    char magic[8];
    uint32_t version, sections;
    uint64_t bytes;
    union {
        struct {
            uint64_t meaning, schedule;
            file_mark weights, section[NET_SECTIONS];
        } v1;
        struct {
            file_mark weights, section[SECTIONS];
        };
    };
    uint64_t hash;
} header;

static sample_file written(network *net)
{
    sample_file s;
    atomic_file f = into_memory(&s);
    origin from = {.cfg = "/a/net.cfg", .cfg_text = 7, .data = 8, .start = {9, 10}};
    write_state(net, (progress){.seed = 3, .images = 20, .threads = 1, .best = -1, .average = 2}, &from,
                (file_mark){5, 6}, &f);
    fclose(f.stream);
    return s;
}

static size_t progress_bytes(uint32_t version) { return version == 1 ? offsetof(progress, due) : sizeof(progress); }

/* The same as the first version wrote it. */
static sample_file first_version(network *net, const sample_file *s)
{
    header h;
    memcpy(&h, s->bytes, sizeof h);
    size_t due = sizeof(progress) - progress_bytes(1),
           floats = h.bytes - sizeof h - sizeof(progress) - h.section[4].bytes;
    header one = {.version = 1, .sections = NET_SECTIONS, .bytes = sizeof h + progress_bytes(1) + floats};
    sample_file old = {.size = one.bytes, .bytes = checked_calloc(one.bytes, 1)};
    memcpy(one.magic, h.magic, sizeof h.magic);
    one.v1.meaning = meaning_v1(net);
    one.v1.schedule = schedule_v1(net);
    one.v1.weights = h.weights;
    memcpy(one.v1.section, h.section, sizeof one.v1.section);
    one.v1.section[0] = (file_mark){progress_bytes(1), XXH64(s->bytes + sizeof h, progress_bytes(1), 0)};
    one.hash = XXH64(&one, offsetof(header, hash), 0);
    memcpy(old.bytes, &one, sizeof one);
    memcpy(old.bytes + sizeof one, s->bytes + sizeof h, progress_bytes(1));
    memcpy(old.bytes + sizeof one + progress_bytes(1), s->bytes + sizeof h + progress_bytes(1) + due, floats);
    return old;
}

void prepare(void)
{
    const char *cfgs[NETS] = {GREY_NET, COLOUR_NET};
    for (int i = 0; i < NETS; ++i) {
        nets[i] = net_from(cfgs[i]);
        samples[0][i] = written(nets[i]);
        samples[1][i] = first_version(nets[i], samples[0] + i);
    }
}

typedef struct {
    network *net;
    const char *file;
    state_file got;
    char error[512];
    int refused;
} reading;

static void read_it(void *what)
{
    reading *r = what;
    r->refused = try_read_state(r->net, r->file, &r->got, r->error);
}

/* What was taken is what is saved again. */
static void check(reading *r, const uint8_t *file, size_t size)
{
    use_state(r->net, &r->got);
    sample_file s = written(r->net);
    header old, new;
    memcpy(&old, file, sizeof old);
    memcpy(&new, s.bytes, sizeof new);
    size_t from = sizeof old + progress_bytes(old.version), to = sizeof new + sizeof(progress),
           floats = s.size - new.section[SECTIONS - 1].bytes - to;
    promise(size >= from + floats && (old.version > 1 || size == from + floats), "a file of another length is refused");
    promise(!memcmp(s.bytes + to, file + from, floats), "all that is read is saved");
    promise(!memcmp(s.bytes + sizeof(header), file + sizeof(header), 16), "so are seen and step");
    free(s.bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size) return 0;
    reading r = {.net = nets[data[0] % NETS], .file = as_file(data + 1, size - 1)};
    promise(attempt(read_it, &r), "a state that is refused ends nothing");
    promise(!r.refused || (r.error[0] && !r.got.bytes), "who refuses says why and keeps nothing");
    if (!r.refused) check(&r, data + 1, size - 1);
    free_state(&r.got);
    must_be_empty();
    return 0;
}

/* Of the sections where they stand in a file that is right. */
static void mend_sections(uint8_t *file, size_t size, header *h, const sample_file *right)
{
    header of;
    memcpy(&of, right->bytes, sizeof of);
    int first = of.version == 1;
    const file_mark *r = first ? of.v1.section : of.section;
    file_mark *m = first ? h->v1.section : h->section;
    for (size_t i = 0, at = sizeof *h; i < (first ? NET_SECTIONS : SECTIONS); at += r[i++].bytes)
        if (r[i].bytes && at + r[i].bytes <= size) m[i] = (file_mark){r[i].bytes, XXH64(file + at, r[i].bytes, 0)};
}

static void mend(dice *d, uint8_t *file, size_t size, const sample_file *right)
{
    header h;
    memcpy(&h, roll(d, 4) ? right->bytes : file, sizeof h);
    if (roll(d, 8)) memcpy(&h, right->bytes, sizeof h.magic + sizeof h.version);
    if (roll(d, 8))
        memcpy(&h.v1.meaning, right->bytes + offsetof(header, v1), sizeof h.v1.meaning); // version 2: of the weights
    if (roll(d, 4)) h.bytes = size;
    if (roll(d, 16)) mend_sections(file, size, &h, right);
    if (!roll(d, 8)) LLVMFuzzerMutate((uint8_t *)&h, sizeof h, sizeof h);
    h.hash = XXH64(&h, offsetof(header, hash), 0);
    memcpy(file, &h, sizeof h);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    dice d = dice_of(seed);
    size = LLVMFuzzerMutate(data, size, max_size);
    if (!size) return 0;
    const sample_file *right = samples[data[0] / NETS % VERSIONS] + data[0] % NETS;
    if (roll(&d, 8)) size = 1 + fit(data + 1, size - 1, max_size - 1, right);
    if (size > sizeof(header) && roll(&d, 8)) mend(&d, data + 1, size - 1, right);
    return size;
}
