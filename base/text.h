/* text.h - small functions on strings and paths. */
#pragma once

/* A copy; free it. Exits 1 when out of memory. */
char *copy_text(const char *text);
/* As sprintf writes it; free it. */
char *format_text(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Whether a text ends with another. */
int ends_with(const char *text, const char *end);
/* The same, in upper or lower case: whether a file's name has a suffix such as ".png". */
int has_suffix(const char *name, const char *suffix);
/* The last part of a path: the name of a file without its folder. */
const char *name_in_path(const char *path);
/* What follows a regular noun after a number, as in "3 images": "s", or "" after 1. */
const char *plural_s(double n);
