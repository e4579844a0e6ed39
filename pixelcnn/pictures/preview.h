/* preview.h - shows a picture in the terminal with chafa. */
#pragma once

/* Shows a picture file on stderr, so that stdout has only results. The file has already been written, so a
   missing or failing chafa is not an error, only a line on stderr. */
void show_preview(const char *file);
