/*
printable.h - makes names and messages safe to print on a terminal.

A file name may contain any byte. Sent to a terminal unchanged, it can move the cursor, change the title or
hide earlier output.
*/
#pragma once
#include <stddef.h>
#include <stdio.h>

/* The length of the UTF-8 character at s, 1 to 4 bytes; 0: no valid character starts here (overlong forms,
   surrogates and values beyond U+10FFFF are invalid), or the text ends. */
int utf8_bytes(const char *s);

/* Copies text to to[size], cut to fit. Control characters, marks that change the writing direction, and bytes
   that are not UTF-8 become \xNN. */
void write_printable(char *to, size_t size, const char *text);

/* The same for an argument of a message. Returns text itself where there is nothing to escape, else one of
   this thread's 4 buffers. */
const char *printable(const char *text);

/* printable(text) if the stream is a terminal; a file or a pipe gets the bytes unchanged. */
const char *printable_on(FILE *to, const char *text);
