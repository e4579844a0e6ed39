/* parse_site.h - the context in which a section of the cfg is parsed, and what the parse functions of our
   layers share: options, size checks, and who may read whom. */
#pragma once
#include "base/cfg.h"
#include "layers/gated.h"
#include "layers/net_memory.h"

struct layer_kind;

/* What a layer's output is, and so who may read it: the loss and the head read only horizontal features and
   those of the head. */
typedef enum {
    GIVES_IMAGE,      // the image, or its features
    GIVES_VERTICAL,   // row r has seen rows <= r
    GIVES_HORIZONTAL, // a pixel has seen earlier pixels, and those colours of its own that its group may see
    GIVES_HEAD,       // the same, on the way to the logits
    GIVES_LOSS
} layer_gives;

typedef struct {
    const cfg_file *file;
    const cfg_section *section;
    network *net;                          // with layers 0 .. index-1 built
    int index;                             // of the layer to parse
    int h, w, c, inputs;                   // of the previous layer's output, or of the image
    const struct layer_kind *const *kinds; // of layers 0 .. index-1
    net_memory *plan;                      // not NULL: count memory and build nothing
} parse_site;

/* Prints one line and exits 1. key may be NULL. */
#define SITE_DIE(at, key, ...) cfg_die((at)->file, (at)->section, key, __VA_ARGS__)

/* Values of keys, which have been checked. `absent` is returned for an absent key without a default. */
int site_number(const parse_site *at, const char *key, int absent);
float site_real(const parse_site *at, const char *key);
const char *site_word(const parse_site *at, const char *key);

/* The shape that the layer is built for. */
layer_shape site_shape(const parse_site *at);
int site_is_labelled(const parse_site *at);

/* Each exits if something would be too large for Darknet's ints: the layer's activations or weights, or the
   reach of its kernel. */
void check_size(const parse_site *at, double channels, double weights);
void check_reach(const parse_site *at, int filters, int size, int dilation);
void check_odd(const parse_site *at, int size);       // of a kernel
void check_groups(const parse_site *at, int filters); // one group of filters for each colour

/* The index of the earlier layer that text names: absolute, or negative and relative. */
int layer_named(const parse_site *at, const char *key, const char *text);
/* The layer that the key names as a source of this one: one with the rule's `gives` and, unless NULL, its
   kind, or FROM_IMAGE if that is allowed. Without the key, the nearest such layer before this one, or
   FROM_IMAGE. Any other layer would leak: exits, with the rule's `why`. */
typedef struct {
    const char *key;
    layer_gives gives;
    const struct layer_kind *kind;
    int image_allowed;
    const char *why;
} feeder_rule;
int feeder(const parse_site *at, feeder_rule rule);
/* The channels of layer `from`, or of the image or its features. */
int channels_of_feeder(const parse_site *at, int from);
/* Counts what a gated layer reads in place: another's features. Returns the scratch for the image, which it
   converts. */
double plan_input(const parse_site *at, int from, int left, int right);
/* Exits if layer `from` also feeds a layer that overwrites its gradient. */
void check_sole_reader(const parse_site *at, int from);
/* Exits unless the previous layer is horizontal or belongs to the head. Counts a horizontal one's planes, which
   only the head reads. */
void check_in_head(const parse_site *at);
