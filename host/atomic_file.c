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
    *f = (atomic_file){0};
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
    if (fwrite(data, 1, bytes, f->stream) != bytes) fail(f, "cannot write");
}

void atomic_abandon(atomic_file *f)
{
    if (!f->stream) return;
    fclose(f->stream);
    f->stream = 0;
    remove(f->temporary);
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

int atomic_close(atomic_file *f)
{
    if (!f->stream) return 1;
    if (!f->error[0] && (fflush(f->stream) || fsync(fileno(f->stream)))) fail(f, "cannot write");
    if (f->error[0]) {
        atomic_abandon(f);
        return 1;
    }
    int closed = fclose(f->stream);
    f->stream = 0;
    if (closed || rename(f->temporary, f->path)) {
        fail(f, closed ? "cannot close" : "cannot rename to it");
        remove(f->temporary);
        return 1;
    }
    sync_folder(f);
    return f->error[0] != 0;
}
