#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/output_path.h"
#include "base/text.h"

enum { MOST_LINKS = 40, SIZE = sizeof((output_path *)0)->path };

/* The folder of a path, with links resolved. Returns 0, or 1 with errno set. */
static int real_folder(const char *path, char *to)
{
    char folder[SIZE];
    const char *name = name_in_path(path);
    if (name == path) return !realpath(".", to);
    snprintf(folder, sizeof folder, "%.*s", (int)(name - path), path);
    return !realpath(folder, to);
}

/* For a path /proc/PID/fd/N returns 1, with *descriptor N if PID is this process and -1 if not. Returns 0 for
   any other path. */
static int names_descriptor(const char *path, int *descriptor)
{
    char folder[PATH_MAX];
    int pid, end = 0;
    const char *name = name_in_path(path);
    if (!*name || strspn(name, "0123456789") != strlen(name) || strlen(name) > 9 || real_folder(path, folder)) return 0;
    if (sscanf(folder, "/proc/%d/fd%n", &pid, &end) != 1 || !end || folder[end]) return 0;
    *descriptor = pid == getpid() ? atoi(name) : -1;
    return 1;
}

/* Replaces o->path, a link, by its target. Returns 0, or 1 with errno set. */
static int follow_link(output_path *o)
{
    char link[SIZE], whole[2 * SIZE];
    ssize_t n = readlink(o->path, link, sizeof link - 1);
    if (n < 0) return 1;
    link[n] = 0;
    int folder = link[0] == '/' ? 0 : (int)(name_in_path(o->path) - o->path);
    if (snprintf(whole, sizeof whole, "%.*s%s", folder, o->path, link) >= SIZE) {
        errno = ENAMETOOLONG;
        return 1;
    }
    strcpy(o->path, whole);
    return 0;
}

int follow_output(const char *path, output_path *to)
{
    memset(to, 0, sizeof *to);
    to->descriptor = -1;
    errno = ENAMETOOLONG;
    if (strlen(path) >= SIZE) return 1;
    strcpy(to->path, path);
    for (int links = 0; links <= MOST_LINKS; ++links) {
        if (names_descriptor(to->path, &to->descriptor)) {
            to->exists = 1;
            return stat(to->path, &to->there) != 0;
        }
        if (lstat(to->path, &to->there)) return errno != ENOENT;
        if (!S_ISLNK(to->there.st_mode)) {
            to->exists = 1;
            return 0;
        }
        if (follow_link(to)) return 1;
    }
    errno = ELOOP;
    return 1;
}

int is_stream_output(const output_path *o)
{
    return o->exists && (o->descriptor >= 0 || !(S_ISREG(o->there.st_mode) || S_ISDIR(o->there.st_mode)));
}

int open_stream_output(const output_path *o)
{
    if (o->descriptor < 0) return open(o->path, O_WRONLY | O_NOCTTY | O_CLOEXEC);
    int fd = fcntl(o->descriptor, F_DUPFD_CLOEXEC, 3);
    if (fd >= 0 && (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDONLY) {
        close(fd);
        errno = EBADF;
        return -1;
    }
    return fd;
}

int canonical_path(const output_path *o, char *to)
{
    char folder[PATH_MAX];
    if (real_folder(o->path, folder)) return 1;
    const char *slash = strcmp(folder, "/") ? "/" : "";
    if (snprintf(to, SIZE, "%s%s%s", folder, slash, name_in_path(o->path)) < SIZE) return 0;
    errno = ENAMETOOLONG;
    return 1;
}
