/* captions.h - captions for sheets: the names of classes. */
#pragma once
#include "layers/label_embed_layer.h"

typedef struct {
    const char **captions; // (n), one per image; NULL if its label is not one class. Or NULL
    char **numbers;        // (classes), as text, for captions
    int classes;
} image_names;

/* Names for images with labels (n,classes); labels NULL: none. when: auto, on or off. A class without a name,
   or with one that captions have no letters for, gets its number. auto: on if the classes have names other
   than their numbers, and n is more than 1. Free with free_image_names. */
image_names name_images(const label_embed *e, const float *labels, int n, const char *when);
void free_image_names(image_names *m);

/* The option of commands that draw sheets; pass its value to name_images. */
#define CAPTIONS_OPTION(value)                                                                                         \
    {                                                                                                                  \
        "-captions auto|on|off", OPTION_TEXT, value, 0, 0,                                                             \
            "write the classes' names on the sheet; auto: if they have any, on: else their numbers"                    \
    }
