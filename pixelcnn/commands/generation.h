/*
generation.h - drawing images, and describing how: as a line, as JSON, in the PNG itself.
*/
#pragma once
#include "darknet.h"
#include "pixelcnn/commands/options.h"
#include "pixelcnn/sample/sampler.h"

/* Options of every command that draws. */
typedef struct {
    const char *label, *out;
    int n, seed, scale, json, preview;
    double temperature, guidance;
} draw_options;

/* What was drawn. */
typedef struct {
    const char *command, *weights; // the command's name, the weights' file
    const char *label;             // as in -label, or in words without one
    const char *given;             // complete: "rows 14" or "mask m.png"; NULL: nothing is given
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

/* On stdout: a line, or JSON with -json. With -preview the PNG, already written, is shown as well. */
void print_generation(const generation *g);
