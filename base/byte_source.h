/*
byte_source.h - the content of a file that may be gzipped.
*/
#pragma once
#include <stddef.h>

typedef struct byte_source byte_source;

/* Exits 1 where it cannot be opened or is no regular file. */
byte_source *open_byte_source(const char *file);

/* The most bytes that the file's content can have: its size, or where it is gzipped 1,032 times that. */
double max_content_bytes(const byte_source *s);
int is_gzipped(const byte_source *s);

/* At most `bytes` bytes; fewer only at the end of the content. Exits 1, naming file and byte, where the file cannot be read, where
   compressed data is damaged or ends early, and where anything but more gzipped data follows it. */
size_t read_byte_source(byte_source *s, void *to, size_t bytes);

void close_byte_source(byte_source *s);
