#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>
#include "base/atomic_file.h"
#include "base/errors.h"
#include "base/input_file.h"
#include "base/similar.h"
#include "base/temporary_files.h"

static void fail(atomic_file *f, const char *what)
{
    if (!f->error[0]) snprintf(f->error, sizeof f->error, "%.400s: %s: %s", f->name, what, strerror(errno));
}

/* Creates a new file, never an existing one or a link's target. Locks it while it is written: see
   remove_leftover. */
static int create_temporary(atomic_file *f)
{
    const struct stat *there = &f->target.there;
    mode_t mode = f->target.exists ? there->st_mode & 07777 : 0666;
    if (make_temporary_name(f->target.path, f->temporary, sizeof f->temporary)) return -1;
    f->slot = note_temporary(f->temporary);
    int fd = open(f->temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    if (fd < 0) {
        forget_temporary(f->slot);
        return -1;
    }
    flock(fd, LOCK_EX | LOCK_NB);
    if (f->target.exists) {
        if ((there->st_uid != geteuid() || there->st_gid != getegid()) && fchown(fd, there->st_uid, there->st_gid))
            mode &= 0777; // owned by someone else: drop set-user-id
        fchmod(fd, mode);
    }
    return fd;
}

/* Returns a descriptor, or -1 with f->error set. */
static int open_target(atomic_file *f)
{
    const output_path *o = &f->target;
    if (o->exists && S_ISDIR(o->there.st_mode)) {
        errno = EISDIR;
        fail(f, "cannot write");
        return -1;
    }
    if (o->exists && o->descriptor < 0 && faccessat(AT_FDCWD, o->path, W_OK, AT_EACCESS)) {
        fail(f, "cannot write");
        return -1;
    }
    if (o->descriptor == STDOUT_FILENO) fflush(stdout);
    int fd = is_stream_output(o) ? open_stream_output(o) : create_temporary(f);
    if (fd < 0) fail(f, is_stream_output(o) ? "cannot open" : "cannot create");
    return fd;
}

static void discard(atomic_file *f)
{
    if (f->temporary[0]) remove(f->temporary);
    forget_temporary(f->slot);
}

void atomic_open(atomic_file *f, const char *path)
{
    memset(f, 0, sizeof *f);
    f->name = path;
    f->slot = -1;
    XXH64_reset(&f->hash, 0);
    if (follow_output(path, &f->target)) {
        fail(f, "cannot create");
        return;
    }
    int fd = open_target(f);
    if (fd < 0) return;
    f->stream = fdopen(fd, "wb");
    if (f->stream) return;
    fail(f, "cannot create");
    close(fd);
    discard(f);
}

void atomic_write(atomic_file *f, const void *data, size_t bytes)
{
    if (!f->stream || f->error[0]) return;
    XXH64_update(&f->hash, data, bytes);
    f->bytes += bytes;
    if (fwrite(data, 1, bytes, f->stream) != bytes) fail(f, "cannot write");
}

file_mark atomic_mark(const atomic_file *f) { return (file_mark){f->bytes, XXH64_digest(&f->hash)}; }

int mark_stream(FILE *stream, file_mark *m)
{
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
    return ferror(stream) != 0;
}

int mark_file(const char *path, file_mark *m)
{
    const char *why;
    FILE *stream = try_open_input(path, &why);
    if (!stream) return 1;
    int failed = mark_stream(stream, m);
    fclose(stream);
    return failed;
}

void atomic_abandon(atomic_file *f)
{
    int created = f->stream || f->finished;
    if (f->stream) fclose(f->stream);
    if (created) discard(f);
    f->stream = 0;
    f->finished = 0;
}

static void sync_folder(atomic_file *f)
{
    char folder[4096];
    strcpy(folder, f->target.path);
    char *slash = strrchr(folder, '/');
    if (slash) slash[slash == folder] = 0;
    int fd = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fsync(fd)) fail(f, "cannot sync the folder");
    if (fd >= 0) close(fd);
}

/* A pipe or a terminal cannot be synced, which is no error. */
static int sync_stream(const atomic_file *f)
{
    int failed;
    do failed = fsync(fileno(f->stream));
    while (failed && errno == EINTR);
    return failed && (f->temporary[0] || (errno != EINVAL && errno != EROFS && errno != ENOTSUP));
}

int atomic_finish(atomic_file *f)
{
    if (!f->stream) return !f->finished;
    if (!f->error[0] && (fflush(f->stream) || sync_stream(f))) fail(f, "cannot write");
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
    f->finished = 0;
    if (!f->temporary[0]) return 0;
    if (rename(f->temporary, f->target.path)) {
        fail(f, "cannot rename to it");
        discard(f);
        return 1;
    }
    forget_temporary(f->slot);
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

/* Writes a block as well: on a full disk an empty file can still be created. */
int atomic_check(const char *path, char *error)
{
    static const char block[4096];
    atomic_file f = {.name = path};
    if (!follow_output(path, &f.target) && is_stream_output(&f.target)) {
        int fd = f.target.descriptor >= 0 ? open_stream_output(&f.target) : -1;
        int failed = f.target.descriptor >= 0 ? fd < 0 : faccessat(AT_FDCWD, f.target.path, W_OK, AT_EACCESS);
        if (failed) fail(&f, "cannot open");
        if (fd >= 0) close(fd);
    } else {
        atomic_open(&f, path);
        atomic_write(&f, block, sizeof block);
        if (f.stream && !f.error[0] && fflush(f.stream)) fail(&f, "cannot write");
        f.finished = f.stream != 0; // so that atomic_abandon removes it
        if (f.stream && fclose(f.stream)) fail(&f, "cannot close");
        f.stream = 0;
        atomic_abandon(&f);
    }
    if (f.error[0]) strcpy(error, f.error);
    return f.error[0] != 0;
}

/* The folder part of a path if that folder does not exist; else "". */
static void find_missing_folder(const char *path, char *folder, size_t size)
{
    struct stat s;
    const char *slash = strrchr(path, '/');
    snprintf(folder, size, "%.*s", slash ? (int)(slash - path) : 0, path);
    if (!stat(folder, &s) || errno != ENOENT) *folder = 0;
}

void need_writable(const char *path)
{
    char error[512], folder[512];
    if (!atomic_check(path, error)) return;
    char *meant = similar_output(path);
    find_missing_folder(path, folder, sizeof folder);
    if (meant) die("%s; did you mean %s?", error, meant);
    if (*folder) die("%s; there is no folder %s: make it first", error, folder);
    die("%s", error);
}
