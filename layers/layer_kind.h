/*
layer_kind.h - describes a kind of layer.

Each kind of layer has one `layer_kind`, in X_kind.c next to X_layer.c, and one row in the table of
pixelcnn/net/layer_table.c. Code that needs to know something about a net (the keys of a section, the sources
of a layer, what a pixel sees, the number of multiplications) asks the kinds of its layers and never compares
types. docs/dev/adding_a_layer.md explains all of it.
*/
#pragma once
#include "base/memory_gpu.h"
#include "layers/gated.h"
#include "layers/parse_site.h"

struct causal_conv;
struct training_gpu;

/* ---- keys of the cfg section ---- */

typedef enum { KEY_INT, KEY_FLOAT, KEY_WORD, KEY_LAYER, KEY_LAYERS, KEY_INTS, KEY_FLOATS } key_type;

typedef struct {
    const char *key;
    key_type type;
    double lowest, highest; // for numbers
    int below;              // 1: highest itself is excluded
    const char *words;      // for KEY_WORD: the allowed words, "a|b"
    const char *standard;   // the default; "": required; NULL: no default, see meaning
    const char *meaning;
} cfg_key;

#define LARGEST_SIZE 65536 // for widths, filters and such: far more than useful, far from overflow
#define ACTIVATION_WORDS "linear|relu|leaky|logistic|tanh|elu|selu|loggy|relie|ramp|plse|stair|hardtan|lhtan"

/* ---- the sources of a layer ---- */

/* A layer may have two arrays that others read. */
typedef enum {
    OUTPUT, // l.output
    INNER   // what it also keeps for others: a of a gated_vstack, g of a gated_hstack
} layer_array;

typedef struct {
    int from; // index of the layer that is read, or FROM_IMAGE
    layer_array array;
    const struct causal_conv *kernel; // the kernel that reads it; NULL: reads only the pixel itself
} layer_source;

typedef struct {
    layer_source *source;
    int n;
} source_list;
void add_source(source_list *list, layer_source s);

/* ---- what an output sees ---- */

/* The features of one colour group at a pixel. Vertical features form a single group, 0. */
typedef struct {
    int layer; // index, or FROM_IMAGE
    layer_array array;
    int group;
} feature_group;

/* The kind's `field` calls see(w, y, x, dr, dc) for each x, at a distance of dr rows and dc columns, from
   which y is computed directly; first for all groups of the layer's output, then for those of its inner
   array. */
typedef struct field_walk {
    int colours;
    void (*see)(const struct field_walk *w, feature_group y, feature_group x, int dr, int dc);
} field_walk;

/* see() for groups 0 .. groups-1 of x. */
void see_groups(const field_walk *w, feature_group y, feature_group x, int groups, int dr, int dc);

/* The masked n x n convolution that a plain PixelCNN has in place of a layer: taps to one side, and their
   distance. */
typedef struct {
    int half, dilation;
} plain_kernel;

/* ---- what a layer costs ---- */

/* A matrix product of one image's forward pass: weights (rows,depth) times features (depth,pixels). */
typedef struct {
    int layer; // index of the layer that computes it
    int rows, depth, pixels;
    int times;         // number of products of this shape, for a grouped convolution; 0 means 1
    int data_gradient; // 1: training needs the gradient of the features; 0: they are the image or the label
} product;

typedef struct product_list {
    product *p;
    int n, layer; // layer: the one whose products are being added
} product_list;
void add_product(product_list *list, product p);
/* Adds the product of a convolution of layer `from`'s features. */
void add_conv_product(product_list *list, const struct causal_conv *k, int from);

/* ---- the kind ---- */

/* A kind's functions on the device, in X_layer_gpu.c. */
typedef struct layer_gpu {
    /* What the layer needs on the device besides output and delta. Sets workspace_size. NULL: nothing. */
    void (*make)(layer *l);
    void (*free)(layer *l); // what make made; NULL: nothing
    /* Takes the updates of arrays that are Darknet's. NULL: there are none. */
    void (*updates)(layer *l, arena_gpu *a);
    /* After all layers are built, from the last one to the first: arrays and products that layers share. NULL:
       there are none. */
    void (*share)(layer *l, const network *net);
    void (*train)(layer *l, struct training_gpu *t); // takes what training needs besides delta; NULL: nothing
    void (*forward)(layer l, network net), (*backward)(layer l, network net);
} layer_gpu;

/* In GPU builds: puts a layer that was parsed on the device in use. A layer of ours has no delta there before
   it is trained. */
void make_layer_gpu(layer *l, const layer_gpu *gpu);

typedef struct layer_kind {
    LAYER_TYPE type;
    const char *section, *alias; // in the cfg; alias NULL: none
    const cfg_key *keys;         // the last has key NULL
    layer_gives gives;
    int overwrites; // 1: backward OVERWRITES the delta of the layer before, which must have no other reader

    /* Builds the layer from its section. Exits with file, line, section and key if the net would leak or does
       not fit. If at->plan is set, builds nothing: adds the layer's memory to the plan, and returns a layer
       that has only type, sizes and, in self_layer, what other layers' parse reads. */
    layer (*parse)(const parse_site *at);
    void (*free)(layer l); // self_layer and what it points to; NULL: a stock layer

    /* Lists the arrays that the layer reads, and with which kernel. */
    void (*sources)(const layer *l, int index, source_list *out);
    /* used 0: nothing reads the output, so it need not be computed. NULL: it always is. */
    void (*use_output)(const layer *l, int used);
    void (*field)(const layer *l, int index, const field_walk *w); // NULL: the output counts as the image
    int (*plain)(const layer *l, plain_kernel *k);                 // 0 or NULL: a plain PixelCNN has no such layer
    double (*gain)(const char *array); // for check: how much larger than its inputs a sum should be; NULL: 1
    void (*products)(const layer *l, const network *net, product_list *out); // NULL: none
    size_t (*kept)(const layer *l); // floats kept for each image besides output and delta; NULL: none
    const layer_gpu *gpu;           // NULL in CPU builds, and for a stock layer with its own functions
} layer_kind;
