/*
generation.h - drawing images, and describing how: as a line, as JSON, in the PNG itself.
*/
#pragma once
#include <stdio.h>
#include "darknet.h"
#include "pixelcnn/commands/options.h"
#include "pixelcnn/sample/sampler.h"

/* Options of every command that draws. */
typedef struct {
    const char *label, *captions;
    const char *out, *npy, *gif; // as given; NULL: not given
    int n, seed, json, preview;
    int scale; // 0: chosen
    double temperature, guidance;
} draw_options;

/* What was drawn. */
typedef struct {
    const char *command, *weights; // the command's name, the weights' file
    const char *label;             // as in -label, or in words without one
    const char *const *names;      // (images) of their classes, NULL where unknown; NULL: none is known
    const char *given;             // complete: "rows 14" or "mask m.png"; NULL: nothing is given
    const char *files;             // what was written
    FILE *to;                      // where the result is printed: stderr if images go to stdout
    int images, w, h;
    double seconds;
    double nats; // mean over the images, of the drawn values alone, under what they were drawn from
    draw_options with;
} generation;

/* Draws by one of the samplers; seed, temperature and guidance come from the options, the rest from the request. The caller
   sets command, weights, label and given. */
generation draw(void (*sampler)(network *net, sample_request r, unsigned char *levels), network *net,
                const draw_options *o, sample_request r, unsigned char *levels);

/* Exits 1 on a label or guidance for a net without [label_embed], or guidance for one without dropout. */
void need_label(const char *command, const draw_options *o, const network *net);

/* Lines of "key: value" for the PNG. Free it. */
char *generation_text(const generation *g);

/* The same for image i alone, with its class in place of g->label unless that is -1. Free it. */
char *image_text(const generation *g, int i, int class);

/* A line, or JSON with -json. */
void print_generation(const generation *g);
