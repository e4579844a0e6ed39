/*
atomic_file.c - files that appear whole or not at all. See atomic_file.h.
*/
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "atomic_file.h"

static void fail(atomic_file *f, const char *what)
{
    if (!f->error[0]) snprintf(f->error, sizeof f->error, "%.400s: %s: %s", f->path, what, strerror(errno));
}

void atomic_open(atomic_file *f, const char *path)
{
    memset(f, 0, sizeof *f);
    XXH64_reset(&f->hash, 0);
    struct stat there;
    char *real = realpath(path, 0); // behind links, where it exists
    int n = snprintf(f->path, sizeof f->path, "%s", real ? real : path);
    free(real);
    if (!stat(f->path, &there) && !S_ISREG(there.st_mode)) {
        errno = EINVAL;
        fail(f, "not a file that can be replaced");
        return;
    }
    int m = snprintf(f->temporary, sizeof f->temporary, "%s.tmp.%ld", path, (long)getpid());
    if (n >= (int)sizeof f->path || m >= (int)sizeof f->temporary) {
        errno = ENAMETOOLONG;
        fail(f, "cannot create");
        return;
    }
    f->stream = fopen(f->temporary, "wb");
    if (!f->stream) fail(f, "cannot create");
}

void atomic_write(atomic_file *f, const void *data, size_t bytes)
{
    if (!f->stream || f->error[0]) return;
    XXH64_update(&f->hash, data, bytes);
    f->bytes += bytes;
    if (fwrite(data, 1, bytes, f->stream) != bytes) fail(f, "cannot write");
}

file_mark atomic_mark(const atomic_file *f) { return (file_mark){f->bytes, XXH64_digest(&f->hash)}; }

int mark_file(const char *path, file_mark *m)
{
    FILE *stream = fopen(path, "rb");
    if (!stream) return 1;
    static unsigned char buffer[1 << 16];
    XXH64_state_t hash;
    XXH64_reset(&hash, 0);
    size_t n;
    m->bytes = 0;
    while ((n = fread(buffer, 1, sizeof buffer, stream))) {
        XXH64_update(&hash, buffer, n);
        m->bytes += n;
    }
    m->hash = XXH64_digest(&hash);
    int failed = ferror(stream);
    fclose(stream);
    return failed != 0;
}

void atomic_abandon(atomic_file *f)
{
    if (f->stream) fclose(f->stream);
    if (f->stream || f->finished) remove(f->temporary);
    f->stream = 0;
    f->finished = 0;
}

static void sync_folder(atomic_file *f)
{
    char folder[4096];
    strcpy(folder, f->path);
    char *slash = strrchr(folder, '/');
    if (slash) slash[slash == folder] = 0;
    int fd = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY);
    if (fd < 0 || fsync(fd)) fail(f, "cannot sync the folder");
    if (fd >= 0) close(fd);
}

int atomic_finish(atomic_file *f)
{
    if (!f->stream) return !f->finished;
    if (!f->error[0] && (fflush(f->stream) || fsync(fileno(f->stream)))) fail(f, "cannot write");
    if (!f->error[0]) {
        f->finished = 1;
        if (fclose(f->stream)) fail(f, "cannot close");
        f->stream = 0;
    }
    if (f->error[0]) atomic_abandon(f);
    return !f->finished;
}

int atomic_close(atomic_file *f)
{
    if (atomic_finish(f)) return 1;
    if (rename(f->temporary, f->path)) {
        fail(f, "cannot rename to it");
        atomic_abandon(f);
        return 1;
    }
    f->finished = 0;
    sync_folder(f);
    return f->error[0] != 0;
}

int atomic_write_file(const char *path, const void *data, size_t bytes, char *error)
{
    atomic_file f;
    atomic_open(&f, path);
    atomic_write(&f, data, bytes);
    int failed = atomic_close(&f);
    if (failed) strcpy(error, f.error);
    return failed;
}
