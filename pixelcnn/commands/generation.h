/*
generation.h - how images were drawn, and how that is told: as a line, as JSON, in the PNG itself.
*/
#pragma once
#include "darknet.h"
#include "pixelcnn/commands/options.h"
#include "pixelcnn/sample/sampler.h"

/* The options that every command that draws has, and their values. */
typedef struct {
    const char *label, *out;
    int n, seed, scale, json, preview;
    double temperature, guidance;
} draw_options;

/* What was drawn. */
typedef struct {
    const char *command, *weights; // the command's name, the weights' file
    const char *label;             // as -label says, or in words where it was not given
    const char *given;             // complete: "rows 14" or "mask m.png"; NULL: nothing is given
    int images, w, h;
    double seconds;
    double nats; // mean over the images, of the drawn values alone, under what they were drawn from
    draw_options with;
} generation;

/* Draws with the options' seed, temperature and guidance what else is wished, by one of the samplers. Command, weights, label
   and what is given are left for the caller to tell. */
generation draw(void (*sampler)(network *net, sample_request w, unsigned char *levels), network *net,
                const draw_options *o, sample_request w, unsigned char *levels);

/* Exits 1 where label or guidance are asked of a net without [label_embed], or guidance of one without dropout. */
void need_label(const char *command, const draw_options *o, const network *net);

/* Lines "key: value" for the PNG; free it. */
char *generation_text(const generation *g);

/* On stdout: one line, or with -json one JSON object. With -preview the PNG, which is written already, is shown too. */
void print_generation(const generation *g);
