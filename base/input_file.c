#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/errors.h"
#include "base/input_file.h"
#include "base/memory.h"
#include "base/similar.h"

/* What the file is instead of a regular file; NULL: it is one. */
static const char *what_it_is(mode_t mode)
{
    if (S_ISREG(mode)) return 0;
    if (S_ISDIR(mode)) return strerror(EISDIR);
    if (S_ISFIFO(mode)) return "a pipe, not a file; write its content to a file first";
    return S_ISSOCK(mode) ? "a socket, not a file" : "a device, not a file";
}

/* stat does not wait for a pipe's writer, as opening it would. Some files in /proc count as regular but block
   until something happens: O_NONBLOCK keeps a read from waiting. */
FILE *try_open_input(const char *file, const char **why)
{
    struct stat s;
    FILE *f = stat(file, &s) || what_it_is(s.st_mode) ? 0 : fopen(file, "rb");
    if (f) {
        fcntl(fileno(f), F_SETFL, O_NONBLOCK);
        return f;
    }
    *why = stat(file, &s) || !what_it_is(s.st_mode) ? strerror(errno) : what_it_is(s.st_mode);
    return 0;
}

void die_cannot_open(const char *file, const char *why)
{
    char *meant = access(file, F_OK) ? similar_path(file, "") : 0;
    if (meant) die("%s: cannot open: %s; did you mean %s?", file, why, meant);
    die("%s: cannot open: %s", file, why);
}

FILE *open_input(const char *file)
{
    const char *why;
    FILE *f = try_open_input(file, &why);
    if (!f) die_cannot_open(file, why);
    return f;
}

/* Doubles the buffer as needed. */
char *read_text_file(const char *file, const char *what)
{
    FILE *f = open_input(file);
    size_t n = 0, capacity = 4096;
    char *text = checked_malloc(capacity + 1);
    for (size_t got; (got = fread(text + n, 1, capacity - n, f));) {
        n += got;
        if (n > LARGEST_TEXT) die("%s: larger than %d bytes: not %s", file, LARGEST_TEXT, what);
        if (n == capacity) text = checked_realloc(text, (capacity *= 2) + 1);
    }
    if (ferror(f)) die("%s: cannot read: %s", file, strerror(errno));
    fclose(f);
    text[n] = 0;
    if (strlen(text) != n) die("%s: NUL at byte %zu: not %s", file, strlen(text), what);
    return text;
}
