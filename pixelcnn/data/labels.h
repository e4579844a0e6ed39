/*
labels.h - parses labels from a command line and checks them against a net.

The syntax depends on the net. With classes ([label_embed] attributes=0):

    3              class 3
    3,4            classes in turn: image i of a command has the (i mod n)-th of the n in the list
    3:0.5,8:0.5    a mixture of classes: weights of 0 or more that sum to 1
    all            each class, one after the other

If the net has names (class_names.h), a class may be given by its name: car, or car:0.5,bird:0.5. A class
called all or none has to be given by its number.

With attributes (attributes=1), K numbers:

    0.5,-2,1       the K numbers
    0:0.5,2:1      some of them, by index; the others are 0

Either kind of net, if trained with dropout, also takes "none": zeros.
*/
#pragma once
#include "layers/label_embed_layer.h"

/* The labels of any number of images: image i has row i / each % n. */
typedef struct {
    float *rows; // (n,classes); free it
    int n, each, classes;
} label_series;

/* text: see above; "all" gives `each` images of class 0, then of class 1 and so on, cyclically; NULL gives
   class 0, 1, ... in turn. Exits 1 on anything else. */
label_series read_label_series(const char *text, int each, const label_embed *e);
const float *label_in_series(const label_series *s, int i);

/* Those of images 0 .. n-1 of such a series. Free them. */
float *labels_of_images(const char *text, int n, int each, const label_embed *e);

/* The labels for NULL of images first .. first+n-1 of a longer series. Exits 1 for a net of attributes. */
float *classes_in_turn(int first, int n, const label_embed *e);

/* The class that a label stands for; -1: a mixture, zeros, attributes, or no label (NULL). */
int class_of_label(const float *label, const label_embed *e);

/* The name of that class; NULL: there is none, or e is NULL. */
const char *name_of_label(const float *label, const label_embed *e);

/* Exits 1 if a number in the labels (n,classes) is NaN or infinite, or if a label is unlike those that the
   net was trained on: class weights that are negative or do not sum to 1, or zeros without label dropout. */
void check_labels(const char *function, const float *labels, int n, const label_embed *e);

/* Exits 1 if the net was trained without label dropout. The message says what requires it and what to do
   instead. */
void require_label_dropout(const label_embed *e, const char *what, const char *instead);
