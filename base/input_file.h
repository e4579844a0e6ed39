/*
input_file.h - files that are read: regular ones. A pipe that nobody writes to, a terminal or a device that never ends would
hang the program or fill its memory, and what is read twice (size first, or a cfg by two processes) must be there twice.
*/
#pragma once
#include <stdio.h>

/* To read from; NULL where that cannot be, and *why says why ("No such file or directory"). */
FILE *try_open_input(const char *file, const char **why);
/* The same; exits 1 where the file cannot be opened. */
FILE *open_input(const char *file);
