/*
sample.c - the command `pixelcnn sample`.
*/
#include <limits.h>
#include <math.h>
#include "build_net.h"
#include "commands.h"
#include "dataset.h"
#include "errors.h"
#include "gated.h"
#include "label_embed_layer.h"
#include "labels.h"
#include "pixel_softmax_layer.h"
#include "sampler.h"
#include "sheet.h"

const command_form sample_form = {"sample", "[CFG [WEIGHTS]]",
                                  "draws images (cfg/gated_pixelcnn.cfg, weights/gated_pixelcnn.weights)", 0, 2};

typedef struct {
    const char *label, *out;
    int n, seed, scale, naive, width, height;
    double temperature, guidance;
} sample_options;

/* How many images, and how they lie on the sheet. */
static sheet lay_out(const sample_options *o, network *net)
{
    label_embed *label = label_of(*net);
    int all = o->label && !strcmp(o->label, "all");
    if (o->guidance != 0 && !label) die("pixelcnn sample: -guidance: this net has no [label_embed]; leave it away");
    if (o->label && !label)
        die("pixelcnn sample: -label %s: this net has no [label_embed]; leave -label away", o->label);
    int n = o->n ? o->n : all ? 10 : 64;
    double total = (double)n * (all ? label->classes : 1);
    if (total * net->truths > INT_MAX) die("pixelcnn sample: -n %d: too many images for one sheet", o->n);
    sheet s = {.n = (int)total,
               .c = net->c,
               .h = net->h,
               .w = net->w,
               .levels = loss_of(net)->levels,
               .columns = all ? n : (int)ceil(sqrt(n)),
               .scale = o->scale};
    check_sheet(o->out, s);
    return s;
}

/* Labels of all images (n,classes), or NULL for a net without. */
static float *choose_labels(const sample_options *o, network *net, const sheet *s)
{
    label_embed *label = label_of(*net);
    if (!label) return 0;
    int all = o->label && !strcmp(o->label, "all");
    float *labels = checked_calloc((size_t)s->n * label->classes, sizeof(float));
    for (int i = 0; i < s->n; ++i) {
        float *row = labels + (size_t)i * label->classes;
        if (o->label && !all)
            read_label(o->label, label->classes, row);
        else
            one_hot(row, label->classes, all ? i / s->columns : i % label->classes);
    }
    return labels;
}

static void draw_sheet(const sample_options *o, network *net)
{
    sheet s = lay_out(o, net);
    float *labels = choose_labels(o, net, &s);
    unsigned char *levels = checked_calloc((size_t)s.n * net->truths, 1);
    double start = what_time_is_it_now();
    sample_wish w = {
        .n = s.n, .seed = o->seed, .temperature = o->temperature, .labels = labels, .guidance = o->guidance};
    (o->naive ? sample_naive : sample_cached)(net, w, levels);
    double seconds = what_time_is_it_now() - start;
    write_sheet(o->out, s, levels);
    printf("%s: %d images of %d x %d, label %s, seed %d, temperature %g, %.2f seconds\n", o->out, s.n, net->w, net->h,
           o->label ? o->label
           : labels ? "each in turn"
                    : "none",
           o->seed, o->temperature, seconds);
    free(levels);
    free(labels);
}

void run_sample(int argc, char **argv)
{
    sample_options s = {.out = "samples.png", .temperature = 1, .scale = 1};
    const option o[] = {
        {"-label", OPTION_TEXT, &s.label, 0, 0, "a class, all (a row each), none, or weights: 3:0.5,8:0.5"},
        {"-n", OPTION_INT, &s.n, 0, 1e6, "images; with -label all: a class (0: 64, 10 a class)"},
        {"-temp", OPTION_FLOAT, &s.temperature, 0, 100, "below 1: likelier images; 0: always the likeliest value"},
        {"-guidance", OPTION_FLOAT, &s.guidance, -1, 100,
         "w: logits (1+w) with label - w without; above 0: closer to the label (nets trained with dropout)"},
        {"-width", OPTION_INT, &s.width, 0, 4096, "of the images, other than in training; 0: as the cfg says"},
        {"-height", OPTION_INT, &s.height, 0, 4096, "likewise"},
        {"-seed", OPTION_INT, &s.seed, 0, INT_MAX, "the same seed draws the same images"},
        {"-scale", OPTION_INT, &s.scale, 1, 64, "pixels of the sheet for each of the image, each way"},
        {"-out", OPTION_TEXT, &s.out, 0, 0, "the PNG"},
        {"-naive", OPTION_FLAG, &s.naive, 0, 0,
         "a whole forward pass for each value: the plain twin, hundreds of times slower"},
    };
    const char **a = read_options(&sample_form, o, sizeof o / sizeof *o, argc, argv);
    const char *cfg = a[0] ? a[0] : "cfg/gated_pixelcnn.cfg";
    const char *weights = a[1] ? a[1] : "weights/gated_pixelcnn.weights";
    if (a[0] && !a[1]) die("pixelcnn sample: %s: its weights are missing; write: sample CFG WEIGHTS", a[0]);
    network *net = parse_pixelcnn_cfg(cfg, (net_wish){.batch = s.naive ? 64 : 1, .width = s.width, .height = s.height});
    load_weights(net, (char *)weights);
    draw_sheet(&s, net);
    free_network(net);
    free(a);
}
