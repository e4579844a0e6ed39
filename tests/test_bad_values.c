/*
test_bad_values.c - values that must be refused: of every cfg key, and of the commands' options.
*/
#include <stdio.h>
#include <string.h>
#include "pixelcnn/net/cfg_keys.h"
#include "tests/refused.h"

/* ---- keys ---- */

static const struct {
    const char *section, *key, *bad;
} values[] = {
    {"net", "batch", "0 -1 65537 1e1 0x2 2, -99999999999999999999"},
    {"net", "subdivisions", "0 -1 65537 4"},
    {"net", "height", "0 -6 65537"},
    {"net", "width", "0 -5 65537"},
    {"net", "channels", "0 -1 2 4"},
    {"net", "adam", "2 -1 yes"},
    {"net", "B1", "1 1.5 -0.1"},
    {"net", "B2", "1 2 -0.5"},
    {"net", "eps", "0 1e-20 2"},
    {"net", "momentum", "1 1.1 -0.9"},
    {"net", "muon", "-0.01 1e7"},
    {"net", "muon_momentum", "1 1.1 -0.9"},
    {"net", "learning_rate", "-0.001 1e7 -inf 1e999 0.1,"},
    {"net", "decay", "-0.0001 1e7"},
    {"net", "clip_norm", "-1 1e31"},
    {"net", "ema", "1 1.5 -0.1"},
    {"net", "policy", "constan constantly Step constant|step fixed"},
    {"net", "burn_in", "-1 2147483648"},
    {"net", "power", "-1 101"},
    {"net", "step", "0 -1 2147483648"},
    {"net", "scale", "-1 1e7"},
    {"net", "steps", "-1 1,-1 1,,2 ,1 1,x 1.5,2"},
    {"net", "scales", "-1 1,-1 .1,,.2 ,1 .1,x"},
    {"net", "gamma", "-1 1e7"},
    {"net", "max_batches", "0 -1 2147483648"},
    {"net", "binarise", "none Bernoulli bernoulli threshold|bernoulli"},
    {"net", "fit", "pad Crop stretch|crop"},
    {"net", "distort", "-0.1 1.1"},
    {"net", "angle", "-1 181"},
    {"net", "shear", "-1 11"},
    {"net", "aspect", "0.9 0 11"},
    {"label_embed", "classes", "0 -1 65537"},
    {"label_embed", "size", "-1 65537"},
    {"label_embed", "spatial", "2 -1"},
    {"label_embed", "dropout", "1 1.5 -0.1"},
    {"label_embed", "attributes", "2 -1 0.5"},
    {"pixel_fourier", "octaves", "0 9 -1 1.5"},
    {"gated_vstack", "filters", "0 -3 65537"},
    {"gated_vstack", "size", "0 -1 2 4 256 257 65536"},
    {"gated_vstack", "dilation", "0 -1 256"},
    {"gated_vstack", "factored", "2 -1"},
    {"gated_vstack", "from", "img Image image,1 1,2 -9"},
    {"gated_hstack", "filters", "0 -3 65537"},
    {"gated_hstack", "size", "0 -1 1 2 4 256 257 65536"},
    {"gated_hstack", "dilation", "0 -1 256"},
    {"gated_hstack", "mask", "c A ab a|b 0"},
    {"gated_hstack", "residual", "1 2 -1"},
    {"gated_hstack", "from", "img Image image,1 1,2 -9"},
    {"gated_hstack", "vertical", "img image 1,2 -9 7"},
    {"skip_sum", "filters", "0 -3 65537"},
    {"skip_sum", "layers", "all 2,,4 ,2 -100 9"},
    {"skip_sum", "activation", "rel relux ReLU relu|leaky swish 1"},
    {"pixel_softmax", "levels", "0 1 -4 257"},
    {"convolutional", "filters", "0 -3 65537"},
    {"convolutional", "size", "0 -1 2 3"},
    {"convolutional", "stride", "0 -1 2"},
    {"convolutional", "pad", "2 -1"},
    {"convolutional", "padding", "1 -1"},
    {"convolutional", "groups", "0 -1 2 4"},
    {"convolutional", "batch_normalize", "1 -1"},
    {"convolutional", "activation", "lin linear|relu Linear swish"},
    {"activation", "activation", "tan tanh|relu TANH swish"},
};

/* Values that no key of a type takes. */
static const char *bad_for_type(key_type t)
{
    switch (t) {
    case KEY_INT:
        return "abc 1.5 1x 99999999999999999999";
    case KEY_FLOAT:
        return "abc nan inf 0.5x";
    case KEY_LAYER:
        return "abc 1x 1.5 99 4294967296 -4294967296";
    case KEY_INTS:
    case KEY_LAYERS:
        return "abc 1, 1x 1.5";
    case KEY_FLOATS:
        return "abc nan 0.5,inf 0.5, 1x";
    default:
        return "abc nan";
    }
}

/* A net with the one section that GREY has not. */
static const char FEATURES[] = "[net]\nheight=6\nwidth=5\n\n[pixel_fourier]\noctaves=2\n\n[gated_vstack]\nfilters=4\n";

/* A cfg with key=value in its first such section, as replacement or as a new line. */
static void value_refused(const char *section, const char *key, const char *value)
{
    char text[TEXT], find[64], line[128], says[256];
    snprintf(find, sizeof find, "[%s]", section);
    const char *right = strstr(GREY, find) ? GREY : FEATURES;
    const char *head = strchr(strstr(right, find), '\n') + 1, *end = strstr(head, "\n["), *at;
    snprintf(find, sizeof find, "%s=", key);
    for (at = head; at < end && strncmp(at, find, strlen(find)); at = strchr(at, '\n') + 1)
        if (*at == '\n' || !at[1]) break;
    int stands = !strncmp(at, find, strlen(find));
    snprintf(line, sizeof line, "@%s=%s%s", key, value, stands ? "" : "\n");
    snprintf(says, sizeof says, "[%s] %s=%s: ", section, key, value);
    if (!stands) at = head;
    cfg_refused(text, splice_text(text, right, at, stands ? strcspn(at, "\n") : 0, line), says);
}

static void values_refused(const char *section, const char *key, const char *list)
{
    char copy[256], *rest;
    snprintf(copy, sizeof copy, "%s", list);
    for (char *value = strtok_r(copy, " ", &rest); value; value = strtok_r(0, " ", &rest))
        value_refused(section, key, value);
}

static void every_key_refuses_bad_values(void **state)
{
    (void)state;
    need_world();
    const char *section;
    for (int k = 0; nth_key(k, &section); ++k) {
        const cfg_key *key = nth_key(k, &section);
        int found = 0;
        for (int i = 0; i < COUNT(values); ++i) {
            if (strcmp(values[i].section, section) || strcmp(values[i].key, key->key)) continue;
            values_refused(values[i].section, values[i].key, values[i].bad);
            values_refused(values[i].section, values[i].key, bad_for_type(key->type));
            found = 1;
        }
        if (!found) fail_msg("[%s] %s: has no bad values here", section, key->key);
    }
    report();
}

/* ---- options ---- */

static const struct {
    const char *command, *option, *bad;
} options[] = {
    {TRAIN, "-seed", "abc -1 1.5 1x 2147483648 99999999999999999999 ''"},
    {TRAIN, "-save_every", "abc -1 1.5 2147483648"},
    {TRAIN, "-eval_every", "abc -2 1.5 2147483648"},
    {TRAIN, "-seconds", "abc -1 nan inf 1e10 1x"},
    {TRAIN, "-backup", ""},
    {TRAIN, "-log", ""},
    {EVAL, "-limit", "abc -1 1.5 1x 2147483648"},
    {EVAL, "-batch", "abc 0 -1 65537 1.5"},
    {SAMPLE, "-n", "abc -1 1.5 1000000001 1x"},
    {SAMPLE, "-temp", "abc -1 nan inf 101 1x"},
    {SAMPLE, "-seed", "abc -1 1.5 2147483648"},
    {SAMPLE, "-scale", "abc -1 65 1.5"},
    {SAMPLE, "-out", ""},
    {SAMPLE, "-label", "3 -1 x 0.5 1x 1: 1:x 1:nan 1:inf 1:1e39 1:1:1 1, ,1 1,,2 '1;2' 1,none 99999999999999999999 ''"},
};

static void options_refuse_bad_values(void **state)
{
    char list[256], arguments[512], says[128], *rest;
    (void)state;
    need_world();
    for (int i = 0; i < COUNT(options); ++i) {
        snprintf(list, sizeof list, "%s", options[i].bad);
        for (char *value = strtok_r(list, " ", &rest); value; value = strtok_r(0, " ", &rest)) {
            snprintf(arguments, sizeof arguments, "%s %s %s", options[i].command, options[i].option, value);
            snprintf(says, sizeof says, strcmp(value, "''") ? "%s %s & expected" : "pixelcnn & %s needs a value",
                     options[i].option, *value == '\'' ? "" : value);
            refused(0, arguments, says);
        }
        snprintf(arguments, sizeof arguments, "%s %s", options[i].command, options[i].option);
        snprintf(says, sizeof says, "pixelcnn & %s needs a value", options[i].option);
        refused(0, arguments, says);
    }
    refused(0, "pixelcnn sample $PLAIN $PLAIN_WEIGHTS -label 1 -out $OUT/x.png",
            "-label 1: this net has no [label_embed]");
    static const char spatial[] = "sed 's/#label/\\nspatial=1/' $CFG >$BAD;";
    const char *fixed = "[label_embed] spatial=1: works only for images of 5 x 6";
    refused(spatial, "pixelcnn sample $BAD $WEIGHTS -width 5 -height 7 -out $OUT/x.png", fixed);
    refused(spatial, "pixelcnn sample $BAD $WEIGHTS -width 4 -height 6 -out $OUT/x.png", fixed);
    refused(spatial, "pixelcnn sample $BAD $WEIGHTS -width 5 -height 6 -out $OUT/x.png", "this net needs");
    report();
}

TEST_MAIN(cmocka_unit_test(every_key_refuses_bad_values), cmocka_unit_test(options_refuse_bad_values))
