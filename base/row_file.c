#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/errors.h"
#include "base/memory.h"
#include "base/row_file.h"
#include "base/text.h"

struct row_file {
    int descriptor;
    char *name;
    size_t start, bytes;
};

row_file *open_row_file(int descriptor, const char *name, size_t start, size_t bytes)
{
    row_file *f = checked_malloc(sizeof *f);
    *f = (row_file){descriptor, copy_text(name), start, bytes};
    return f;
}

void close_row_file(row_file *f)
{
    if (!f) return;
    close(f->descriptor);
    free(f->name);
    free(f);
}

const char *row_file_name(const row_file *f) { return f->name; }

size_t row_place(const row_file *f, size_t i) { return f->start + i * f->bytes; }

/* got: what pread returned. */
static __attribute__((noreturn)) void die_unread(const row_file *f, size_t at, ssize_t got)
{
    struct stat s;
    if (got < 0) die("%s: byte %zu: cannot read: %s", f->name, at, strerror(errno));
    if (fstat(f->descriptor, &s)) s.st_size = at;
    die("%s: byte %zu: the file has been cut to %lld bytes since it was opened; restore it, and do not change data in "
        "use",
        f->name, at, (long long)s.st_size);
}

void read_rows(const row_file *f, size_t first, size_t n, void *to)
{
    size_t at = row_place(f, first), end = row_place(f, first + n);
    while (at < end) {
        ssize_t got = pread(f->descriptor, to, end - at, at);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) die_unread(f, at, got);
        to = (char *)to + got;
        at += got;
    }
}
