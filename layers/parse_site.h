/*
parse_site.h - where a section of the cfg stands, and what the parse functions of our layers share: options, checks of sizes,
who may be read.
*/
#pragma once
#include "base/cfg.h"
#include "layers/gated.h"
#include "layers/net_memory.h"

struct layer_kind;

/* What a layer's output is, and so who may read it: the loss and the head read horizontal features and the head's only. */
typedef enum {
    GIVES_IMAGE,      // the image, or what stands in its place for the layers that read it
    GIVES_VERTICAL,   // row r has seen rows <= r
    GIVES_HORIZONTAL, // a pixel has seen earlier pixels, and of its own the colours that its group may see
    GIVES_HEAD,       // the same, on the way to the logits
    GIVES_LOSS
} layer_gives;

typedef struct {
    const cfg_file *file;
    const cfg_section *section;
    network *net;                          // as far as it is built: layers 0 .. index-1
    int index;                             // of the layer to be
    int h, w, c, inputs;                   // what the layer before gives, or the image
    const struct layer_kind *const *kinds; // of layers 0 .. index-1
    net_memory *plan;                      // not NULL: nothing is built, memory is counted
} parse_site;

/* One line and exit 1. key may be NULL. */
#define SITE_DIE(at, key, ...) cfg_die((at)->file, (at)->section, key, __VA_ARGS__)

/* Values of keys, which are known to be right; number's last argument holds where the key is absent and has no default. */
int site_number(const parse_site *at, const char *key, int absent);
float site_real(const parse_site *at, const char *key);
const char *site_word(const parse_site *at, const char *key);

/* What the layer is built for. */
layer_shape site_shape(const parse_site *at);
int site_is_labelled(const parse_site *at);

/* Each exits where the layer would be too large for Darknet's ints: channels of activations and an array of weights, or the
   reach of a stack's kernel. */
void check_size(const parse_site *at, double channels, double weights);
void check_reach(const parse_site *at, int filters, int size, int dilation);
void check_odd(const parse_site *at, int size);       // a kernel
void check_groups(const parse_site *at, int filters); // one group of filters for each colour

/* The index that text names, absolute or negative and relative: of a layer before this one. */
int layer_named(const parse_site *at, const char *key, const char *text);
/* The layer that feeds this one by key: one that gives that, of that kind where kind is not NULL, or FROM_IMAGE where that is
   allowed. Without the key the nearest such layer before, or FROM_IMAGE. Any other would leak: exits, and says why. */
typedef struct {
    const char *key;
    layer_gives gives;
    const struct layer_kind *kind;
    int image_allowed;
    const char *why;
} feeder_rule;
int feeder(const parse_site *at, feeder_rule rule);
/* Channels of layer `from`, or of what stands for the image. */
int channels_of_feeder(const parse_site *at, int from);
/* Exits where layer `from` also feeds a layer that overwrites its gradient. */
void check_sole_reader(const parse_site *at, int from);
/* Exits unless the layer before is a horizontal one or one of the head. */
void check_in_head(const parse_site *at);
