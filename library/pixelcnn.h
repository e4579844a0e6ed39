/*
pixelcnn.h - libpixelcnn: draws, scores and completes images with a trained Gated PixelCNN. C89 or C++.

    pixelcnn *net = pixelcnn_load("gated_pixelcnn.cfg", "gated_pixelcnn.weights", 0);
    if (!net) printf("%s\n", pixelcnn_error());

Images are bytes (n,C,H,W): n images, each C planes of H rows of W values from 0 to 255. Labels are floats
(n,K), where K is pixelcnn_classes: one-hot, or class weights of at least 0 that sum to 1. A net with
attributes=1 in its [label_embed] takes any K numbers. All zeros mean "no label", which a net with classes
accepts only if it was trained with label dropout. Each function says what NULL labels mean; a net with
attributes needs labels.

Functions report errors by returning NULL or -1; pixelcnn_error() has a one-line message. One that was
cancelled (pixelcnn_on_cancel) returns PIXELCNN_CANCELLED. A failed call has written nothing to its arguments,
and has freed its memory and closed its files. The library never exits, and prints only if pixelcnn_verbose is
on. A field of a struct that is 0 has its default.

Any thread may call; one call runs at a time in a process, and the others wait. A call divides its work among
OMP_NUM_THREADS threads (default: all cores), or as many as pixelcnn_threads says; results do not depend on
their number. Calls from an OpenMP parallel region are allowed. Free a net only when no other thread uses it.
In a child process forked after a call, calls fail (OpenMP's threads do not exist there), and pixelcnn_free
does nothing.

The library does not touch process-wide state: signals, locale, rand(), working directory, standard streams.
The caller's rounding mode, flush-to-zero mode and floating-point traps do not affect results and are
restored.
*/
#ifndef PIXELCNN_H
#define PIXELCNN_H
#include <stddef.h>
#include <stdint.h>

#define PIXELCNN_VERSION "0.1.0"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- nets ---- */

typedef struct pixelcnn pixelcnn;

/* Loads a net from a cfg and weights that were trained with it; NULL on an error. batch is the number of
   images that pixelcnn_nll and its like pass through the net at once (0: 16); it affects memory and speed,
   not results. Free with pixelcnn_free, which accepts NULL. */
pixelcnn *pixelcnn_load(const char *cfg, const char *weights, int batch);

/* The same from memory: the text of a cfg, ended by NUL, and the content of a weights file. Neither is used
   after the call. Messages call them "cfg" and "weights". */
pixelcnn *pixelcnn_load_memory(const char *cfg, const void *weights, size_t weights_bytes, int batch);

void pixelcnn_free(pixelcnn *net);

/* Properties of a net; -1 if it is NULL.
   channels    C: 1 or 3
   levels      L: a value v becomes level v L / 256, rounded down
   classes     K: floats per label; 0: the net takes no labels
   attributes  1: labels are K numbers; 0: one of K classes, or class weights */
int pixelcnn_channels(const pixelcnn *net);
int pixelcnn_height(const pixelcnn *net);
int pixelcnn_width(const pixelcnn *net);
int pixelcnn_levels(const pixelcnn *net);
int pixelcnn_classes(const pixelcnn *net);
int pixelcnn_attributes(const pixelcnn *net);

/* ---- drawing ---- */

/* How to draw images. NULL and {0} both mean PIXELCNN_DRAW. A seed draws the same images as the command
   `pixelcnn sample`, and image i does not depend on how many are drawn with it.
   first        index of the first image
   temperature  0: the default, 1; below 1: likelier images; at most 100; or PIXELCNN_GREEDY
   guidance     w, -1 to 100: logits = (1+w) logits with label - w logits without; 0: off, as it must be for a
                net that was trained without label dropout */
typedef struct {
    uint64_t seed;
    int first;
    double temperature;
    double guidance;
} pixelcnn_draw;

/* A temperature that always takes the likeliest value, like -temp 0 of the command. */
#define PIXELCNN_GREEDY (-1.0)

#define PIXELCNN_DRAW                                                                                                  \
    {                                                                                                                  \
        0, 0, 1, 0                                                                                                     \
    }

/* Fills labels (n,K) from text, as for -label on the command line: "3"; "3,8": alternating; "3:0.5,8:0.5": a
   mixture; "all": n/K images of class 0, then of class 1 and so on, n a multiple of K; NULL: class 0, 1, ...
   in turn; "none": zeros, for a net that was trained with label dropout. With attributes=1: "0.5,-2,1",
   "0:0.5,2:1" or "none". OVERWRITES labels. Returns 0 or -1. */
int pixelcnn_labels(pixelcnn *net, const char *words, int n, float *labels);

/* The name of class k, from the file of names beside the weights or from pixelcnn_name_classes; NULL if there
   is none. Valid until the next pixelcnn_name_classes, or until the net is freed. */
const char *pixelcnn_class_name(const pixelcnn *net, int k);

/* Names the K classes, for pixelcnn_labels ("car", "car:0.5,bird:0.5") and pixelcnn_save. NULL: removes their
   names. Returns 0 or -1. */
int pixelcnn_name_classes(pixelcnn *net, const char *const *names);

/* Draws n images. labels NULL: each class in turn; image i, counted from how->first, has class i mod K.
   OVERWRITES images. Returns 0 or -1. */
int pixelcnn_sample(pixelcnn *net, int n, const float *labels, const pixelcnn_draw *how, unsigned char *images);

/* Receives images first .. first+n-1 of a drawing, which are valid until it returns. A nonzero result ends
   the drawing. It may call the library, but not free the net. */
typedef int (*pixelcnn_receive)(void *context, int first, int n, const unsigned char *images);

/* Draws the n images that pixelcnn_sample draws, 16 per thread at a time, and passes each batch to `receive`
   in order, on the calling thread: any number of images in constant memory. Returns 0; PIXELCNN_CANCELLED if
   `receive` ended it; or -1. */
int pixelcnn_stream(pixelcnn *net, int n, const float *labels, const pixelcnn_draw *how, pixelcnn_receive receive,
                    void *context);

/* Completes n images: draws the pixels that are not given, in raster order. mask (H,W), the same for all
   images, is nonzero at given pixels, which are kept but quantised to the net's levels. A given pixel does
   not influence pixels before it. labels NULL: as in pixelcnn_sample. OVERWRITES images. Returns 0 or -1. */
int pixelcnn_complete(pixelcnn *net, int n, const float *labels, const unsigned char *mask, const pixelcnn_draw *how,
                      unsigned char *images);

/* ---- likelihood ---- */

/* Computes the negative log likelihood of n images in nats per image: nats (n), OVERWRITTEN. Bits per value
   are nats / (C H W) / log 2. labels NULL: uses p(x), the mean over the K classes of p(x | class), which
   takes K times as long. Returns 0 or -1. */
int pixelcnn_nll(pixelcnn *net, int n, const unsigned char *images, const float *labels, double *nats);

/* The same for each value given those before it (rows, then columns, then channels): nats (n,C,H,W),
   OVERWRITTEN. Their sum over an image is its pixelcnn_nll. */
int pixelcnn_nll_values(pixelcnn *net, int n, const unsigned char *images, const float *labels, double *nats);

/* The logits of each value given those before it: logits (n,C,L,H,W), OVERWRITTEN; softmax over L is the
   distribution of the value's level. labels NULL: only for a net without labels. Returns 0 or -1. */
int pixelcnn_logits(pixelcnn *net, int n, const unsigned char *images, const float *labels, float *logits);

/* ---- compression ---- */

/* How to compress images. NULL and {0} both mean the defaults.
   block      images per block, the unit of decompression; at most 4096; 0: as many as have about 128 KiB
   quantise   1: accept values that are not among the net's levels, and replace them by their levels */
typedef struct {
    int block;
    int quantise;
} pixelcnn_packing;

/* Bytes in the caller's memory. */
typedef struct {
    void *data;
    size_t size;
} pixelcnn_bytes;

/* The most bytes that n images can take; 0 on an error. */
size_t pixelcnn_compress_bound(pixelcnn *net, int n, const pixelcnn_packing *how);

/* Compresses n images without loss into to->data, OVERWRITTEN: the content of a .gpc file of the command
   `pixelcnn compress`. Only the same net with the same weights decompresses it, on any machine. to->size is
   the memory available, and becomes the number of bytes written; pixelcnn_compress_bound says how much is
   enough. labels NULL: finds for each image the class under which it takes the fewest bytes, by K
   evaluations. Returns 0 or -1. */
int pixelcnn_compress(pixelcnn *net, int n, const unsigned char *images, const float *labels,
                      const pixelcnn_packing *how, pixelcnn_bytes *to);

/* About compressed images: their number, images per block, and 1 if their values were quantised. */
typedef struct {
    int images;
    int block;
    int quantised;
} pixelcnn_packed;

/* Checks that the bytes were compressed with this net and are complete, without decoding the images.
   OVERWRITES *what. Returns 0 or -1. */
int pixelcnn_compressed(pixelcnn *net, const pixelcnn_bytes *from, pixelcnn_packed *what);

/* Decompresses images first .. first+n-1 and checks them: images (n,C,H,W), and labels (n,K) unless NULL,
   OVERWRITTEN. The bytes may come from anyone: damage is an error. Takes as long as drawing all images of
   their blocks. Returns 0 or -1. */
int pixelcnn_decompress(pixelcnn *net, const pixelcnn_bytes *from, int first, int n, unsigned char *images,
                        float *labels);

/* ---- weights as arrays ---- */

#define PIXELCNN_DIMS 4

/* The number of arrays that a net has learned, in the order of a weights file; -1 if it is NULL. */
int pixelcnn_arrays(const pixelcnn *net);

/* The name of array i, "layers.4.W_l": the layer's number and the name in docs/dev/formats.md, as in the
   state_dict of pixelcnn_torch.py. Copied to name[size], cut to fit. shape[PIXELCNN_DIMS], OVERWRITTEN, has 0
   after the last dimension. Returns the number of floats, or 0 if there is no such array. */
size_t pixelcnn_array(const pixelcnn *net, int i, char *name, size_t size, int *shape);

/* Copy array i, row-major. Setting checks that all numbers are finite, and 0 where the order of colours masks
   them. Return 0 or -1. */
int pixelcnn_get_array(pixelcnn *net, int i, float *values);
int pixelcnn_set_array(pixelcnn *net, int i, const float *values);

/* Writes the weights to a file for pixelcnn_load and the commands, and the names of the classes, if they have
   any, beside it: X.names beside X.weights. Each file appears whole or not at all. Returns 0 or -1. */
int pixelcnn_save(pixelcnn *net, const char *file);

/* ---- calls ---- */

/* The result of a call that was cancelled. */
#define PIXELCNN_CANCELLED (-2)

/* From here on, functions that draw or score with this net ask `cancel`, on the thread that called them;
   nonzero cancels. Those that draw ask about every 50 ms, those that score after each batch of images
   (pixelcnn_load). It must not call the library nor leave by an exception or a jump. NULL: nothing cancels.
   Returns 0 or -1. */
typedef int (*pixelcnn_cancel)(void *context);
int pixelcnn_on_cancel(pixelcnn *net, pixelcnn_cancel cancel, void *context);

/* Divides the work of later calls among n threads, 1 to 1024; 0: OMP_NUM_THREADS, or all cores. Likelihoods
   use at most as many as when the net was loaded. Returns 0 or -1. */
int pixelcnn_threads(int n);

/* The message of this thread's last failed call; "" if there was none. */
const char *pixelcnn_error(void);

/* 1: print to stderr what the commands print while loading; 0, the default: print nothing. */
void pixelcnn_verbose(int on);

/* The version of the library at run time; PIXELCNN_VERSION is that of this header. */
const char *pixelcnn_version(void);

#ifdef __cplusplus
}
#endif

#endif
