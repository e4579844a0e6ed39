/*
file_kind.h - what a file is, by its first bytes, to say which argument is in the wrong place.
*/
#pragma once

typedef enum {
    KIND_MISSING,
    KIND_FOLDER,
    KIND_CFG,
    KIND_WEIGHTS,
    KIND_STATE,
    KIND_PICTURE,
    KIND_ARRAYS,     // of NumPy
    KIND_COMPRESSED, // .gpc
    KIND_OTHER
} file_kind;

/* A regular file of which nothing else is known is a cfg or weights if it is named so. */
file_kind kind_of_file(const char *path);

/* With errno, if it does not. */
int path_exists(const char *path);

/* Such as "a folder", for a message. */
const char *name_of_kind(file_kind k);
