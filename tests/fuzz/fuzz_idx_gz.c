/*
fuzz_idx_gz.c - fuzz target: gzipped IDX files. As a rule it is what is inside that is mutated.
*/
#include <string.h>
#include <zlib.h>
#include "tests/fuzz/harness.h"
#include "tests/fuzz/idx_requests.h"

enum { ROOM = 1 << 14 };
static z_stream packer, unpacker;

/* With small windows: a state is set up for each input. */
void prepare(void)
{
    promise(deflateInit2(&packer, 1, Z_DEFLATED, 16 + 9, 1, Z_DEFAULT_STRATEGY) == Z_OK, "deflateInit2");
    promise(inflateInit2(&unpacker, 16 + 15) == Z_OK, "inflateInit2");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    read_as_each(as_file(data, size), 0);
    return 0;
}

/* Bytes of plain[ROOM] that data decompresses to, as far as it does. */
static size_t unpack(const uint8_t *data, size_t size, uint8_t *plain)
{
    inflateReset(&unpacker);
    unpacker.next_in = (Bytef *)data;
    unpacker.avail_in = size;
    unpacker.next_out = plain;
    unpacker.avail_out = ROOM;
    inflate(&unpacker, Z_SYNC_FLUSH);
    return ROOM - unpacker.avail_out;
}

/* Compressed to data, or 0 where there is no room. */
static size_t pack(const uint8_t *plain, size_t size, uint8_t *data, size_t max_size)
{
    deflateReset(&packer);
    packer.next_in = (Bytef *)plain;
    packer.avail_in = size;
    packer.next_out = data;
    packer.avail_out = max_size;
    return deflate(&packer, Z_FINISH) == Z_STREAM_END ? max_size - packer.avail_out : 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    static uint8_t plain[ROOM], packed[ROOM];
    dice d = dice_of(seed);
    size_t n = unpack(data, size, plain), limit = max_size < ROOM ? max_size : ROOM;
    if (!n || !roll(&d, 6)) return LLVMFuzzerMutate(data, size, max_size);
    n = LLVMFuzzerMutate(plain, n, ROOM);
    if (n > 4 && roll(&d, 3)) memcpy(plain, "\0\0\x08", 3);
    size_t bytes = pack(plain, n, packed, limit);
    if (!bytes) return LLVMFuzzerMutate(data, size, max_size);
    memcpy(data, packed, bytes);
    return bytes;
}
