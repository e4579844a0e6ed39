/*
preview.h - shows a picture in the terminal with chafa.
*/
#pragma once

/* Shows a picture file on stderr, so that stdout holds only results. The file has been written already, so a
   missing or failing chafa is no error, just one line on stderr. */
void show_preview(const char *file);
