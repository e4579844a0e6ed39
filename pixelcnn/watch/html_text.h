/* html_text.h - writes text and pictures as HTML. */
#pragma once
#include <stddef.h>
#include <stdio.h>

/* Escapes the characters that have a meaning in HTML. */
void put_escaped(FILE *to, const char *text);

/* RFC 4648. */
void put_base64(FILE *to, const unsigned char *data, size_t bytes);

/* data:image/png;base64,... */
void put_data_uri(FILE *to, const unsigned char *png, size_t bytes);

/* An img element. Its size is that of the PNG times the largest number that leaves it at most `most` pixels
   wide, but at least 1; as --narrow where the page is narrow, with 320 in place of `most`. So all of its
   pixels are equally large on the page. most 0: its own size. */
void put_image(FILE *to, const unsigned char *png, size_t bytes, const char *alt, int most);

/* "2026-11-30 06:15:00 UTC" in a time element. */
void put_time(FILE *to, long long seconds);
