/*
cfg_keys.c - the table of keys of a net with our layers, and the check of a section against it.

Darknet reads values with atoi and only warns about keys that nothing reads; a net of ours is refused
unless every key and value is right. Stock nets are read as the host reads them.
*/
#include <ctype.h>
#include <limits.h>
#include <math.h>
#include "layers/math/fourier_math.h"
#include "pixelcnn/net/cfg_keys.h"

#define ACTIVATIONS "linear|relu|leaky|logistic|tanh|elu|selu|loggy|relie|ramp|plse|stair|hardtan|lhtan"
#define SIZE 65536 // of widths, filters and the like: far beyond use, far below overflow

const cfg_key cfg_keys[] = {
    {"net", "batch", KEY_INT, 1, SIZE, 0, 0, "1", "images of one update"},
    {"net", "subdivisions", KEY_INT, 1, SIZE, 0, 0, "1", "parts that a batch is computed in; divides batch"},
    {"net", "height", KEY_INT, 1, SIZE, 0, 0, "", "of the images, pixels"},
    {"net", "width", KEY_INT, 1, SIZE, 0, 0, "", "of the images, pixels"},
    {"net", "channels", KEY_INT, 1, 3, 0, 0, "1", "1 (grey) or 3 (colour)"},
    {"net", "adam", KEY_INT, 0, 1, 0, 0, "0", "1: Adam, 0: SGD with momentum"},
    {"net", "B1", KEY_FLOAT, 0, 1, 1, 0, "0.9", "Adam: decay of the first moment"},
    {"net", "B2", KEY_FLOAT, 0, 1, 1, 0, "0.999", "Adam: decay of the second moment"},
    {"net", "eps", KEY_FLOAT, 1e-16, 1, 0, 0, "1e-8", "Adam: added to the root of the second moment"},
    {"net", "momentum", KEY_FLOAT, 0, 1, 1, 0, "0.9", "SGD: share of the last step that is kept"},
    {"net", "muon", KEY_FLOAT, 0, 1e6, 0, 0, "0",
     "learning rate of hidden weight matrices, updated by Muon; 0: as all others"},
    {"net", "muon_momentum", KEY_FLOAT, 0, 1, 1, 0, "0.95", "Muon: share of the last step that is kept"},
    {"net", "learning_rate", KEY_FLOAT, 0, 1e6, 0, 0, "0.001", "before policy and burn_in"},
    {"net", "decay", KEY_FLOAT, 0, 1e6, 0, 0, "0.0001", "decay * w is added to the gradient of weight matrices"},
    {"net", "clip_norm", KEY_FLOAT, 0, 1e30, 0, 0, "0",
     "largest L2 norm of the gradient of the mean NLL per dimension; 0: not limited"},
    {"net", "ema", KEY_FLOAT, 0, 1, 1, 0, "0", "decay of the averaged weights; 0: none"},
    {"net", "policy", KEY_WORD, 0, 0, 0, "constant|step|steps|exp|poly|sigmoid|random", "constant",
     "of the learning rate, as in Darknet; random: drawn by seed and iteration"},
    {"net", "burn_in", KEY_INT, 0, INT_MAX, 0, 0, "0", "updates over which the rate rises from 0"},
    {"net", "power", KEY_FLOAT, 0, 100, 0, 0, "4", "of burn_in and of policies poly and random"},
    {"net", "step", KEY_INT, 1, INT_MAX, 0, 0, "1", "of policies step and sigmoid"},
    {"net", "scale", KEY_FLOAT, 0, 1e6, 0, 0, "1", "of policy step"},
    {"net", "steps", KEY_INTS, 0, INT_MAX, 0, 0, 0, "of policy steps: updates at which the rate changes, rising"},
    {"net", "scales", KEY_FLOATS, 0, 1e6, 0, 0, 0, "of policy steps: factors, as many as steps"},
    {"net", "gamma", KEY_FLOAT, 0, 1e6, 0, 0, "1", "of policies exp and sigmoid"},
    {"net", "max_batches", KEY_INT, 1, INT_MAX, 0, 0, "20000", "updates of a training"},
    {"net", "binarise", KEY_WORD, 0, 0, 0, "threshold|bernoulli", "threshold",
     "how values become 2 levels: by 128, or at random: white with probability value / 255, training images each time "
     "anew"},
    {"net", "distort", KEY_FLOAT, 0, 1, 0, 0, "0", "share of the training images that are distorted, each time anew"},
    {"net", "angle", KEY_FLOAT, 0, 180, 0, 0, "0", "of distort: turned by up to so many degrees"},
    {"net", "shear", KEY_FLOAT, 0, 10, 0, 0, "0", "of distort: slanted by up to so many columns a row"},
    {"net", "aspect", KEY_FLOAT, 1, 10, 0, 0, "1", "of distort: width / height changed by up to this factor"},

    {"label_embed", "classes", KEY_INT, 1, SIZE, 0, 0, "", "K, floats of a label"},
    {"label_embed", "size", KEY_INT, 0, SIZE, 0, 0, "0", "D, floats of its embedding; 0: the label itself"},
    {"label_embed", "spatial", KEY_INT, 0, 1, 0, 0, "0", "1: an embedding for each position; needs size"},
    {"label_embed", "dropout", KEY_FLOAT, 0, 1, 1, 0, "0", "probability of training an image without its label"},
    {"label_embed", "attributes", KEY_INT, 0, 1, 0, 0, "0",
     "0: a label is one of K classes; 1: a vector of K numbers, which the data has (labels-idx2-float)"},

    {"pixel_fourier", "octaves", KEY_INT, 1, MOST_OCTAVES, 0, 0, "8",
     "n: sines and cosines of 2 pi x up to 2^n pi x, x from 0 to 1"},

    {"gated_vstack", "filters", KEY_INT, 1, SIZE, 0, 0, "", "F, features of the output"},
    {"gated_vstack", "size", KEY_INT, 1, 255, 0, 0, "3", "n, odd: kernel of (n/2+1) x n"},
    {"gated_vstack", "dilation", KEY_INT, 1, 255, 0, 0, "1", "distance of the kernel's taps"},
    {"gated_vstack", "factored", KEY_INT, 0, 1, 0, 0, "0", "1: the kernel as 1 x n, then (n/2+1) x 1"},
    {"gated_vstack", "from", KEY_LAYER, 0, 0, 0, 0, 0, "input (default: the nearest gated_vstack before, else image)"},

    {"gated_hstack", "filters", KEY_INT, 1, SIZE, 0, 0, "", "F, a multiple of the channels of the image"},
    {"gated_hstack", "size", KEY_INT, 1, 255, 0, 0, "3", "n, odd: the current pixel and n/2 to its left"},
    {"gated_hstack", "dilation", KEY_INT, 1, 255, 0, 0, "1", "distance of the kernel's taps"},
    {"gated_hstack", "mask", KEY_WORD, 0, 0, 0, "a|b", "b", "a: does not see the current pixel; for the image"},
    {"gated_hstack", "residual", KEY_INT, 0, 1, 0, 0, 0,
     "1: adds the input to the output (default: 1 in mask b, 0 in a)"},
    {"gated_hstack", "from", KEY_LAYER, 0, 0, 0, 0, 0, "input (default: the nearest gated_hstack before, else image)"},
    {"gated_hstack", "vertical", KEY_LAYER, 0, 0, 0, 0, 0, "vertical layer (default: the nearest gated_vstack before)"},

    {"skip_sum", "filters", KEY_INT, 1, SIZE, 0, 0, "", "S, a multiple of the channels of the image"},
    {"skip_sum", "layers", KEY_LAYERS, 0, 0, 0, 0, 0, "gated_hstack layers to sum (default: every one before)"},
    {"skip_sum", "activation", KEY_WORD, 0, 0, 0, ACTIVATIONS, "linear", "of the sum"},

    {"pixel_softmax", "levels", KEY_INT, 2, 256, 0, 0, "", "L; the input has channels * L channels"},

    {"convolutional", "filters", KEY_INT, 1, SIZE, 0, 0, "1", "features of the output"},
    {"convolutional", "size", KEY_INT, 1, 1, 0, 0, "1", "a larger kernel would let pixels see later ones"},
    {"convolutional", "stride", KEY_INT, 1, 1, 0, 0, "1", "only 1"},
    {"convolutional", "pad", KEY_INT, 0, 1, 0, 0, "0", "without effect for size=1"},
    {"convolutional", "padding", KEY_INT, 0, 0, 0, 0, "0", "only 0"},
    {"convolutional", "groups", KEY_INT, 1, 3, 0, 0, "1", "the channels of the image"},
    {"convolutional", "batch_normalize", KEY_INT, 0, 0, 0, 0, "0", "only 0: batch statistics mix images and positions"},
    {"convolutional", "activation", KEY_WORD, 0, 0, 0, ACTIVATIONS, "logistic", "of the output"},

    {"activation", "activation", KEY_WORD, 0, 0, 0, ACTIVATIONS, "linear", "of the output"},
};
const int cfg_nkeys = sizeof cfg_keys / sizeof *cfg_keys;

static const cfg_key *find_key(const char *section, const char *key)
{
    for (int i = 0; i < cfg_nkeys; ++i)
        if (!strcmp(cfg_keys[i].section, section) && !strcmp(cfg_keys[i].key, key)) return cfg_keys + i;
    return 0;
}

static void die_unknown(const cfg *c, const cfg_section *s, const char *key)
{
    char known[512] = "";
    for (int i = 0; i < cfg_nkeys; ++i)
        if (!strcmp(cfg_keys[i].section, s->name))
            snprintf(known + strlen(known), sizeof known - strlen(known), " %s", cfg_keys[i].key);
    cfg_die(c, s, key, "unknown key; [%s] has:%s", s->name, known);
}

static int is_word(const char *word, const char *words)
{
    size_t n = strlen(word);
    if (strchr(word, '|')) return 0;
    for (const char *w = words; w; w = strchr(w, '|') ? strchr(w, '|') + 1 : 0)
        if (!strncmp(w, word, n) && (w[n] == '|' || !w[n])) return 1;
    return 0;
}

/* A whole number or a finite decimal one from text up to its end or a comma; *end is set behind it. */
static int is_number(const char *text, int whole, double *x, char **end)
{
    if (isspace((unsigned char)*text)) return 0;
    *x = whole ? (double)strtoll(text, end, 10) : strtod(text, end);
    return *end != text && isfinite(*x) && (!**end || **end == ',');
}

static void check_number(const cfg *c, const cfg_section *s, const cfg_key *k, const char *text)
{
    int whole = k->type == KEY_INT || k->type == KEY_INTS, list = k->type == KEY_INTS || k->type == KEY_FLOATS;
    const char *kind = whole ? "a whole number" : "a number";
    char *end;
    double x;
    for (;; text = end + 1) {
        if (!is_number(text, whole, &x, &end) || (*end && !list))
            cfg_die(c, s, k->key, "expected %s%s", kind, list ? "s with commas between" : "");
        if (x < k->lowest || x > k->highest || (k->below && x == k->highest))
            cfg_die(c, s, k->key, "expected %s from %g to %s%g (%s)", kind, k->lowest, k->below ? "below " : "",
                    k->highest, k->meaning);
        if (!*end) return;
    }
}

static void check_layers(const cfg *c, const cfg_section *s, const cfg_key *k, const char *text)
{
    double x;
    char *end;
    if (k->type == KEY_LAYER && !strcmp(text, "image")) return;
    for (;; text = end + 1) {
        if (!is_number(text, 1, &x, &end) || fabs(x) > INT_MAX || (*end && k->type == KEY_LAYER))
            cfg_die(c, s, k->key, "expected %s; negative ones count back from here",
                    k->type == KEY_LAYER ? "a layer's number or image" : "numbers of layers with commas between");
        if (!*end) return;
    }
}

static void check_value(const cfg *c, const cfg_section *s, const cfg_key *k, const char *value)
{
    if (k->type == KEY_WORD) {
        if (!is_word(value, k->words)) cfg_die(c, s, k->key, "expected one of %s", k->words);
    } else if (k->type == KEY_LAYER || k->type == KEY_LAYERS) {
        check_layers(c, s, k, value);
    } else {
        check_number(c, s, k, value);
    }
}

void check_keys(const cfg *c, cfg_section *s)
{
    for (node *n = s->options->front; n; n = n->next) {
        cfg_option *o = n->val;
        const cfg_key *k = find_key(s->name, o->pair.key);
        if (!k) die_unknown(c, s, o->pair.key);
        if (cfg_find(s, o->pair.key) != o) cfg_die(c, s, o->pair.key, "stands again in line %d; keep one", o->line);
        check_value(c, s, k, o->pair.val);
    }
    for (int i = 0; i < cfg_nkeys; ++i) {
        const cfg_key *k = cfg_keys + i;
        if (strcmp(k->section, s->name) || cfg_find(s, k->key) || !k->standard) continue;
        if (!*k->standard) cfg_die(c, s, k->key, "missing; write %s=... (%s)", k->key, k->meaning);
        cfg_add(s, k->key, k->standard, 0);
    }
}
