/*
command_line.h - the command line of this process, and words quoted for a shell.
*/
#pragma once
#include <stdio.h>

/* Writes a word so that a shell reads it back: plain, in single quotes, or as $'\xNN' if it has control
   characters or bytes that are not UTF-8. */
void write_shell_word(FILE *to, const char *word);

/* The words that the process was started with, whatever has happened to argv since; the last is NULL. Returns
   NULL if they cannot be read. One free of the result frees all of them. */
char **command_words(void);

/* All of them as one line for a shell; "" if they cannot be read. Free it. */
char *command_line(void);
