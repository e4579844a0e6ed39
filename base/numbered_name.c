#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/errors.h"
#include "base/numbered_name.h"
#include "base/text.h"

enum { MOST_DIGITS = 9, ERROR = 512 };

static int is_folder(const char *path)
{
    struct stat s;
    return !stat(path, &s) && S_ISDIR(s.st_mode);
}

static int refuse(const char *path, const char *what, char *error)
{
    snprintf(error, ERROR, "%s: at '%s': expected a file name with one number, such as %%05d; %%%% is a percent sign",
             path, what);
    return -1;
}

/* Whether a conversion starts here, %d or one that will be refused: a percent sign, digits, a letter. */
static int is_conversion(const char *at)
{
    size_t digits = *at == '%' ? strspn(at + 1, "0123456789") : 0;
    return *at == '%' && isalpha((unsigned char)at[1 + digits]);
}

/* Reads %d, %5d or %05d. Returns where it ends; NULL if it is another conversion. */
static const char *read_conversion(const char *at, numbered_name *to)
{
    size_t digits = strspn(++at, "0123456789");
    if (at[digits] != 'd' || digits > 2) return 0;
    to->zeros = digits && *at == '0';
    to->digits = digits ? atoi(at) : 1;
    return to->digits > MOST_DIGITS ? 0 : at + digits + 1;
}

static int read_pattern(const char *path, const char *name, numbered_name *to, char *error)
{
    int numbers = 0;
    size_t n = 0;
    char *part = to->before;
    for (const char *at = name; *at;) {
        if (is_conversion(at)) {
            const char *end = read_conversion(at, to);
            if (!end || numbers++) return refuse(path, at, error);
            part = to->after;
            n = 0;
            at = end;
            continue;
        }
        if (n + 1 >= sizeof to->before) return refuse(path, at, error);
        at += at[0] == '%' && at[1] == '%';
        part[n++] = *at++;
    }
    return 1;
}

static int has_conversion(const char *name)
{
    for (; *name; ++name) {
        if (is_conversion(name)) return 1;
        name += name[0] == '%' && name[1] == '%';
    }
    return 0;
}

int read_numbered_name(const char *path, const char *suffix, numbered_name *to, char *error)
{
    const char *name = name_in_path(path);
    memset(to, 0, sizeof *to);
    if (strlen(path) + 2 > sizeof to->folder) return 0; // reported when it is written
    if (!*name || is_folder(path)) {
        snprintf(to->folder, sizeof to->folder, "%s%s", path, *name ? "/" : "");
        snprintf(to->after, sizeof to->after, "%s", suffix);
        to->digits = 5;
        to->zeros = 1;
        to->make_folder = !*name;
        return *path != 0;
    }
    if (!has_conversion(name)) return 0;
    snprintf(to->folder, sizeof to->folder, "%.*s", (int)(name - path), path);
    return read_pattern(path, name, to, error);
}

static void write_name(const numbered_name *n, int i, char *name, size_t size)
{
    snprintf(name, size, n->zeros ? "%s%0*d%s" : "%s%*d%s", n->before, n->digits, i, n->after);
}

void write_numbered_name(const numbered_name *n, int i, char *path, size_t size)
{
    size_t folder = strlen(n->folder);
    snprintf(path, size, "%s", n->folder);
    if (folder < size) write_name(n, i, path + folder, size - folder);
}

int is_numbered_name(const numbered_name *n, const char *name)
{
    char own[600];
    size_t before = strlen(n->before);
    if (strncmp(name, n->before, before)) return 0;
    const char *digits = name + before + strspn(name + before, " ");
    long i = isdigit((unsigned char)*digits) ? strtol(digits, 0, 10) : -1;
    if (i < 0 || i > INT_MAX) return 0;
    write_name(n, (int)i, own, sizeof own);
    return !strcmp(own, name);
}

int make_numbered_folder(const numbered_name *n)
{
    if (!n->make_folder || is_folder(n->folder)) return 0;
    int made = !mkdir(n->folder, 0777);
    if (!made && errno != EEXIST) die("%s: cannot create the folder: %s", n->folder, strerror(errno));
    return made;
}
