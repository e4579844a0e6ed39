/*
fuzz_idx.c - fuzz target: raw IDX files.
*/
#include "tests/fuzz/harness.h"
#include "tests/fuzz/idx_requests.h"

void prepare(void) {}

/* What starts with gzip's magic is no raw file. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int raw = size < 2 || data[0] != 0x1f || data[1] != 0x8b;
    read_as_each(as_file(data, size), raw ? size : 0);
    return 0;
}

/* Most of the time a magic that passes, and dimensions that say how many items there are. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    static const uint8_t magics[][2] = {{8, 3}, {8, 4}, {8, 1}, {13, 2}};
    dice d = dice_of(seed);
    size = LLVMFuzzerMutate(data, size, max_size);
    if (size < 20 || !roll(&d, 4)) return size;
    const uint8_t *magic = magics[roll(&d, 4)];
    size_t header = 4 + 4 * magic[1], item = magic[0] == 13 ? 4 : 1, items = (size - header) / item;
    uint8_t dims[4][4] = {{0}};
    for (int i = 0; i < magic[1]; ++i) {
        size_t n = i + 1 < magic[1] && items ? 1 + roll(&d, items < 8 ? items : 8) : items;
        items /= n ? n : 1;
        dims[i][2] = n >> 8;
        dims[i][3] = n;
    }
    data[0] = data[1] = 0;
    data[2] = magic[0];
    data[3] = magic[1];
    if (roll(&d, 4))
        for (size_t i = 0; i < header - 4; ++i) data[4 + i] = dims[i / 4][i % 4];
    return size;
}
