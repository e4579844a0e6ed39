/* input_file.h - opens files for reading: regular ones only. A pipe without a writer, a terminal or an
   endless device would hang the program or fill its memory, and some files are read twice. */
#pragma once
#include <stdio.h>

/* Opens a file for reading. NULL if that fails, with the reason in *why ("No such file or directory"). */
FILE *try_open_input(const char *file, const char **why);
/* The same, but exits 1 if the file cannot be opened. */
FILE *open_input(const char *file);
/* The whole text of a file, ending with NUL. Exits 1 if it is larger than 16 MiB or contains another NUL:
   "not WHAT", where what is "a cfg file", say. Free it. */
enum { LARGEST_TEXT = 16 << 20 };
char *read_text_file(const char *file, const char *what);
/* Exits 1 because a file cannot be opened. If it does not exist, suggests one with a similar name. */
void die_cannot_open(const char *file, const char *why) __attribute__((noreturn));
