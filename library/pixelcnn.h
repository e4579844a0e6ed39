/*
pixelcnn.h - libpixelcnn: draws, scores and completes images with a trained Gated PixelCNN. C and C++.

    pixelcnn *net = pixelcnn_load("gated_pixelcnn.cfg", "gated_pixelcnn.weights", 0);
    if (!net) printf("%s\n", pixelcnn_error());

Images are bytes (n,C,H,W): n images, each C planes of H rows of W values from 0 to 255. Labels are floats
(n,K), where K is pixelcnn_classes: one-hot, or class weights of at least 0 that sum to 1. A net with
attributes=1 in its [label_embed] takes any K numbers. All zeros mean "no label", which a net with classes
accepts only if it was trained with label dropout. Each function says what NULL labels mean; a net with
attributes needs labels.

Functions report errors by returning NULL or -1; pixelcnn_error() has a one-line message. A failed call has
written nothing to its arguments, and has freed its memory and closed its files. The library never exits, and
prints only if pixelcnn_verbose is on.

Any thread may call; one call runs at a time in a process, and the others wait. A call divides its work among
OMP_NUM_THREADS threads (default: all cores); samples do not depend on their number. Calls from an OpenMP
parallel region are fine. Free a net only when no other thread uses it. In a child process forked after a
call, calls fail (OpenMP's threads do not exist there), and pixelcnn_free does nothing.

The library does not touch process-wide state: signals, locale, rand(), working directory, standard streams.
The caller's rounding mode, flush-to-zero mode and floating-point traps do not affect results and are
restored.
*/
#ifndef PIXELCNN_H
#define PIXELCNN_H
#include <stdint.h>

#define PIXELCNN_VERSION "0.1.0"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct pixelcnn pixelcnn;

/* Loads a net from a cfg and weights that were trained with it; NULL on an error. batch is the number of
   images that pixelcnn_nll passes through the net at once (0: 16); it affects memory and speed, not results.
   Free with pixelcnn_free, which accepts NULL. */
pixelcnn *pixelcnn_load(const char *cfg, const char *weights, int batch);
void pixelcnn_free(pixelcnn *net);

/* Properties of a net; -1 if it is NULL. */
int pixelcnn_channels(const pixelcnn *net); // C: 1 or 3
int pixelcnn_height(const pixelcnn *net);
int pixelcnn_width(const pixelcnn *net);
int pixelcnn_levels(const pixelcnn *net);     // L: a value v becomes level v L / 256, rounded down
int pixelcnn_classes(const pixelcnn *net);    // K: floats per label; 0: the net takes no labels
int pixelcnn_attributes(const pixelcnn *net); // 1: labels are K numbers; 0: one of K classes, or class weights

/* How to draw images. A field of 0 has its default, so NULL and {0} both mean PIXELCNN_DRAW. A seed draws the
   same images as the command `pixelcnn sample`, and image i does not depend on how many are drawn with it. */
typedef struct {
    uint64_t seed;
    int first;          // index of the first image
    double temperature; // 0: the default, 1; below 1: likelier images; at most 100; or PIXELCNN_GREEDY
    double guidance;    // w, -1 to 100: logits = (1+w) logits with label - w logits without; 0: off, as it must be for
                        // a net that was trained without label dropout
} pixelcnn_draw;

/* A temperature that always takes the likeliest value, like -temp 0 of the command. */
#define PIXELCNN_GREEDY (-1.0)

#define PIXELCNN_DRAW                                                                                                  \
    {                                                                                                                  \
        0, 0, 1, 0                                                                                                     \
    }

/* Fills labels (n,K) from text, as for -label on the command line: "3"; "3,8": alternating; "3:0.5,8:0.5": a
   mixture; "all": n/K images of class 0, then of class 1 and so on; NULL: class 0, 1, ... in turn; "none":
   zeros. With attributes=1: "0.5,-2,1", "0:0.5,2:1" or "none". OVERWRITES labels. Returns 0 or -1. */
int pixelcnn_labels(pixelcnn *net, const char *words, int n, float *labels);

/* Draws n images. labels NULL: each class in turn; image i, counted from how->first, has class i mod K.
   OVERWRITES images. Returns 0 or -1. */
int pixelcnn_sample(pixelcnn *net, int n, const float *labels, const pixelcnn_draw *how, unsigned char *images);

/* Completes n images: draws the pixels that are not given, in raster order. mask (H,W), the same for all
   images, is nonzero at given pixels, which are kept but quantised to the net's levels. A given pixel does
   not influence pixels before it. labels NULL: as in pixelcnn_sample. OVERWRITES images. Returns 0 or -1. */
int pixelcnn_complete(pixelcnn *net, int n, const float *labels, const unsigned char *mask, const pixelcnn_draw *how,
                      unsigned char *images);

/* Computes the negative log likelihood of n images in nats per image: nats (n), OVERWRITTEN. Bits per value
   are nats / (C H W) / log 2. labels NULL: uses p(x), the mean over the K classes of p(x | class), which
   takes K times as long. Returns 0 or -1. */
int pixelcnn_nll(pixelcnn *net, int n, const unsigned char *images, const float *labels, double *nats);

/* The message of this thread's last failed call; "" if there was none. */
const char *pixelcnn_error(void);

/* 1: print what the commands print while loading to stderr; 0, the default: print nothing. */
void pixelcnn_verbose(int on);

/* The version of the library at run time; PIXELCNN_VERSION is that of this header. */
const char *pixelcnn_version(void);

#ifdef __cplusplus
}
#endif

#endif
