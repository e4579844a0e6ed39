/*
labels.h - labels as they are written on a command line, and what a net takes as labels.

What is written depends on the net. A label of classes ([label_embed] attributes=0):

    3              class 3
    3,4            classes in turn: image i of a command has the (i mod n)-th of the n in the list
    3:0.5,8:0.5    a mixture of classes: weights of 0 or more that sum to 1
    all            each class, one after the other

One of attributes (attributes=1), K numbers:

    0.5,-2,1       the K numbers
    0:0.5,2:1      some of them by their index; the others are 0

And for either, in a net that was trained with dropout: none, which is zeros.
*/
#pragma once
#include "layers/label_embed_layer.h"

/* Labels of n images (n,classes), to be freed. text: see above, "all": `each` images of class 0, then as many of class 1
   and so on; or NULL: class 0, 1, ... in turn, over and over. Exits 1 on anything else. */
float *labels_of_images(const char *text, int n, int each, const label_embed *e);

/* Classes in turn as with NULL, of images first, first + 1, ... of a longer series. Exits 1 for a net of attributes. */
float *classes_in_turn(int first, int n, const label_embed *e);

/* Exits 1 where a number of the labels (n,classes) is NaN or infinity, or a label is nothing that the net was trained
   on: of classes one whose weights are negative or don't sum to 1, or zeros without dropout. */
void check_labels(const char *function, const float *labels, int n, const label_embed *e);

/* Exits 1 where the net was trained without label dropout: what needs it, and what to do instead. */
void require_label_dropout(const label_embed *e, const char *what, const char *instead);
