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

void csv_print_path(csv *c, const char *text)
{
    const char *start = strchr("=+-@\t\r", *text) ? "./" : "";
    int quoted = strpbrk(text, ",\"\r\n") != 0;
    if (quoted) fputc('"', c->rows);
    fputs(start, c->rows);
    for (; *text; ++text) {
        if (*text == '"') fputc('"', c->rows);
        fputc(*text, c->rows);
    }
    if (quoted) fputc('"', c->rows);
}

void end_csv(csv *c)
{
    if (fclose(c->rows)) die("CSV: out of memory");
}

void write_csv(const csv *c, const char *file)
{
    char error[512];
    if (atomic_write_file(file, c->text, c->bytes, error)) die("%s", error);
}

void print_csv(const csv *c)
{
    char line[8192];
    if (!isatty(STDOUT_FILENO)) {
        fwrite(c->text, 1, c->bytes, stdout);
        return;
    }
    for (char *from = c->text, *end; (end = strchr(from, '\n')); from = end + 1) {
        *end = 0;
        write_printable(line, sizeof line, from);
        *end = '\n';
        puts(line);
    }
}

void free_csv(csv *c) { free(c->text); }
