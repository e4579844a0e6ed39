/* numbered_name.h - names of a series of files: a pattern such as dir/%05d.png, or a folder. */
#pragma once
#include <stddef.h>

typedef struct {
    char folder[4096];            // with the slash at its end; "": the working folder
    char before[256], after[256]; // of the number, in the file's name
    int digits, zeros;            // at least this many; zeros 1: padded with zeros, else with spaces
    int make_folder;              // 1: named with a slash at its end: create it if it is missing
} numbered_name;

/* Reads a path. Returns 1 if it names a series:
     a file name with %d, %5d or %05d in it, once; in such a name, %% is a percent sign
     a folder: one that exists, or a path that ends with a slash; the names are 00000 and so on, then the suffix
   Returns 0 if it names one file, and -1 with the reason in error (512 bytes) if its file name has other conversions. */
int read_numbered_name(const char *path, const char *suffix, numbered_name *to, char *error);

/* Writes the path of file i to path[size]. */
void write_numbered_name(const numbered_name *n, int i, char *path, size_t size);

/* Whether a file's name, without its folder, belongs to the series. */
int is_numbered_name(const numbered_name *n, const char *name);

/* Makes the folder if it is missing and may be made. Returns whether it was made. Exits 1 if it cannot be. */
int make_numbered_folder(const numbered_name *n);
