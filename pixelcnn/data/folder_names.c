#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/errors.h"
#include "base/memory.h"
#include "base/printable.h"
#include "base/text.h"
#include "pixelcnn/data/folder_names.h"
#include "pixelcnn/pictures/picture.h"

/* ---- order ---- */

static int is_digit(char c) { return c >= '0' && c <= '9'; }

/* Skips leading zeros and counts the digits that follow. */
static int digits_of(const char **text)
{
    int n = 0;
    while (**text == '0') ++*text;
    while (is_digit((*text)[n])) ++n;
    return n;
}

/* Compares runs of digits by value and other bytes as they are; names that differ only in leading zeros as
   strcmp. */
static int compare_naturally(const char *a, const char *b)
{
    const char *x = a, *y = b;
    while (*x && *y) {
        if (is_digit(*x) && is_digit(*y)) {
            int n = digits_of(&x), m = digits_of(&y), order = n != m ? n - m : strncmp(x, y, n);
            if (order) return order;
            x += n;
            y += n;
        } else if (*x == *y) {
            ++x;
            ++y;
        } else
            break;
    }
    int order = (unsigned char)*x - (unsigned char)*y;
    return order ? order : strcmp(a, b);
}

int compare_names(const char *a, const char *b, name_order order)
{
    return order == ORDER_NATURAL ? compare_naturally(a, b) : strcmp(a, b);
}

static int by_bytes(const struct dirent **a, const struct dirent **b) { return strcmp((*a)->d_name, (*b)->d_name); }

static int by_number(const struct dirent **a, const struct dirent **b)
{
    return compare_naturally((*a)->d_name, (*b)->d_name);
}

/* ---- listing ---- */

static int is_wanted(const struct dirent *e)
{
    static const char *const others[] = {"__MACOSX", "@eaDir", "$RECYCLE.BIN", "System Volume Information",
                                         "lost+found"};
    for (size_t i = 0; i < sizeof others / sizeof *others; ++i)
        if (!strcmp(e->d_name, others[i])) return 0;
    return e->d_name[0] != '.';
}

char *join_path(const char *folder, const char *name) { return format_text("%s/%s", folder, name); }

/* An unreadable entry, such as a dangling link, is an error only if it has a picture's name. */
static int is_folder(const char *path, const char *name)
{
    struct stat s;
    int missing = stat(path, &s);
    if (!missing && (S_ISDIR(s.st_mode) || S_ISREG(s.st_mode))) return S_ISDIR(s.st_mode);
    if (!is_picture_name(name)) return 0;
    if (missing) die("%s: cannot read: %s", path, strerror(errno));
    die("%s: neither a file nor a folder", path);
}

name_list list_folder(const char *folder, int folders, name_order order)
{
    struct dirent **entry;
    int n = scandir(folder, &entry, is_wanted, order == ORDER_NATURAL ? by_number : by_bytes);
    if (n < 0) die("%s: cannot open: %s", folder, strerror(errno));
    name_list l = {.name = checked_calloc(n + 1, sizeof *l.name)};
    for (int i = 0; i < n; ++i) {
        char *path = join_path(folder, entry[i]->d_name);
        if (is_folder(path, entry[i]->d_name) == folders)
            l.name[l.n++] = strcpy(path, entry[i]->d_name);
        else
            free(path);
        free(entry[i]);
    }
    free(entry);
    return l;
}

void free_names(name_list l)
{
    for (int i = 0; i < l.n; ++i) free(l.name[i]);
    free(l.name);
}

int has_picture(const char *folder, int depth)
{
    DIR *dir = opendir(folder);
    int found = 0;
    for (struct dirent *e; dir && !found && (e = readdir(dir));) {
        if (!is_wanted(e)) continue;
        char *path = join_path(folder, e->d_name);
        found = is_picture_name(e->d_name) || (depth && has_picture(path, depth - 1));
        free(path);
    }
    if (dir) closedir(dir);
    return found;
}

char *names_as_text(name_list l)
{
    char *text = 0;
    size_t bytes;
    FILE *f = open_memstream(&text, &bytes);
    for (int i = 0; f && i < l.n; ++i) fprintf(f, "%s%s", i ? ", " : "", printable(l.name[i]));
    if (!f || fclose(f)) die("out of memory for the names of %d folders", l.n);
    return text;
}
