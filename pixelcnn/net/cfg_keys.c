/*
cfg_keys.c - the keys of [net] in a Gated PixelCNN, and the check of a section against its keys.

Darknet parses values with atoi and only warns about unknown keys. Here every key and value must be valid.
Stock nets keep Darknet's rules.
*/
#include <ctype.h>
#include <limits.h>
#include <math.h>
#include "base/similar.h"
#include "pixelcnn/net/cfg_keys.h"
#include "pixelcnn/net/layer_table.h"

static const cfg_key net_keys[] = {
    {"batch", KEY_INT, 1, LARGEST_SIZE, 0, 0, "1", "images per update"},
    {"subdivisions", KEY_INT, 1, LARGEST_SIZE, 0, 0, "1", "number of parts that a batch is computed in; divides batch"},
    {"height", KEY_INT, 1, LARGEST_SIZE, 0, 0, "", "image height in pixels"},
    {"width", KEY_INT, 1, LARGEST_SIZE, 0, 0, "", "image width in pixels"},
    {"channels", KEY_INT, 1, 3, 0, 0, "1", "1 (grey) or 3 (colour)"},
    {"adam", KEY_INT, 0, 1, 0, 0, "0", "1: Adam, 0: SGD with momentum"},
    {"B1", KEY_FLOAT, 0, 1, 1, 0, "0.9", "Adam: decay of the first moment"},
    {"B2", KEY_FLOAT, 0, 1, 1, 0, "0.999", "Adam: decay of the second moment"},
    {"eps", KEY_FLOAT, 1e-16, 1, 0, 0, "1e-8", "Adam: added to the square root of the second moment"},
    {"momentum", KEY_FLOAT, 0, 1, 1, 0, "0.9", "SGD: momentum"},
    {"muon", KEY_FLOAT, 0, 1e6, 0, 0, "0",
     "learning rate of hidden weight matrices, updated by Muon; 0: as all others"},
    {"muon_momentum", KEY_FLOAT, 0, 1, 1, 0, "0.95", "Muon: momentum"},
    {"learning_rate", KEY_FLOAT, 0, 1e6, 0, 0, "0.001", "base learning rate, to which policy and burn_in apply"},
    {"decay", KEY_FLOAT, 0, 1e6, 0, 0, "0.0001", "weight decay: decay * w is added to the gradient of weight matrices"},
    {"clip_norm", KEY_FLOAT, 0, 1e30, 0, 0, "0",
     "largest L2 norm of the gradient of the mean NLL per dimension; 0: not limited"},
    {"ema", KEY_FLOAT, 0, 1, 1, 0, "0", "decay of the averaged weights; 0: no average"},
    {"policy", KEY_WORD, 0, 0, 0, "constant|step|steps|exp|poly|sigmoid|random", "constant",
     "of the learning rate, as in Darknet; random: drawn by seed and iteration"},
    {"burn_in", KEY_INT, 0, INT_MAX, 0, 0, "0",
     "number of updates over which the rate rises from 0 to the policy's: times (update / burn_in) ^ power"},
    {"power", KEY_FLOAT, 0, 100, 0, 0, "4", "exponent of burn_in and of policies poly and random"},
    {"step", KEY_INT, 1, INT_MAX, 0, 0, "1", "period of policy step, midpoint of policy sigmoid, in updates"},
    {"scale", KEY_FLOAT, 0, 1e6, 0, 0, "1", "policy step: factor per period"},
    {"steps", KEY_INTS, 0, INT_MAX, 0, 0, 0, "policy steps: updates at which the rate changes, ascending"},
    {"scales", KEY_FLOATS, 0, 1e6, 0, 0, 0, "policy steps: factors, as many as steps"},
    {"gamma", KEY_FLOAT, 0, 1e6, 0, 0, "1", "base of policy exp, slope of policy sigmoid"},
    {"max_batches", KEY_INT, 1, INT_MAX, 0, 0, "20000", "number of updates to train for"},
    {"binarise", KEY_WORD, 0, 0, 0, "threshold|bernoulli", "threshold",
     "how values become 2 levels: white from 128 on; or white with probability value / 255, drawn again each time a "
     "training image is shown"},
    {"fit", KEY_WORD, 0, 0, 0, "stretch|crop", "stretch",
     "how pictures of another aspect ratio become width x height: scaled as they are, or cropped to the middle first"},
    {"distort", KEY_FLOAT, 0, 1, 0, 0, "0", "share of the training images that are distorted, differently each time"},
    {"angle", KEY_FLOAT, 0, 180, 0, 0, "0", "distort: turn by up to this many degrees"},
    {"shear", KEY_FLOAT, 0, 10, 0, 0, "0", "distort: slant by up to this many columns per row"},
    {"aspect", KEY_FLOAT, 1, 10, 0, 0, "1", "distort: change width / height by up to this factor"},
    {0},
};

/* The keys of [net] or of a layer's section, given by its full name, up to one with key NULL. NULL: no such
   section. */
static const cfg_key *keys_of_section(const char *section)
{
    const layer_kind *kind = kind_of_section(section);
    return kind ? kind->keys : strcmp(section, "net") ? 0 : net_keys;
}

/* Key number *i of a section; if there are fewer, subtracts their number from *i and returns NULL. */
static const cfg_key *key_at(const cfg_key *keys, int *i)
{
    for (; keys->key; ++keys)
        if (!(*i)--) return keys;
    return 0;
}

const cfg_key *nth_key(int i, const char **section)
{
    const cfg_key *found = key_at(net_keys, &i);
    *section = "net";
    for (int k = 0; !found && layer_kinds[k]; ++k) {
        *section = layer_kinds[k]->section;
        found = key_at(layer_kinds[k]->keys, &i);
    }
    return found;
}

static const cfg_key *find_key(const cfg_key *keys, const char *key)
{
    for (; keys->key; ++keys)
        if (!strcmp(keys->key, key)) return keys;
    return 0;
}

enum { MOST_KEYS = 64 }; // of a section

static void die_unknown(const cfg_file *c, const cfg_section *s, const char *key)
{
    char known[512] = "";
    const char *names[MOST_KEYS];
    int n = 0;
    for (const cfg_key *k = keys_of_section(s->name); k->key && n < MOST_KEYS; ++k) {
        snprintf(known + strlen(known), sizeof known - strlen(known), " %s", k->key);
        names[n++] = k->key;
    }
    const char *meant = most_similar(key, names, n);
    cfg_die(c, s, key, "unknown key; %s%s%s[%s] has:%s", meant ? "did you mean " : "", meant ? meant : "",
            meant ? "? " : "", s->name, known);
}

static int is_word(const char *word, const char *words)
{
    size_t n = strlen(word);
    if (strchr(word, '|')) return 0;
    for (const char *w = words; w; w = strchr(w, '|') ? strchr(w, '|') + 1 : 0)
        if (!strncmp(w, word, n) && (w[n] == '|' || !w[n])) return 1;
    return 0;
}

/* Parses an integer or a finite decimal number that ends at a comma or the end of the text; sets *end to that
   place. */
static int is_number(const char *text, int whole, double *x, char **end)
{
    if (isspace((unsigned char)*text)) return 0;
    *x = whole ? (double)strtoll(text, end, 10) : strtod(text, end);
    return *end != text && isfinite(*x) && (!**end || **end == ',');
}

static void check_number(const cfg_file *c, const cfg_section *s, const cfg_key *k, const char *text)
{
    int whole = k->type == KEY_INT || k->type == KEY_INTS, list = k->type == KEY_INTS || k->type == KEY_FLOATS;
    const char *kind = whole ? "an integer" : "a number";
    char *end;
    double x;
    for (;; text = end + 1) {
        if (!is_number(text, whole, &x, &end) || (*end && !list))
            cfg_die(c, s, k->key, "expected %s%s", kind, list ? ", or several separated by commas" : "");
        if (x < k->lowest || x > k->highest || (k->below && x == k->highest))
            cfg_die(c, s, k->key, "expected %s from %g to %s%g (%s)", kind, k->lowest, k->below ? "below " : "",
                    k->highest, k->meaning);
        if (!*end) return;
    }
}

static void check_layers(const cfg_file *c, const cfg_section *s, const cfg_key *k, const char *text)
{
    double x;
    char *end;
    if (k->type == KEY_LAYER && !strcmp(text, "image")) return;
    for (;; text = end + 1) {
        if (!is_number(text, 1, &x, &end) || fabs(x) > INT_MAX || (*end && k->type == KEY_LAYER))
            cfg_die(c, s, k->key, "expected %s; negative ones count back from this layer",
                    k->type == KEY_LAYER ? "a layer number or image" : "layer numbers separated by commas");
        if (!*end) return;
    }
}

static void check_value(const cfg_file *c, const cfg_section *s, const cfg_key *k, const char *value)
{
    if (k->type == KEY_WORD) {
        if (!is_word(value, k->words)) cfg_die(c, s, k->key, "expected one of %s", k->words);
    } else if (k->type == KEY_LAYER || k->type == KEY_LAYERS) {
        check_layers(c, s, k, value);
    } else {
        check_number(c, s, k, value);
    }
}

void check_keys(const cfg_file *c, cfg_section *s)
{
    const cfg_key *keys = keys_of_section(s->name);
    for (node *n = s->options->front; n; n = n->next) {
        cfg_option *o = n->val;
        const cfg_key *k = find_key(keys, o->pair.key);
        if (!k) die_unknown(c, s, o->pair.key);
        if (cfg_find(s, o->pair.key) != o)
            cfg_die(c, s, o->pair.key, "duplicate key, also on line %d; keep one", o->line);
        check_value(c, s, k, o->pair.val);
    }
    for (const cfg_key *k = keys; k->key; ++k) {
        if (cfg_find(s, k->key) || !k->standard) continue;
        if (!*k->standard) cfg_die(c, s, k->key, "missing; add %s=... (%s)", k->key, k->meaning);
        cfg_add(s, k->key, k->standard, 0);
    }
}
