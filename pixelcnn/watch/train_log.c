#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>
#include "base/atomic_file.h"
#include "base/errors.h"
#include "base/output_path.h"
#include "base/temporary_files.h"
#include "pixelcnn/watch/train_log.h"

enum { MOST_WAITING = 1 << 26 };
static const char head[] = "iteration,images,seconds,train_bits_per_dim,rate,validation_bits_per_dim\n";

/* ---- an earlier log ---- */

/* Returns 0 if the text is not such a line, as the head. */
static int read_line(const char *text, log_line *l)
{
    *l = (log_line){.bits = -1, .rate = -1, .validation = -1};
    if (sscanf(text, "%zu,%zu,%lf,,,%lf", &l->iteration, &l->images, &l->seconds, &l->validation) == 4) return 1;
    return sscanf(text, "%zu,%zu,%lf,%lf,%lf,", &l->iteration, &l->images, &l->seconds, &l->bits, &l->rate) == 5;
}

/* The offset of the first line after `last`, or of an incomplete line. */
static long read_lines(FILE *stream, size_t last, void (*take)(void *context, log_line l), void *context)
{
    char text[256];
    long at = 0;
    log_line l;
    rewind(stream);
    while (fgets(text, sizeof text, stream) && strchr(text, '\n') && (!at || strtoull(text, 0, 10) <= last)) {
        at = ftell(stream);
        if (read_line(text, &l)) take(context, l);
    }
    return at;
}

/* 1: a log, empty or a part of the head included; 0: another file; -1, with errno set: cannot be read and
   written. */
static int is_log(const char *file)
{
    char text[sizeof head] = "";
    int fd = open(file, O_RDWR | O_CLOEXEC);
    if (fd < 0) return -1;
    ssize_t n = read(fd, text, sizeof head - 1);
    int why = errno;
    close(fd);
    errno = why;
    return n < 0 ? -1 : !memcmp(text, head, n);
}

static output_path follow(const char *file)
{
    output_path o;
    if (follow_output(file, &o)) die("%s: cannot create: %s", file, strerror(errno));
    if (o.exists && S_ISDIR(o.there.st_mode)) die("%s: cannot create: %s", file, strerror(EISDIR));
    return o;
}

void check_log(const char *file)
{
    output_path o = follow(file);
    if (!o.exists || is_stream_output(&o)) {
        need_writable(file);
        return;
    }
    int is = is_log(o.path);
    if (is < 0) die("%s: cannot open: %s", file, strerror(errno));
    if (!is)
        die("%s: exists and is not the log of a training run, whose first line is '%.*s'; choose another file", file,
            (int)sizeof head - 2, head);
}

/* ---- bytes ---- */

static void drop_waiting(train_log *l)
{
    l->broken = 1;
    l->n = 0;
}

static void append(train_log *l, const char *text, size_t bytes)
{
    if (l->broken) return;
    if (l->n + bytes > l->space) {
        size_t space = 2 * l->space + 4096;
        char *more = space > MOST_WAITING ? 0 : realloc(l->waiting, space);
        if (!more) {
            drop_waiting(l);
            return;
        }
        l->waiting = more;
        l->space = space;
    }
    memcpy(l->waiting + l->n, text, bytes);
    l->n += bytes;
}

/* Writes as much as it can; the rest waits. Returns 1 if it fails for a new reason. */
static int flush_log(train_log *l, char *error)
{
    int before = l->why;
    size_t done = 0;
    l->why = 0;
    while (done < l->n && !l->why) {
        ssize_t n = write(l->fd, l->waiting + done, l->n - done);
        if (n > 0)
            done += n;
        else if (n == 0)
            l->why = ENOSPC;
        else if (errno != EINTR)
            l->why = errno;
    }
    if (done) memmove(l->waiting, l->waiting + done, l->n - done);
    l->n -= done;
    if (l->why) snprintf(error, 512, "%.400s: cannot write: %s", l->fresh[0] ? l->fresh : l->file, strerror(l->why));
    int is_new = l->why && l->why != before;
    if (l->why == EPIPE) drop_waiting(l);
    return is_new;
}

/* ---- opening ---- */

/* FILE.new. Removes one that a killed run has left. */
static void name_fresh(train_log *l, const output_path *o)
{
    struct stat there;
    if (snprintf(l->fresh, sizeof l->fresh, "%s.new", o->path) >= (int)sizeof l->fresh)
        die("%s.new: name too long", l->file);
    if (!lstat(l->fresh, &there) && S_ISREG(there.st_mode) && is_log(l->fresh) == 1) remove_leftover(l->fresh);
}

/* Keeps other runs from writing the file until the descriptor is closed. */
static void lock_log(const train_log *l, int fd)
{
    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK)
        die("%s: another process is writing this log; choose another -log", l->file);
}

/* Returns whether any line remains; the descriptor is at the end. */
static int continue_log(train_log *l, const output_path *o, size_t last, void (*take)(void *context, log_line l),
                        void *context)
{
    name_fresh(l, o);
    l->fresh[0] = 0;
    FILE *f = fopen(o->path, "r");
    l->fd = open(o->path, O_WRONLY | O_CLOEXEC);
    if (!f || l->fd < 0) die("%s: cannot open: %s", l->file, strerror(errno));
    lock_log(l, l->fd);
    long end = read_lines(f, last, take, context);
    fclose(f);
    if (ftruncate(l->fd, end) || lseek(l->fd, end, SEEK_SET) < 0)
        die("%s: cannot truncate: %s", l->file, strerror(errno));
    return end > 0;
}

static int create_fresh(const train_log *l, mode_t mode)
{
    int fd = open(l->fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode & 0777);
    if (fd >= 0) fchmod(fd, mode & 0777); // whatever the umask
    return fd;
}

static int create_log(train_log *l, const output_path *o)
{
    if (is_stream_output(o)) return open_stream_output(o);
    if (o->exists && o->there.st_size) {
        int earlier = open(o->path, O_RDONLY | O_CLOEXEC);
        lock_log(l, earlier);
        close(earlier);
        name_fresh(l, o);
        return create_fresh(l, o->there.st_mode);
    }
    return open(o->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
}

static int write_head(train_log *l, char *error)
{
    append(l, head, sizeof head - 1);
    return flush_log(l, error);
}

train_log open_log(const char *file, int resumed, size_t last, void (*take)(void *context, log_line l), void *context)
{
    train_log l = {.file = file, .fd = -1};
    char error[512];
    check_log(file);
    output_path o = follow(file);
    int continued = resumed && o.exists && o.there.st_size && S_ISREG(o.there.st_mode), has_head = continued;
    if (continued && o.descriptor < 0)
        has_head = continue_log(&l, &o, last, take, context);
    else
        l.fd = create_log(&l, &o);
    if (l.fd < 0) die("%s: cannot create: %s", l.fresh[0] ? l.fresh : file, strerror(errno));
    if (!continued && !is_stream_output(&o)) lock_log(&l, l.fd);
    if (!has_head && write_head(&l, error)) die("%s", error);
    return l;
}

/* ---- writing ---- */

int write_log(train_log *l, log_line line, char *error)
{
    char text[256];
    int n = snprintf(text, sizeof text, "%zu,%zu,%.3f,", line.iteration, line.images, line.seconds);
    if (line.validation < 0)
        n += snprintf(text + n, sizeof text - n, "%.6f,%.6g,\n", line.bits, line.rate);
    else
        n += snprintf(text + n, sizeof text - n, ",,%.6f\n", line.validation);
    if (l->broken) return 0;
    append(l, text, n);
    return flush_log(l, error);
}

int keep_log(train_log *l, char *error)
{
    output_path o;
    if (!l->fresh[0]) return 0;
    if (follow_output(l->file, &o) || rename(l->fresh, o.path)) {
        snprintf(error, 512, "%.400s: cannot rename the temporary file to it: %s", l->file, strerror(errno));
        return 1;
    }
    l->fresh[0] = 0;
    return 0;
}

int close_log(train_log *l, char *error)
{
    int failed = 0;
    if (l->n) {
        l->why = 0; // a last attempt
        failed = flush_log(l, error);
    }
    if (l->broken) {
        snprintf(error, 512, "%.400s: cannot write: %s; its last lines are missing", l->file,
                 strerror(l->why ? l->why : ENOMEM));
        failed = 1;
    }
    if (close(l->fd) && !failed) {
        snprintf(error, 512, "%.400s: cannot write: %s", l->file, strerror(errno));
        failed = 1;
    }
    free(l->waiting);
    l->waiting = 0;
    return failed;
}
