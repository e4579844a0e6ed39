/* generation.h - draws images, and describes how they were drawn: as a line, as JSON, in the PNG itself. */
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
    const char *label;             // as given by -label, or else a description
    const char **names;            // names of the classes drawn, each once, in the order of the images
    int nnames;
    const char *given; // complete: "rows 14" or "mask m.png"; NULL: nothing is given
    const char *files; // what was written
    FILE *to;          // where the result is printed: stderr if images go to stdout
    int images, w, h;
    double seconds;
    double nats; // mean over the images: of drawn values only, under the distribution drawn from
    draw_options with;
} generation;

/* What is drawn: images 0 .. n-1. */
typedef struct {
    network *net;
    void (*sampler)(network *net, sample_request r, unsigned char *levels);
    const draw_options *o;
    int n;
    const unsigned char *keep; // as in sample_request
    /* For image i: its label, `classes` floats (NULL: the net has no labels); its given pixels, (C,H,W)
       (NULL: none). */
    const float *(*label)(const void *from, int i);
    const unsigned char *(*start)(const void *from, int i);
    const void *from;
} draw_request;

/* Images first .. first+n-1 (n,C,H,W), 8 bit. */
typedef void (*take_images)(void *context, int first, int n, const unsigned char *images);

/* [all ranks] Draws them in blocks, which the ranks share (base/ranks.h); rank 0 passes them to `take` as
   they come, in order. A rank holds only one block in memory. Sets images, w, h, seconds, nats and names of
   g; the caller sets the rest. */
void generate_images(const draw_request *t, generation *g, take_images take, void *context);

/* The labels (n,classes) of images first .. first+n-1; NULL: none. Free them. */
float *labels_of_request(const draw_request *t, int first, int n);

/* Exits 1 on a label or guidance for a net without [label_embed], or guidance for one without dropout. */
void need_label(const char *command, const draw_options *o, const network *net);

/* Lines of "key: value" for the PNG. Free it. */
char *generation_text(const generation *g);

/* The same for image i alone, with its class in place of g->label unless that is -1. Free it. */
char *image_text(const generation *g, int i, int class);

/* A line, or JSON with -json. */
void print_generation(const generation *g);
