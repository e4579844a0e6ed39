/* drawings.h - where sample and complete write what they draw: one sheet, a file per image, an array, an
   animation. */
#pragma once
#include "layers/label_embed_layer.h"
#include "pixelcnn/commands/captions.h"
#include "pixelcnn/commands/generation.h"
#include "pixelcnn/commands/outputs.h"
#include "pixelcnn/pictures/sheet.h"

/* The options of both, for their tables; `usual` is a string. */
#define DRAWING_OPTIONS(d, usual)                                                                                      \
    {"-scale N", OPTION_INT, &(d).scale, 0, 64, "enlarge each pixel to N x N; 0: to a sheet of about 500 pixels"},     \
        {"-out FILE",                                                                                                  \
         OPTION_TEXT,                                                                                                  \
         &(d).out,                                                                                                     \
         0,                                                                                                            \
         0,                                                                                                            \
         "write a PNG of all images (" usual "), or of each: DIR/%05d.png, or DIR/; -: to standard output"},           \
        {"-npy FILE", OPTION_TEXT,                                                                                     \
         &(d).npy,    0,                                                                                               \
         0,           "write the images as a NumPy array, FILE.npz with their labels; without -out no PNG"},           \
    {                                                                                                                  \
        "-preview", OPTION_FLAG, &(d).preview, 0, 0, "show the PNG in the terminal with chafa"                         \
    }

typedef struct drawing_outputs drawing_outputs;

/* Chooses the outputs from the options; `usual` is the sheet's file if neither -out nor -npy is given. "-"
   becomes /dev/stdout in o. Exits 1 on a file that cannot be written, on a name for another kind of file, and
   if an output is an input (NULL-terminated list). Call it before the work; free it. */
drawing_outputs *choose_drawings(const char *command, draw_options *o, const char *usual, const named_path *inputs);
void free_drawings(drawing_outputs *d);

/* Whether a sheet or an animation needs all images at once. The other files are written as the images
   come. */
int needs_all_images(const drawing_outputs *d);

/* Exits 1 if the sheet, the animation or the images for them would be too large. Call it before the work. */
void check_drawings(const drawing_outputs *d, sheet s);

/* The names of t's images for sheet and animation; none if nothing shows all images. Free them. */
image_names name_drawn_images(const drawing_outputs *d, const draw_request *t);

/* [all ranks] Draws t's images into the outputs on rank 0: a series and an array as they come. s is the
   layout of sheet and animation; g describes them. Returns all images (t->n,C,H,W), 8 bit, where
   needs_all_images on rank 0, else NULL; free them. */
unsigned char *draw_into(drawing_outputs *d, const draw_request *t, sheet s, generation *g);

/* The content of a sheet and an animation. */
typedef struct {
    sheet whole;                // its text is set here
    const unsigned char *shown; // its images, 8 bit
    const unsigned char *given; // pixels that an animation shows from the start (animation.h); NULL: none
} shown_images;

/* On rank 0: writes sheet and animation, then prints g and shows the preview. */
void finish_drawings(const drawing_outputs *d, shown_images x, generation *g);
