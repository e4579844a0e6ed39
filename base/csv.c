#define _GNU_SOURCE // fopencookie
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/atomic_file.h"
#include "base/csv.h"
#include "base/errors.h"
#include "base/printable.h"

/* Failures are recorded in the file. */
static ssize_t write_rows(void *file, const char *text, size_t bytes)
{
    atomic_write(file, text, bytes);
    return bytes;
}

void begin_csv(csv *c, const char *file)
{
    *c = (csv){.kind = file ? CSV_FILE : isatty(STDOUT_FILENO) ? CSV_TERMINAL : CSV_STDOUT, .rows = stdout};
    if (file) atomic_open(&c->file, file);
    if (c->kind == CSV_FILE) c->rows = fopencookie(&c->file, "w", (cookie_io_functions_t){.write = write_rows});
    if (c->kind == CSV_TERMINAL) c->rows = open_memstream(&c->text, &c->bytes);
    if (!c->rows) die("CSV: out of memory");
}

/* before: what to put before a formula. */
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

void finish_csv(csv *c)
{
    if (c->kind == CSV_STDOUT) return;
    if (fclose(c->rows)) die("CSV: out of memory");
    if (c->kind == CSV_FILE && atomic_close(&c->file)) die("%s", c->file.error);
    if (c->kind == CSV_TERMINAL) show_on_terminal(c);
    free(c->text);
}
