/*
settings.h - what a training run depends on apart from its weights and moments, as text: the last section of a
.state file.

A line is "KIND KEY VALUE". The kinds:
    must    a difference means another training run: the state is refused
    may     a difference means that the cfg's learning rate or distortion was changed: it is reported
    note    for information: cfg and data, the initial weights, what it was computed with

A key with its default value need not be written. So a later version can add a key whose default means the old
behaviour, and both versions read each other's states as long as the key is not used.
*/
#pragma once
#include <limits.h>
#include "base/atomic_file.h"
#include "darknet.h"

/* The origin of a training run: what is not in the net. */
typedef struct {
    char cfg[PATH_MAX]; // canonical path of its cfg, through write_printable; "": unknown
    uint64_t cfg_text;  // XXH64 of the cfg
    uint64_t data;      // a hash of the training images and labels; 0: unknown
    file_mark start;    // mark of the initial weights; 0 bytes: random ones
} training_origin;

/* The text for a training run of this net; from may be NULL. Free it. */
char *settings_text(network *net, const training_origin *from);

/* Writes the lines of that kind that differ between two texts as "KEY THEIRS -> MINE, ...", cut to n bytes.
   Returns their number. */
int differing_settings(const char *theirs, const char *mine, const char *kind, char *text, size_t n);

/* Writes the value of a line to to[n] and returns 1; without such a line writes "" and returns 0. */
int find_setting(const char *text, const char *kind, const char *key, char *to, size_t n);

/* Parses the notes of a text. */
training_origin read_origin(const char *text);
