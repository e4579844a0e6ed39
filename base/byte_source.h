/* byte_source.h - reads a file that may be gzipped, or a member of a zip archive. */
#pragma once
#include <stddef.h>

typedef struct byte_source byte_source;

/* Exits 1 if the file cannot be opened or is not a regular file. */
byte_source *open_byte_source(const char *file);

/* A member of a zip archive, stored or deflated; NULL if the archive has none of that name. Exits 1 if the
   file is not a zip archive, or if the member is encrypted or compressed in another way. */
byte_source *open_zip_member(const char *file, const char *member);

/* The members of a zip archive whose names end with a suffix, without it, separated by commas: at most `most` of
   them, then "...". Free it. Exits 1 if the file is not a zip archive. */
char *zip_members(const char *file, const char *suffix, int most);

/* An upper bound of the content's size: the file's size, or 1,032 times that if it is gzipped. */
double max_content_bytes(const byte_source *s);
int is_gzipped(const byte_source *s);

/* Whether the content is the file's own bytes: neither gzipped nor a member of an archive. */
int is_raw(const byte_source *s);

/* A second descriptor of such a file, for pread; close it. Exits 1 if the process has none left. */
int raw_descriptor(const byte_source *s);

/* Reads `bytes` bytes, fewer only at the end of the content. Exits 1, naming file and byte, if the file
   cannot be read, if compressed data is damaged, ends early or has another checksum, or if anything but more
   gzip data follows it. */
size_t read_byte_source(byte_source *s, void *to, size_t bytes);

void close_byte_source(byte_source *s);
