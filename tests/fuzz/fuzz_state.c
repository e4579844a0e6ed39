/*
fuzz_state.c - fuzz target: .state files. Byte 0 says of which net, and of which version the mutator makes it;
the others are the file.

Hashes guard every byte. The mutator mends them most of the time, so that what lies behind them is reached.
*/
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "pixelcnn/train/solver.h"
#include "pixelcnn/train/state.h"
#include "pixelcnn/train/state_v1.h"
#include "tests/fuzz/harness.h"
#include "tests/fuzz/nets.h"
#include "tests/state_layout.h"

enum { NETS = 2, VERSIONS = 2 };
static network *nets[NETS];
static sample_file samples[VERSIONS][NETS]; // version 2, then 1

static sample_file written(network *net)
{
    sample_file s;
    atomic_file f = into_memory(&s);
    training_origin from = {.cfg = "/a/net.cfg", .cfg_text = 7, .data = 8, .start = {9, 10}};
    write_state(net, (training_progress){.seed = 3, .images = 20, .best = -1, .average = 2}, &from, (file_mark){5, 6},
                &f);
    fclose(f.stream);
    return s;
}

static size_t progress_bytes(uint32_t version)
{
    return version == 1 ? offsetof(training_progress, due) : sizeof(training_progress);
}

/* The same as the first version wrote it. */
static sample_file first_version(network *net, const sample_file *s)
{
    state_header h;
    memcpy(&h, s->bytes, sizeof h);
    size_t due = sizeof(training_progress) - progress_bytes(1),
           floats = h.bytes - sizeof h - sizeof(training_progress) - h.section[4].bytes;
    state_header one = {.version = 1, .sections = NET_SECTIONS, .bytes = sizeof h + progress_bytes(1) + floats};
    sample_file old = {.size = one.bytes, .bytes = checked_calloc(one.bytes, 1)};
    memcpy(one.magic, h.magic, sizeof h.magic);
    one.v1.meaning = meaning_v1(net);
    one.v1.schedule = schedule_v1(net);
    one.v1.weights = h.weights;
    memcpy(one.v1.section, h.section, sizeof one.v1.section);
    one.v1.section[0] = (file_mark){progress_bytes(1), XXH64(s->bytes + sizeof h, progress_bytes(1), 0)};
    one.hash = hash_of_header(&one);
    memcpy(old.bytes, &one, sizeof one);
    memcpy(old.bytes + sizeof one, s->bytes + sizeof h, progress_bytes(1));
    memcpy(old.bytes + sizeof one + progress_bytes(1), s->bytes + sizeof h + progress_bytes(1) + due, floats);
    return old;
}

/* As if it had been trained for 20 updates. */
static void pretend(network *net)
{
    solver *s = net_solver(net);
    *net->seen = 640;
    *net->t = 20;
    for (size_t k = 0; k < s->params.total; ++k) {
        s->m[k] = .01f * k - .1f;
        if (s->v) s->v[k] = 1e-4f * k;
        if (s->average) s->average[k] = .5f - .02f * k;
    }
}

void prepare(void)
{
    const char *cfgs[NETS] = {GREY_NET, COLOUR_NET};
    for (int i = 0; i < NETS; ++i) {
        nets[i] = net_from(cfgs[i]);
        pretend(nets[i]);
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

/* Numbers that a training run can have: hashes alone do not say so. */
static void check_sense(const reading *r, const uint8_t *floats, size_t bytes)
{
    const training_progress *p = &r->got.done;
    float x;
    promise(isfinite(p->best) && isfinite(p->average) && isfinite(p->seconds),
            "numbers that are not finite are refused");
    promise(p->step <= p->seen && p->seconds >= 0, "counts that cannot be are refused");
    for (size_t at = 0; at < bytes; at += sizeof x) {
        memcpy(&x, floats + at, sizeof x);
        promise(isfinite(x), "moments that are not finite are refused");
    }
}

/* What was taken is what is saved again. */
static void check(reading *r, const uint8_t *file, size_t size)
{
    restore_state(r->net, &r->got);
    sample_file s = written(r->net);
    state_header old, new;
    memcpy(&old, file, sizeof old);
    memcpy(&new, s.bytes, sizeof new);
    size_t from = sizeof old + progress_bytes(old.version), to = sizeof new + sizeof(training_progress),
           floats = s.size - new.section[SECTIONS - 1].bytes - to;
    promise(size >= from + floats && (old.version > 1 || size == from + floats), "a file of another length is refused");
    check_sense(r, file + from, floats);
    promise(!memcmp(s.bytes + to, file + from, floats), "all that is read is saved");
    promise(!memcmp(s.bytes + sizeof(state_header), file + sizeof(state_header), 16), "so are seen and step");
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

static void mend(dice *d, uint8_t *file, size_t size, const sample_file *right)
{
    state_header h;
    memcpy(&h, roll(d, 4) ? right->bytes : file, sizeof h);
    if (roll(d, 8)) memcpy(&h, right->bytes, sizeof h.magic + sizeof h.version);
    if (roll(d, 8))
        memcpy(&h.v1.meaning, right->bytes + offsetof(state_header, v1),
               sizeof h.v1.meaning); // version 2: of the weights
    if (roll(d, 4)) h.bytes = size;
    if (roll(d, 16)) rehash_sections(file, size, &h, right->bytes);
    if (!roll(d, 8)) LLVMFuzzerMutate((uint8_t *)&h, sizeof h, sizeof h);
    h.hash = hash_of_header(&h);
    memcpy(file, &h, sizeof h);
}

/* A right file with a few bits flipped, as a rule behind the header, under hashes that are right again. */
static size_t flip_bits(dice *d, uint8_t *file, const sample_file *right)
{
    memcpy(file, right->bytes, right->size);
    for (unsigned n = 1 + roll(d, 3); n; --n) {
        size_t from = roll(d, 8) ? sizeof(state_header) : 0;
        file[from + roll(d, right->size - from)] ^= 1u << roll(d, 8);
    }
    rehash_state(file, right->size, right->bytes);
    return right->size;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    dice d = dice_of(seed);
    size = LLVMFuzzerMutate(data, size, max_size);
    if (!size) return 0;
    const sample_file *right = samples[data[0] / NETS % VERSIONS] + data[0] % NETS;
    if (!roll(&d, 3) && right->size < max_size) return 1 + flip_bits(&d, data + 1, right);
    if (roll(&d, 8)) size = 1 + fit(data + 1, size - 1, max_size - 1, right);
    if (size > sizeof(state_header) && roll(&d, 8)) mend(&d, data + 1, size - 1, right);
    return size;
}
