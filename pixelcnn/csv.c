#include "csv.h"
#include <stdlib.h>
#include <string.h>
#include "atomic_file.h"
#include "errors.h"

void check_csv(const char *file)
{
    atomic_file f;
    atomic_open(&f, file);
    if (*f.error) die("%s", f.error);
    atomic_abandon(&f);
}

void begin_csv(csv *c)
{
    *c = (csv){0};
    c->rows = open_memstream(&c->text, &c->bytes);
    if (!c->rows) die("CSV: out of memory");
}

void print_field(csv *c, const char *text)
{
    int plain = !strpbrk(text, ",\"\r\n");
    if (!plain) fputc('"', c->rows);
    for (; *text; ++text) {
        if (*text == '"') fputc('"', c->rows);
        fputc(*text, c->rows);
    }
    if (!plain) fputc('"', c->rows);
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

void free_csv(csv *c) { free(c->text); }
