/*
labels.h - labels as they are written on a command line.
*/
#ifndef LABELS_H
#define LABELS_H

/* label (classes), OVERWRITTEN, from a class ("3"), weights ("3:0.5,8:0.5") or "none" (zeros). Exits 1 on
   anything else. */
void read_label(const char *text, int classes, float *label);

/* Labels of n images (n,classes), to be freed. text is what read_label reads, for all of them; or "all": `each` images
   of class 0, then as many of class 1 and so on; or NULL: class 0, 1, ... in turn, over and over. */
float *labels_of_images(const char *text, int n, int each, int classes);

#endif
