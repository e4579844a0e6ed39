/*
shared.cc - shared memory: NaN when a block starts; an access past its end faults.
*/
#include <map>
#include "order.h"
#include "pages.h"
#include "race.h"

namespace cuemu {

static unsigned long block_serial;
static size_t static_bytes, dynamic_bytes;
static char *dynamic_end[RACE_BLOCKS];

void next_shared_memory(size_t bytes)
{
    ++block_serial;
    static_bytes = 0;
    dynamic_bytes = bytes;
    if (!bytes) return;
    char *&end = dynamic_end[race_parity()];
    if (!end) end = alloc_guarded(MOST_SHARED) + MOST_SHARED;
    fill_nan(end - (bytes + 15) / 16 * 16, bytes);
}

static std::map<const void *, size_t> allowed;

cudaError_t allow_shared(const void *kernel, int bytes)
{
    call in(current_device());
    if (bytes < 0 || (size_t)bytes > MOST_SHARED) return note(cudaErrorInvalidValue);
    allowed[kernel] = (size_t)bytes;
    return cudaSuccess;
}

bool may_have_shared(const void *kernel, size_t bytes)
{
    auto found = allowed.find(kernel);
    return bytes <= USUAL_SHARED || (found != allowed.end() && bytes <= found->second);
}

static void count(size_t bytes)
{
    char where[400];
    if ((static_bytes += bytes) <= USUAL_SHARED) return;
    describe_thread(where, sizeof where);
    fail("%s: more than 48 KiB of static shared memory", where);
}

shared_slot::shared_slot(size_t size) : bytes(size), memories{}, filled_in{} {}

void *shared_slot::of_this_block()
{
    unsigned p = race_parity();
    if (filled_in[p] == block_serial) return memories[p];
    if (!memories[p]) memories[p] = alloc_guarded(bytes);
    fill_nan(memories[p], bytes);
    count(bytes);
    filled_in[p] = block_serial;
    return memories[p];
}

void *dynamic_shared_memory()
{
    char where[400];
    if (!describe_thread(where, sizeof where)) fail("dynamic shared memory outside a kernel");
    if (!dynamic_bytes) fail("%s: dynamic shared memory, but the launch gives none", where);
    return dynamic_end[race_parity()] - (dynamic_bytes + 15) / 16 * 16;
}

} // namespace cuemu
