/*
pixelcnn.h - libpixelcnn: draws, scores and completes images with a trained Gated PixelCNN. C and C++.

    pixelcnn *net = pixelcnn_load("gated_pixelcnn.cfg", "gated_pixelcnn.weights", 0);
    if (!net) printf("%s\n", pixelcnn_error());

Images are bytes (n,C,H,W): n images, each C planes of H rows of W values from 0 to 255. Labels are floats (n,K), K
being pixelcnn_classes: 1 at the class and else 0, or weights of classes, each 0 or more, that sum to 1. A net with
attributes=1 in its [label_embed] takes any K numbers. Zeros are no label, which a net of classes takes only if it was
trained with label dropout. NULL in place of labels: each function says what that is; a net of attributes needs them.

Errors are returned: NULL or -1, and pixelcnn_error() has one line that says what is wrong. A call that failed has
written nothing into what it was given, has freed its memory and closed its files. The library never exits and never
prints unless pixelcnn_verbose is on.

Threads: any may call; one call runs at a time in a process, the others wait. A call divides its own work among
OMP_NUM_THREADS threads, else all cores; what is drawn does not depend on their number. It may come from a parallel
region of OpenMP. Free a net when no other thread is about to use it. In a child that was forked after a call, calls
fail (OpenMP's threads are missing there), and pixelcnn_free does nothing.

What a process shares is left alone: signals, locale, the numbers of rand(), working folder, standard streams. The
caller's rounding mode, flushing of denormals and floating-point traps do not affect results and are restored.
*/
#ifndef PIXELCNN_H
#define PIXELCNN_H
#include <stdint.h>

#define PIXELCNN_VERSION "0.1.0"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct pixelcnn pixelcnn;

/* A net from a cfg and weights trained with it, or NULL. batch: images that pixelcnn_nll passes through the net at once
   (0: 16); it costs memory and changes no result. Free it with pixelcnn_free, which takes NULL too. */
pixelcnn *pixelcnn_load(const char *cfg, const char *weights, int batch);
void pixelcnn_free(pixelcnn *net);

/* What the net is for. -1 where it is NULL. */
int pixelcnn_channels(const pixelcnn *net); // C: 1 or 3
int pixelcnn_height(const pixelcnn *net);
int pixelcnn_width(const pixelcnn *net);
int pixelcnn_levels(const pixelcnn *net);     // L: a value v is read as level v L / 256, rounded down
int pixelcnn_classes(const pixelcnn *net);    // K: floats of a label; 0: the net has none
int pixelcnn_attributes(const pixelcnn *net); // 1: labels are K numbers; 0: one of K classes, or class weights

/* How images are drawn. NULL in its place is PIXELCNN_DRAW, and so is {0}: a field of 0 has its default. The same seed draws
   the same images as the command `pixelcnn sample`, image i being the same however many are drawn with it. */
typedef struct {
    uint64_t seed;
    int first;          // the number of the first image
    double temperature; // 0: 1; below 1: likelier images; at most 100; or PIXELCNN_GREEDY
    double guidance;    // w, -1 to 100: logits = (1+w) logits with label - w logits without; 0: off, as it must be for
                        // a net that was trained without label dropout
} pixelcnn_draw;

/* A temperature that always takes the likeliest value, as -temp 0 of the command does. */
#define PIXELCNN_GREEDY (-1.0)

#define PIXELCNN_DRAW                                                                                                  \
    {                                                                                                                  \
        0, 0, 1, 0                                                                                                     \
    }

/* Labels (n,K) from words, as after -label on the command line: "3"; "3,8": in turn, over and over; "3:0.5,8:0.5": a
   mixture; "all": n/K images of class 0, then of class 1 and so on; NULL: class 0, 1, ... in turn; "none": zeros. Of a
   net with attributes=1 "0.5,-2,1", "0:0.5,2:1" or "none". OVERWRITES labels. 0, or -1. */
int pixelcnn_labels(pixelcnn *net, const char *words, int n, float *labels);

/* Draws n images. labels NULL: each class in turn, image i (counted from how->first) of class i mod K. OVERWRITES
   images. 0, or -1. */
int pixelcnn_sample(pixelcnn *net, int n, const float *labels, const pixelcnn_draw *how, unsigned char *images);

/* Draws what is not given of n images, in raster order. mask (H,W), one for all: not 0 where a pixel is given, which
   is kept as the net reads it, in its levels. A pixel that is given after a hole does not inform the hole. labels NULL:
   as in pixelcnn_sample. OVERWRITES images. 0, or -1. */
int pixelcnn_complete(pixelcnn *net, int n, const float *labels, const unsigned char *mask, const pixelcnn_draw *how,
                      unsigned char *images);

/* Negative log likelihood of n images: nats (n), in nats an image, OVERWRITTEN; bits a value are nats / (C H W) /
   log 2. labels NULL: of p(x), the mean over the K classes of p(x | class), which takes K times as long. 0, or -1. */
int pixelcnn_nll(pixelcnn *net, int n, const unsigned char *images, const float *labels, double *nats);

/* What went wrong in the last call of this thread that failed; "" before any has. */
const char *pixelcnn_error(void);

/* 1: what the command prints while it loads goes to stderr; 0, as in the beginning: nothing. */
void pixelcnn_verbose(int on);

/* Version of the library that runs, as PIXELCNN_VERSION is of this header. */
const char *pixelcnn_version(void);

#ifdef __cplusplus
}
#endif

#endif
