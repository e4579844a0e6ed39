/*
labels.h - labels as they are written on a command line.
*/
#ifndef LABELS_H
#define LABELS_H

/* label (classes), OVERWRITTEN, from a class ("3"), weights ("3:0.5,8:0.5") or "none" (zeros). Exits 1 on
   anything else. */
void read_label(const char *text, int classes, float *label);

#endif
