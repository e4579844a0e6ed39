/*
captions.h - the names of classes on sheets.
*/
#pragma once
#include "layers/label_embed_layer.h"

typedef struct {
    const char **captions; // (n) of the sheet, each NULL where the label is not one class; or NULL
    char **numbers;        // (classes) as text, for captions
    int classes;
} image_names;

/* Of images with labels (n,classes); labels NULL: no names. when: auto, on or off. Captions are names; where
   a class has none, or one with letters that captions lack, its number. auto: on where the classes have names other
   than their numbers, and n is more than 1. Free with free_image_names. */
image_names name_images(const label_embed *e, const float *labels, int n, const char *when);
void free_image_names(image_names *m);

/* The option of commands that draw sheets; pass its value to name_images. */
#define CAPTIONS_OPTION(value)                                                                                         \
    {                                                                                                                  \
        "-captions auto|on|off", OPTION_TEXT, value, 0, 0,                                                             \
            "write the classes' names on the sheet; auto: if they have any, on: else their numbers"                    \
    }
