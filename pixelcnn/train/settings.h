/*
settings.h - what a training depends on beside its weights and moments, as text: the last section of a .state file.

A line is "KIND KEY VALUE". The kinds:
    must    differs: another training, the state is refused
    may     differs: the learning rate or the distortion was changed in the cfg; a line says so
    note    for the reader to judge: the cfg and the data, what the training started from, what it was computed with

A key that has its default need not be written: a later version adds a key whose default means the old
behaviour, and both versions read each other's states as long as the key is not used.
*/
#pragma once
#include <limits.h>
#include "base/atomic_file.h"
#include "darknet.h"

/* Where a training comes from: what the net does not know. */
typedef struct {
    char cfg[PATH_MAX]; // canonical path of its cfg, as write_printable shows it; "": unknown
    uint64_t cfg_text;  // XXH64 of the cfg
    uint64_t data;      // a hash of the training images and labels; 0: unknown
    file_mark start;    // of the weights that it started from; 0 bytes: from new ones
} training_origin;

/* The text for a training of this net; from may be NULL. Free it. */
char *settings_text(network *net, const training_origin *from);

/* What differs between two texts in lines of that kind, as "KEY THEIRS -> MINE, ...", cut to n bytes. Returns how many. */
int differing_settings(const char *theirs, const char *mine, const char *kind, char *text, size_t n);

/* The value of a line in to[n]. Returns 1; 0 where there is none, and to is "". */
int find_setting(const char *text, const char *kind, const char *key, char *to, size_t n);

/* What the notes of a text say. */
training_origin read_origin(const char *text);
