/* output_path.h - resolves the path of a file to be written. */
#pragma once
#include <sys/stat.h>

typedef struct {
    char path[4096]; // with all links followed; a dangling link gives the file that it names
    int exists;      // 1: `there` describes it
    struct stat there;
    int descriptor; // of this process, if the path is /dev/stdout or /dev/fd/N; else -1
} output_path;

/* Returns 0, or 1 with errno set. Opens and creates nothing. */
int follow_output(const char *path, output_path *to);

/* Whether it is written directly instead of being replaced: a device, a pipe or an open descriptor. */
int is_stream_output(const output_path *o);

/* Opens a stream output for writing. Returns a descriptor to close, or -1 with errno set. */
int open_stream_output(const output_path *o);

/* Writes the absolute path, without links, "." or "..", to `to` (at least 4096 bytes). The last part need not
   exist. Returns 0, or 1 with errno set. */
int canonical_path(const output_path *o, char *to);
