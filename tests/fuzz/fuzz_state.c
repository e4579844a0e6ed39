/*
fuzz_state.c - fuzz target: .state files. Byte 0 says of which net; the others are the file.

Hashes guard every byte. The mutator mends them most of the time, so that what lies behind them is reached.
*/
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "harness.h"
#include "nets.h"
#include "solver.h"
#include "state.h"

enum { NETS = 2, SECTIONS = 4 };
static network *nets[NETS];
static sample_file samples[NETS];

/* As state.c writes it. */
typedef struct {
    char magic[8];
    uint32_t version, sections;
    uint64_t bytes, meaning, schedule;
    file_mark weights, section[SECTIONS];
    uint64_t hash;
} header;

static sample_file written(network *net)
{
    sample_file s;
    atomic_file f = into_memory(&s);
    write_state(net, (progress){.seed = 3, .images = 20, .threads = 1, .best = -1, .average = 2}, (file_mark){5, 6},
                &f);
    fclose(f.stream);
    return s;
}

void prepare(void)
{
    const char *cfgs[NETS] = {GREY_NET, COLOUR_NET};
    for (int i = 0; i < NETS; ++i) {
        nets[i] = net_from(cfgs[i]);
        samples[i] = written(nets[i]);
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
    size_t at = sizeof(header) + sizeof(progress);
    size_t less = ((const header *)file)->version == 1 ? sizeof(progress) - offsetof(progress, due) : 0;
    promise(s.size == size + less, "a file of another length is refused");
    promise(!memcmp(s.bytes + at, file + at - less, s.size - at), "all that is read is saved");
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
    free(r.got.bytes);
    must_be_empty();
    return 0;
}

/* Of the sections where they stand in a file that is right. */
static void mend_sections(uint8_t *file, size_t size, header *h, const sample_file *right)
{
    const header *r = (const header *)right->bytes;
    for (size_t i = 0, at = sizeof *h; i < SECTIONS; at += r->section[i++].bytes)
        if (r->section[i].bytes && at + r->section[i].bytes <= size)
            h->section[i] = (file_mark){r->section[i].bytes, XXH64(file + at, r->section[i].bytes, 0)};
}

static void mend(dice *d, uint8_t *file, size_t size, const sample_file *right)
{
    header h;
    memcpy(&h, roll(d, 4) ? right->bytes : file, sizeof h);
    if (roll(d, 8)) memcpy(&h, right->bytes, sizeof h.magic + sizeof h.version);
    if (roll(d, 8)) h.meaning = ((const header *)right->bytes)->meaning;
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
    const sample_file *right = samples + data[0] % NETS;
    if (roll(&d, 8)) size = 1 + fit(data + 1, size - 1, max_size - 1, right);
    if (size > sizeof(header) && roll(&d, 8)) mend(&d, data + 1, size - 1, right);
    return size;
}
