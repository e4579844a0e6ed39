#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/atomic_file.h"
#include "base/csv.h"
#include "base/errors.h"
#include "base/printable.h"

void begin_csv(csv *c)
{
    *c = (csv){0};
    c->rows = open_memstream(&c->text, &c->bytes);
    if (!c->rows) die("CSV: out of memory");
}

/* before: what comes before a formula. */
static void print_field(csv *c, const char *text, const char *before)
{
    const char *start = *text && strchr("=+-@\t\r", *text) ? before : "";
    int quoted = strpbrk(text, ",\"\r\n") != 0;
    if (quoted) fputc('"', c->rows);
    fputs(start, c->rows);
    for (; *text; ++text) {
        if (*text == '"') fputc('"', c->rows);
        fputc(*text, c->rows);
    }
    if (quoted) fputc('"', c->rows);
}

void csv_print_path(csv *c, const char *path) { print_field(c, path, "./"); }
void csv_print_name(csv *c, const char *name) { print_field(c, name, "'"); }

static void show_on_terminal(csv *c)
{
    char line[8192];
    for (char *from = c->text, *end; (end = strchr(from, '\n')); from = end + 1) {
        *end = 0;
        write_printable(line, sizeof line, from);
        puts(line);
    }
}

void finish_csv(csv *c, const char *file)
{
    char error[512];
    if (fclose(c->rows)) die("CSV: out of memory");
    if (file && atomic_write_file(file, c->text, c->bytes, error)) die("%s", error);
    if (!file && isatty(STDOUT_FILENO))
        show_on_terminal(c);
    else if (!file)
        fwrite(c->text, 1, c->bytes, stdout);
    free(c->text);
}
