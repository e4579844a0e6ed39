/*
command_line.h - the command line of this process, and words as a shell takes them.
*/
#pragma once
#include <stdio.h>

/* Writes a word so that a shell reads it back: plain, in single quotes, or, with control characters or bytes
   that are not UTF-8, as $'\xNN'. */
void write_shell_word(FILE *to, const char *word);

/* The words, ended by NULL, as the process was started, whatever has become of argv; NULL where they cannot
   be read. Free the result, which holds all of them. */
char **command_words(void);

/* All of them as one line for a shell; "" where they cannot be read. Free it. */
char *command_line(void);
