/*
log.cc - counts what devices are given to do. CUEMU_LOG=FILE: a line for each operation is added to the file.
*/
#include <atomic>
#include <stdio.h>
#include <stdlib.h>
#include "emu.h"

namespace cuemu {

static const char *const names[CUEMU_KINDS] = {"kernel", "library", "copy", "fill", "graph"};
static std::atomic<long> counts[CUEMU_KINDS], batches;

static FILE *log_file()
{
    static const char *name = getenv("CUEMU_LOG");
    static FILE *file = name ? fopen(name, "a") : nullptr;
    if (name && !file) fail("CUEMU_LOG=%s cannot be opened", name);
    return file;
}

void count_operation(const device_work &o)
{
    ++counts[o.kind];
    batches += o.batch > 1;
    FILE *f = log_file();
    if (!f) return;
    fprintf(f, "%s %s", names[o.kind], o.what);
    if (o.bytes) fprintf(f, " %zu", o.bytes);
    if (o.batch > 1) fprintf(f, " of %d", o.batch);
    fputc('\n', f);
    fflush(f);
}

} // namespace cuemu

long cuemu_count(cuemu_kind kind) { return cuemu::counts[kind]; }
long cuemu_count_batches(void) { return cuemu::batches; }
