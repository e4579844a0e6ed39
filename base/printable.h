/*
printable.h - names and messages as a terminal may show them.

A file's name may hold any byte. Sent to a terminal unchanged, it can move the cursor, change the title or hide earlier output.
*/
#pragma once
#include <stddef.h>
#include <stdio.h>

/* Bytes of the UTF-8 character at s, 1 to 4; 0: none starts here (overlong forms, surrogates and what lies beyond U+10FFFF are
   none). Text ends with a 0. */
int utf8_bytes(const char *s);

/* text to to[size], cut to fit: control characters, marks that turn the direction of writing, and bytes that are not UTF-8
   become \xNN. */
void write_printable(char *to, size_t size, const char *text);

/* The same for an argument of a message: text itself where there is nothing to replace, else one of this thread's 4 buffers. */
const char *printable(const char *text);

/* printable(text) where the stream is a terminal; for a file or a pipe the bytes of the name are what is wanted. */
const char *printable_on(FILE *to, const char *text);
