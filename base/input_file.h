/*
input_file.h - opens files for reading: regular ones only. A pipe without a writer, a terminal or an endless
device would hang the program or fill its memory, and some files are read twice.
*/
#pragma once
#include <stdio.h>

/* Opens a file for reading. NULL if that fails, with the reason in *why ("No such file or directory"). */
FILE *try_open_input(const char *file, const char **why);
/* The same, but exits 1 if the file cannot be opened. */
FILE *open_input(const char *file);
/* The whole text of a file, ended with NUL, of at most 16 MiB and without another NUL, or exits 1: "not `what`", which is "a cfg
   file", say. Free it. */
enum { LARGEST_TEXT = 16 << 20 };
char *read_text_file(const char *file, const char *what);
/* Exits 1: a file cannot be opened. Says what may have been meant, if there is none of this name. */
void die_cannot_open(const char *file, const char *why) __attribute__((noreturn));
