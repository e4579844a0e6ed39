/*
class_names.h - the names of a net's classes, in a file beside its weights.

BASE.names belongs to BASE.weights and to the files of a training run, BASE_final.weights, BASE_best.weights
and so on. It has one name per line, that of class 0 first, as Darknet's .names files do. A backslash is
written \\ and a control character \xNN. Empty lines at the end are ignored, as is a carriage return at a
line's end.
*/
#pragma once
#include <stddef.h>
#include "layers/label_embed_layer.h"

/* Reads a file of names into a list of *n. Exits 1, naming file and line, if it is no such file, or if a name
   is empty or a duplicate. Free with free_class_names. */
char **read_class_names(const char *file, int *n);
void free_class_names(char **names, int n);
char **copy_class_names(char *const *names, int n);

/* The file as text. Free it. */
char *text_of_class_names(char *const *names, int n);

/* Writes the file. Returns 0, or 1 with the reason in error (512 bytes). */
int try_write_class_names(const char *file, char *const *names, int n, char *error);

/* Gives the net copies of its classes' names, one for each class, in place of those that it had; NULL: none.
   No effect on a net without label_embed. */
void set_class_names(network *net, char *const *names);

/* Gives the net the names beside its weights, if there are any: label_of(net)->names. Exits 1 if the file is
   damaged or has another number of names. */
void load_class_names(network *net, const char *weights);

/* The class whose name text starts with, up to a comma, a colon or the end; -1 if there is none, or the net
   has no names. Case matters only between names that differ in nothing else. The longest name counts, since
   names may contain commas and colons. *end: where the name ends. */
int find_class_name(const label_embed *e, const char *text, char **end);
