/*
fuzz_weights.c - fuzz target: weights files. Byte 0 says into which net; the others are the file.
*/
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "parser.h"
#include "pixelcnn/net/pixelcnn_net.h"
#include "pixelcnn/net/weights.h"
#include "tests/fuzz/harness.h"
#include "tests/fuzz/nets.h"

enum { NETS = 4, HEADER = 12, SEEN = 8 };
static network *nets[NETS];
static sample_file samples[NETS];

/* The weights of a net as a file in memory. */
static sample_file written(network *net)
{
    sample_file s;
    atomic_file f = into_memory(&s);
    write_weights(net, &f, net->n);
    fclose(f.stream);
    return s;
}

void prepare(void)
{
    const char *cfgs[NETS] = {GREY_NET, COLOUR_NET, STOCK_NET, RECURRENT_NET};
    for (int i = 0; i < NETS; ++i) {
        nets[i] = net_from(cfgs[i]);
        samples[i] = written(nets[i]);
    }
}

typedef struct {
    network *net;
    const char *file;
} loading;

static void load(void *what)
{
    loading *l = what;
    load_weights(l->net, (char *)l->file);
}

/* What was taken is what is saved again, but for the revision in the header, which may be missing. */
static void check(network *net, const uint8_t *file, size_t size)
{
    sample_file s = written(net);
    promise(s.size == size, "a file of another length is refused");
    promise(!memcmp(s.bytes + HEADER, file + HEADER, size - HEADER), "all that is loaded is saved");
    free(s.bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size) return 0;
    loading l = {nets[data[0] % NETS], as_file(data + 1, size - 1)};
    if (!attempt(load, &l)) return 0;
    if (find_pixelcnn_net(l.net)) check(l.net, data + 1, size - 1);
    must_be_empty();
    return 0;
}

static void mend_header(dice *d, uint8_t *file, const sample_file *right)
{
    static const int versions[][3] = {{0, 1, 0}, {0, 2, 0}, {0, 2, 77}, {1, 0, 0}, {1001, 0, 0}, {0, 1001, 5}};
    memcpy(file, roll(d, 4) ? (void *)right->bytes : (void *)versions[roll(d, 6)], HEADER);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    dice d = dice_of(seed);
    size = LLVMFuzzerMutate(data, size, max_size);
    if (!size) return 0;
    const sample_file *right = samples + data[0] % NETS;
    if (roll(&d, 4)) size = 1 + fit(data + 1, size - 1, max_size - 1, right);
    if (size > 1 + HEADER && roll(&d, 8)) mend_header(&d, data + 1, right);
    return size;
}
