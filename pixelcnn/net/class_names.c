#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include "base/atomic_file.h"
#include "base/errors.h"
#include "base/input_file.h"
#include "base/memory.h"
#include "base/text.h"
#include "pixelcnn/net/class_names.h"

/* ---- lists ---- */

void free_class_names(char **names, int n)
{
    for (int k = 0; names && k < n; ++k) free(names[k]);
    free(names);
}

char **copy_class_names(char *const *names, int n)
{
    char **copy = checked_calloc(n, sizeof *copy);
    for (int k = 0; k < n; ++k) copy[k] = copy_text(names[k]);
    return copy;
}

/* ---- reading ---- */

static int hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = isxdigit((unsigned char)c) ? strchr(digits, tolower((unsigned char)c)) : 0;
    return at ? (int)(at - digits) : -1;
}

/* Replaces \\ and \xNN in place; another backslash stays. */
static void unescape(char *text)
{
    char *to = text;
    for (const char *from = text; *from; ++to) {
        int high = !strncmp(from, "\\x", 2) ? hex_digit(from[2]) : -1, low = high >= 0 ? hex_digit(from[3]) : -1;
        if (low >= 0 && 16 * high + low) {
            *to = (char)(16 * high + low);
            from += 4;
        } else {
            *to = *from;
            from += from[0] == '\\' && from[1] == '\\' ? 2 : 1;
        }
    }
    *to = 0;
}

static int by_text(const void *a, const void *b)
{
    char *const *x = *(char **const *)a, *const *y = *(char **const *)b;
    int order = strcmp(*x, *y);
    return order ? order : (x > y) - (x < y);
}

/* Exits 1 if two names are the same. */
static void need_different(const char *file, char **names, int n)
{
    char ***order = checked_calloc(n + 1, sizeof *order);
    for (int k = 0; k < n; ++k) order[k] = names + k;
    qsort(order, n, sizeof *order, by_text);
    for (int k = 1; k < n; ++k)
        if (!strcmp(*order[k - 1], *order[k]))
            die("%s:%td: '%s' is also on line %td; each class needs a name of its own", file, order[k] - names + 1,
                *order[k], order[k - 1] - names + 1);
    free(order);
}

char **read_class_names(const char *file, int *n)
{
    char *text = read_text_file(file, "a file of class names"), *line = text, **names = 0;
    size_t bytes = strlen(text);
    int empty = 0; // number of the first of the latest run of empty lines
    if (!strncmp(line, "\xef\xbb\xbf", 3)) line += 3;
    *n = 0;
    for (int number = 1; line < text + bytes; ++number) {
        char *end = line + strcspn(line, "\n"), *next = end + 1;
        if (end > line && end[-1] == '\r') --end;
        *end = 0;
        if (!*line && !empty) empty = number;
        if (*line && empty) die("%s:%d: an empty line between names; each class needs a name", file, empty);
        if (*line) {
            names = checked_realloc(names, (*n + 1) * sizeof *names);
            unescape(names[(*n)++] = copy_text(line));
        }
        line = next;
    }
    free(text);
    if (!*n) die("%s: no names in it", file);
    need_different(file, names, *n);
    return names;
}

/* ---- writing ---- */

/* first: the first name of a file, where a byte order mark would not be read back. */
static void write_escaped(FILE *to, const char *name, int first)
{
    int marked = first && !strncmp(name, "\xef\xbb\xbf", 3);
    for (const char *c = name; *c; ++c)
        if (*c == '\\')
            fputs("\\\\", to);
        else if ((unsigned char)*c < ' ' || *c == 0x7f || (marked && c == name))
            fprintf(to, "\\x%02x", (unsigned char)*c);
        else
            fputc(*c, to);
    fputc('\n', to);
}

char *text_of_class_names(char *const *names, int n)
{
    char *text = 0;
    size_t bytes;
    FILE *f = open_memstream(&text, &bytes);
    if (!f) die("out of memory for %d names of classes", n);
    for (int k = 0; k < n; ++k) write_escaped(f, names[k], !k);
    if (fclose(f)) die("out of memory for %d names of classes", n);
    return text;
}

int try_write_class_names(const char *file, char *const *names, int n, char *error)
{
    char *text = text_of_class_names(names, n);
    int failed = atomic_write_file(file, text, strlen(text), error);
    free(text);
    return failed;
}

/* ---- the names of a net ---- */

void set_class_names(network *net, char *const *names)
{
    label_embed *e = label_of(net);
    if (!e) return;
    free_class_names(e->names, e->classes);
    e->names = names ? copy_class_names(names, e->classes) : 0;
}

/* The length of a path without this ending; 0 if it does not have it. */
static size_t length_before(const char *path, size_t n, const char *end)
{
    size_t m = strlen(end);
    return n > m && !strncmp(path + n - m, end, m) && path[n - m - 1] != '/' ? n - m : 0;
}

/* Writes the path of the file of names beside the weights to `path`; returns 0 if there is none. */
static int find_names(const char *weights, char *path, size_t size)
{
    static const char *const kinds[] = {"_final", "_best", "_last", "_ema", "_previous"};
    size_t n = strlen(weights), before = length_before(weights, n, ".weights");
    if (before) n = before;
    if (snprintf(path, size, "%.*s.names", (int)n, weights) < (int)size && !access(path, F_OK)) return 1;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; ++i) {
        size_t base = length_before(weights, n, kinds[i]);
        if (!base || snprintf(path, size, "%.*s.names", (int)base, weights) >= (int)size) continue;
        if (!access(path, F_OK)) return 1;
    }
    return 0;
}

void load_class_names(network *net, const char *weights)
{
    char file[4096];
    label_embed *e = label_of(net);
    if (!e || !find_names(weights, file, sizeof file)) return;
    int n;
    char **names = read_class_names(file, &n);
    if (n != e->classes)
        die("%s: %d name%s, the cfg has classes=%d; correct the file or remove it", file, n, plural_s(n), e->classes);
    free_class_names(e->names, e->classes);
    e->names = names;
}

/* Whether text starts with the name, and a comma, a colon or the end follows. */
static int starts_with(const char *text, const char *name, int exactly)
{
    size_t n = strlen(name);
    if (exactly ? strncmp(text, name, n) : strncasecmp(text, name, n)) return 0;
    return !text[n] || text[n] == ',' || text[n] == ':';
}

/* The longest name that text starts with; -1: none, or several that differ in upper and lower case only. */
static int longest_name(const label_embed *e, const char *text, int exactly)
{
    int best = -1, others = 0;
    for (int k = 0; k < e->classes; ++k) {
        if (!starts_with(text, e->names[k], exactly)) continue;
        size_t n = strlen(e->names[k]), longest = best < 0 ? 0 : strlen(e->names[best]);
        if (n == longest) others = 1;
        if (n <= longest) continue;
        best = k;
        others = 0;
    }
    return others ? -1 : best;
}

int find_class_name(const label_embed *e, const char *text, char **end)
{
    if (!e->names) return -1;
    int k = longest_name(e, text, 1);
    if (k < 0) k = longest_name(e, text, 0);
    if (k >= 0) *end = (char *)text + strlen(e->names[k]);
    return k;
}
