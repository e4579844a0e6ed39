/*
preview.h - a picture shown in the terminal, by chafa.
*/
#pragma once

/* Shows a picture's file on stderr, so that stdout holds results alone. What was to be seen is written already: where chafa is
   missing or fails, that is one line on stderr and no error. */
void show_preview(const char *file);
