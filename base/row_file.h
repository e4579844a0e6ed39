/*
row_file.h - rows of equal length in a file, read when they are needed: for data larger than memory.

Their pages stay in the system's page cache, once for all processes of a host, and go when memory is short; a process holds
only the rows that it works on. pread, not mmap: where a file is cut, mapped pages end the process by SIGBUS, on whichever
thread and in whatever library reads them, and a handler would be the whole process's. A short read is an error like others.
It costs about a microsecond a row.
*/
#pragma once
#include <stddef.h>

typedef struct row_file row_file;

/* Rows of `bytes` bytes each, the first at byte `start`. Keeps the descriptor, and a copy of the name for messages. */
row_file *open_row_file(int descriptor, const char *name, size_t start, size_t bytes);
void close_row_file(row_file *f);

/* Rows first .. first+n-1. From any thread, several at a time. Exits 1 if the file has become shorter or cannot be read. */
void read_rows(const row_file *f, size_t first, size_t n, void *to);

/* The file's name, and where a row starts. */
const char *row_file_name(const row_file *f);
size_t row_place(const row_file *f, size_t i);
