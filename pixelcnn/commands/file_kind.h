/* file_kind.h - what kind of file a path is, by its first bytes, for messages about misplaced arguments. */
#pragma once

typedef enum {
    KIND_MISSING,
    KIND_FOLDER,
    KIND_CFG,
    KIND_WEIGHTS,
    KIND_STATE,
    KIND_PICTURE,
    KIND_ARRAYS,     // NumPy
    KIND_COMPRESSED, // .gpc
    KIND_OTHER
} file_kind;

/* A regular file that is not recognised is a cfg or weights if its name says so. */
file_kind kind_of_file(const char *path);

/* If it does not exist, errno is set. */
int path_exists(const char *path);

/* Such as "a folder", for a message. */
const char *name_of_kind(file_kind k);
