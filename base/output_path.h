/*
output_path.h - what a path leads to that is going to be written.
*/
#pragma once
#include <sys/stat.h>

typedef struct {
    char path[4096];   // the path behind all links; a link that dangles leads to the file that it names
    int exists;        // and then
    struct stat there; // is what is there
    int descriptor;    // of this process, which /dev/stdout or /dev/fd/N stands for; else -1
} output_path;

/* Returns 0, or 1 with errno set. Nothing is opened or made. */
int follow_output(const char *path, output_path *to);

/* It is written as it comes, and no file is replaced: a device, a pipe, an open descriptor. */
int is_stream_output(const output_path *o);

/* For writing what is_stream_output holds for. Returns a descriptor to close, or -1 with errno set. */
int open_stream_output(const output_path *o);

/* The path without links, "." or "..", absolute, to at least 4096 bytes; the last part need not exist. Returns 0, or 1 with
   errno set. */
int canonical_path(const output_path *o, char *to);
