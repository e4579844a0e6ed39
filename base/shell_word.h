/* shell_word.h - words quoted for a shell. */
#pragma once
#include <stdio.h>

/* Writes a word so that a shell reads it back: plain, in single quotes, or as $'\xNN' if it has control
   characters or bytes that are not UTF-8. */
void write_shell_word(FILE *to, const char *word);

/* The same as a text; free it. */
char *shell_word(const char *word);
