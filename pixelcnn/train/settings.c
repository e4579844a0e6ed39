#include <inttypes.h>
#include "base/device.h"
#include "base/errors.h"
#include "layers/label_embed_layer.h"
#include "pixelcnn/net/pixelcnn_net.h"
#include "pixelcnn/net/weights.h"
#include "pixelcnn/train/settings.h"

enum { LONGEST_VALUE = PATH_MAX, LONGEST_LIST = 16 };

/* ---- writing ---- */

static void put_int(FILE *f, const char *kind, const char *key, int value)
{
    fprintf(f, "%s %s %d\n", kind, key, value);
}

/* The shortest text that reads back as this float. */
static void put_float(FILE *f, const char *kind, const char *key, float value)
{
    char text[32];
    int digits = 6;
    do snprintf(text, sizeof text, "%.*g", digits, value);
    while (strtof(text, 0) != value && ++digits <= 9);
    fprintf(f, "%s %s %s\n", kind, key, text);
}

static void put_hash(FILE *f, const char *kind, const char *key, uint64_t hash)
{
    fprintf(f, "%s %s %016" PRIx64 "\n", kind, key, hash);
}

/* Steps and scales; a long list is written as a hash. */
static void put_steps(FILE *f, const network *net)
{
    size_t n = net->num_steps;
    if (n > LONGEST_LIST) {
        put_hash(f, "may", "steps", XXH64(net->steps, n * sizeof *net->steps, 0));
        put_hash(f, "may", "scales", XXH64(net->scales, n * sizeof *net->scales, 0));
        return;
    }
    fprintf(f, "may steps ");
    for (size_t i = 0; i < n; ++i) fprintf(f, "%s%d", i ? "," : "", net->steps[i]);
    fprintf(f, "\nmay scales ");
    for (size_t i = 0; i < n; ++i) fprintf(f, "%s%.9g", i ? "," : "", net->scales[i]);
    fputc('\n', f);
}

/* The keys that the policy uses. */
static void put_policy(FILE *f, const network *net)
{
    static const char *const names[] = {[CONSTANT] = "constant", [STEP] = "step",   [EXP] = "exp",      [POLY] = "poly",
                                        [STEPS] = "steps",       [SIG] = "sigmoid", [RANDOM] = "random"};
    fprintf(f, "may policy %s\n", names[net->policy]);
    put_float(f, "may", "learning_rate", net->learning_rate);
    put_int(f, "may", "burn_in", net->burn_in);
    if (net->burn_in && net->policy != CONSTANT) fprintf(f, "note burn_in_to policy\n");
    if (net->burn_in || net->policy == POLY || net->policy == RANDOM) put_float(f, "may", "power", net->power);
    if (net->policy == STEP || net->policy == SIG) put_int(f, "may", "step", net->step);
    if (net->policy == STEP) put_float(f, "may", "scale", net->scale);
    if (net->policy == EXP || net->policy == SIG) put_float(f, "may", "gamma", net->gamma);
    if (net->policy == POLY) put_int(f, "may", "max_batches", net->max_batches);
    if (net->policy == STEPS) put_steps(f, net);
    if (find_pixelcnn_net(net)->muon > 0) put_float(f, "may", "muon", find_pixelcnn_net(net)->muon);
}

static void put_distortion(FILE *f, const network *net)
{
    const pixelcnn_net *own = find_pixelcnn_net(net);
    put_float(f, "may", "distort", own->distort);
    if (own->distort == 0) return;
    put_float(f, "may", "angle", net->angle);
    put_float(f, "may", "shear", own->shear);
    put_float(f, "may", "aspect", net->aspect);
}

/* How a batch gives a gradient and how the gradient is used, except for the learning rate. */
static void put_solver(FILE *f, const network *net)
{
    const pixelcnn_net *own = find_pixelcnn_net(net);
    const label_embed *label = label_of(net);
    put_hash(f, "must", "layers", net_meaning(net));
    put_int(f, "must", "height", net->h);
    put_int(f, "must", "width", net->w);
    put_int(f, "must", "channels", net->c);
    put_int(f, "must", "batch", net->batch * net->subdivisions);
    put_int(f, "must", "adam", net->adam);
    put_float(f, "must", "B1", net->B1);
    put_float(f, "must", "B2", net->B2);
    put_float(f, "must", "eps", own->eps);
    put_float(f, "must", "momentum", net->momentum);
    put_float(f, "must", "decay", net->decay);
    put_float(f, "must", "clip_norm", own->clip_norm);
    put_float(f, "must", "ema", own->ema);
    if (own->muon > 0) put_float(f, "must", "muon_momentum", own->muon_momentum);
    if (own->bernoulli) fprintf(f, "must binarise bernoulli\n");
    put_float(f, "must", "dropout", label ? label->dropout : 0);
}

static void put_origin(FILE *f, const training_origin *from)
{
    fprintf(f, "note cfg %s\n", from->cfg);
    put_hash(f, "note", "cfg_text", from->cfg_text);
    put_hash(f, "note", "data", from->data);
    if (from->start.bytes) fprintf(f, "note start %" PRIu64 " %016" PRIx64 "\n", from->start.bytes, from->start.hash);
}

char *settings_text(network *net, const training_origin *from)
{
    char *text = 0;
    size_t bytes;
    FILE *f = open_memstream(&text, &bytes);
    if (!f) die("out of memory for the settings of a .state file");
    put_solver(f, net);
    put_policy(f, net);
    put_distortion(f, net);
    if (ON_DEVICE(net)) put_int(f, "note", "subdivisions", net->subdivisions); // else they change no bit
    fprintf(f, "note machine %s\n", net->gpu_index >= 0 ? "CUDA" : "CPU");
    if (from) put_origin(f, from);
    if (fclose(f)) die("out of memory for the settings of a .state file");
    return text;
}

/* ---- reading ---- */

/* The line's value if it has that kind and, unless key is NULL, that key; else NULL. */
static const char *value_in(const char *line, const char *kind, const char *key, size_t key_length)
{
    size_t n = strlen(kind);
    if (strncmp(line, kind, n) || line[n] != ' ') return 0;
    line += n + 1;
    return !strncmp(line, key, key_length) && line[key_length] == ' ' ? line + key_length + 1 : 0;
}

static const char *next_line(const char *line)
{
    const char *end = strchr(line, '\n');
    return end ? end + 1 : line + strlen(line);
}

static int find_value(const char *text, const char *kind, const char *key, size_t key_length, char *to, size_t n)
{
    *to = 0;
    for (const char *line = text; *line; line = next_line(line)) {
        const char *value = value_in(line, kind, key, key_length);
        if (!value) continue;
        snprintf(to, n, "%.*s", (int)strcspn(value, "\n"), value);
        return 1;
    }
    return 0;
}

int find_setting(const char *text, const char *kind, const char *key, char *to, size_t n)
{
    return find_value(text, kind, key, strlen(key), to, n);
}

/* The lines of one text whose values differ in the other; if `lacking`, those that the other lacks. */
typedef struct {
    const char *kind;
    char *text;
    size_t n, at;
    int differing;
} difference;

static void add_difference(difference *d, const char *key, int key_length, const char *theirs, const char *mine)
{
    const char *comma = d->differing++ ? ", " : "";
    if (d->at + 1 < d->n)
        d->at += snprintf(d->text + d->at, d->n - d->at, "%s%.*s %s -> %s", comma, key_length, key, theirs, mine);
}

static void compare_lines(difference *d, const char *theirs, const char *mine, int lacking)
{
    static char value[LONGEST_VALUE], other[LONGEST_VALUE];
    size_t n = strlen(d->kind);
    const char *text = lacking ? mine : theirs;
    for (const char *line = text; *line; line = next_line(line)) {
        if (strncmp(line, d->kind, n) || line[n] != ' ') continue;
        const char *key = line + n + 1;
        size_t key_length = strcspn(key, " \n");
        find_value(text, d->kind, key, key_length, value, sizeof value);
        int has = find_value(lacking ? theirs : mine, d->kind, key, key_length, other, sizeof other);
        if (lacking && !has)
            add_difference(d, key, key_length, "none", value);
        else if (!lacking && strcmp(value, other))
            add_difference(d, key, key_length, value, has ? other : "none");
    }
}

int differing_settings(const char *theirs, const char *mine, const char *kind, char *text, size_t n)
{
    difference d = {.kind = kind, .text = text, .n = n};
    *text = 0;
    compare_lines(&d, theirs, mine, 0);
    compare_lines(&d, theirs, mine, 1);
    return d.differing;
}

training_origin read_origin(const char *text)
{
    training_origin o = {0};
    char value[64];
    find_setting(text, "note", "cfg", o.cfg, sizeof o.cfg);
    if (find_setting(text, "note", "cfg_text", value, sizeof value)) o.cfg_text = strtoull(value, 0, 16);
    if (find_setting(text, "note", "data", value, sizeof value)) o.data = strtoull(value, 0, 16);
    if (find_setting(text, "note", "start", value, sizeof value)) {
        char *end;
        o.start.bytes = strtoull(value, &end, 10);
        o.start.hash = strtoull(end, 0, 16);
    }
    return o;
}
