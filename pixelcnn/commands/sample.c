/*
sample.c - the command `pixelcnn sample`.
*/
#include <limits.h>
#include <math.h>
#include <unistd.h>
#include "base/errors.h"
#include "layers/gated.h"
#include "layers/label_embed_layer.h"
#include "layers/pixel_softmax_layer.h"
#include "pixelcnn/commands/commands.h"
#include "pixelcnn/commands/generation.h"
#include "pixelcnn/commands/outputs.h"
#include "pixelcnn/commands/standard_streams.h"
#include "pixelcnn/data/labels.h"
#include "pixelcnn/net/build_net.h"
#include "pixelcnn/pictures/animation.h"
#include "pixelcnn/pictures/sheet.h"
#include "pixelcnn/sample/sampler.h"

const command_form sample_form = {"sample", "[CFG [WEIGHTS]]",
                                  "draws images (cfg/gated_pixelcnn.cfg, weights/gated_pixelcnn.weights)", 0, 2};

typedef struct {
    draw_options draw;
    const char *gif; // NULL: none
    int naive, width, height;
} sample_options;

/* How many images, and how they lie on the sheet. */
static sheet lay_out(const draw_options *o, network *net)
{
    need_label("sample", o, net);
    int all = o->label && !strcmp(o->label, "all");
    int n = o->n ? o->n : all ? 10 : 64;
    double total = (double)n * (all ? label_of(net)->classes : 1);
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

static void draw_sheet(const sample_options *o, network *net, const char *weights)
{
    sheet s = lay_out(&o->draw, net);
    if (o->gif) check_animation(o->gif, s);
    label_embed *label = label_of(net);
    float *labels = label ? labels_of_images(o->draw.label, s.n, s.columns, label) : 0;
    unsigned char *levels = checked_calloc((size_t)s.n * net->truths, 1);
    generation g = draw(o->naive ? sample_naive : sample_cached, net, &o->draw,
                        (sample_request){.n = s.n, .labels = labels}, levels);
    g.command = "sample";
    g.label = o->draw.label ? o->draw.label : labels ? "each in turn" : "none";
    g.weights = weights;
    char *text = generation_text(&g);
    s.text = text;
    unsigned char *bytes = bytes_of_levels(s, levels);
    if (o->gif) write_animation(o->gif, s, bytes, 0);
    write_byte_sheet(o->draw.out, s, bytes);
    print_generation(&g);
    free(text);
    free(bytes);
    free(levels);
    free(labels);
}

/* A file that ships: in the working folder, which is that of a built tree, or where `make install` puts it, beside the
   program's folder. The first where there is none. */
static const char *shipped(const char *file, char *room, size_t size)
{
    char program[4096];
    ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);
    if (n < 0 || !access(file, R_OK)) return file;
    program[n] = 0;
    *strrchr(program, '/') = 0;
    snprintf(room, size, "%s/../share/pixelcnn/%s", program, file);
    return access(room, R_OK) ? file : room;
}

void run_sample(int argc, char **argv)
{
    sample_options s = {.draw = {.out = "samples.png", .temperature = 1, .scale = 1}};
    draw_options *d = &s.draw;
    const option o[] = {
        {"-label", OPTION_TEXT, &d->label, 0, 0,
         "3; classes in turn: 3,8; a mixture: 3:0.5,8:0.5; all: a row each; none; of attributes: 0.5,-2,1"},
        {"-n", OPTION_INT, &d->n, 0, 1e6, "images; with -label all: a class (0: 64, 10 a class)"},
        {"-temp", OPTION_FLOAT, &d->temperature, 0, 100, "below 1: likelier images; 0: always the likeliest value"},
        {"-guidance", OPTION_FLOAT, &d->guidance, -1, 100,
         "w: logits (1+w) with label - w without; above 0: closer to the label (nets trained with dropout)"},
        {"-width", OPTION_INT, &s.width, 0, 4096, "of the images, other than in training; 0: as the cfg says"},
        {"-height", OPTION_INT, &s.height, 0, 4096, "likewise"},
        {"-seed", OPTION_INT, &d->seed, 0, INT_MAX, "the same seed draws the same images"},
        {"-scale", OPTION_INT, &d->scale, 1, 64, "pixels of the sheet for each of the image, each way"},
        {"-out", OPTION_TEXT, &d->out, 0, 0, "the PNG"},
        {"-gif", OPTION_TEXT, &s.gif, 0, 0, "an animated GIF, too: the sheet being drawn, a frame a row"},
        {"-preview", OPTION_FLAG, &d->preview, 0, 0, "shows the PNG in the terminal, by chafa"},
        {"-json", OPTION_FLAG, &d->json, 0, 0, "figures as one JSON object"},
        {"-naive", OPTION_FLAG, &s.naive, 0, 0,
         "a whole forward pass for each value: the plain twin, hundreds of times slower"},
    };
    const char **a = read_options(&sample_form, o, sizeof o / sizeof *o, argc, argv);
    char room[2][4400];
    const char *cfg = a[0] ? a[0] : shipped("cfg/gated_pixelcnn.cfg", room[0], sizeof room[0]);
    const char *weights = a[1] ? a[1] : shipped("weights/gated_pixelcnn.weights", room[1], sizeof room[1]);
    if (a[0] && !a[1]) die("pixelcnn sample: %s: its weights are missing; write: sample CFG WEIGHTS", a[0]);
    need_stdout("sample", d->json);
    check_outputs("sample", (named_path[]){{"-out", d->out}, {"-gif", s.gif}, {0}},
                  (named_path[]){{"CFG", cfg}, {"WEIGHTS", weights}, {0}});
    network *net = parse_pixelcnn_cfg(cfg,
                                      (net_overrides){.batch = s.naive ? 64 : 1, .width = s.width, .height = s.height});
    load_weights(net, (char *)weights);
    draw_sheet(&s, net, weights);
    free_network(net);
    free(a);
}
