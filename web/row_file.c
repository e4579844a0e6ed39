/* row_file.c - base/row_file.h in a browser, which has no files: images are in memory. */
#include "base/errors.h"
#include "base/row_file.h"

void read_rows(const row_file *f, size_t first, size_t n, void *to)
{
    (void)f, (void)to;
    die("rows %zu to %zu of a file: there are none here", first, first + n - 1);
}

const char *row_file_name(const row_file *f)
{
    (void)f;
    return "";
}

size_t row_place(const row_file *f, size_t i)
{
    (void)f;
    return i;
}

void close_row_file(row_file *f) { (void)f; }
