#include <limits.h>
#include <math.h>
#include "base/errors.h"
#include "layers/label_embed_layer.h"
#include "pixelcnn/commands/agreement.h"
#include "pixelcnn/commands/captions.h"
#include "pixelcnn/commands/commands.h"
#include "pixelcnn/commands/drawings.h"
#include "pixelcnn/data/labels.h"
#include "pixelcnn/net/build_net.h"
#include "pixelcnn/sample/sampler.h"

typedef struct {
    draw_options draw;
    int naive, width, height;
} sample_options;

/* The number of images and their layout. */
static sheet lay_out(const draw_options *o, network *net)
{
    need_label("sample", o, net);
    int all = o->label && !strcmp(o->label, "all");
    int n = o->n ? o->n : all ? 10 : 64;
    double total = (double)n * (all ? label_of(net)->classes : 1);
    if (total > INT_MAX) die("pixelcnn sample: -n %d: %.0f images, more than %d", o->n, total, INT_MAX);
    return sheet_of_net(net, (int)total, all ? n : (int)ceil(sqrt(n)), o->scale);
}

static const float *label_of_image(const void *series, int i) { return label_in_series(series, i); }

static void draw_images(const sample_options *o, network *net, const char *weights, drawing_outputs *outputs)
{
    sheet s = lay_out(&o->draw, net);
    label_embed *label = label_of(net);
    label_series labels = label ? read_label_series(o->draw.label, s.columns, label) : (label_series){0};
    draw_request t = {.net = net,
                      .sampler = o->naive ? sample_naive : sample_cached,
                      .o = &o->draw,
                      .n = s.n,
                      .label = label ? label_of_image : 0,
                      .from = &labels};
    check_drawings(outputs, s); // before captions, of which there are as many
    image_names names = name_drawn_images(outputs, &t);
    s.captions = names.captions;
    check_drawings(outputs, s);
    generation g = {.command = "sample",
                    .label = o->draw.label ? o->draw.label
                             : label       ? "each in turn"
                                           : "none",
                    .weights = weights,
                    .with = o->draw};
    unsigned char *images = draw_into(outputs, &t, s, &g);
    finish_drawings(outputs, (shown_images){s, images, 0}, &g);
    free(images);
    free(g.names);
    free(labels.rows);
    free_image_names(&names);
}

static sample_options asked = {.draw = {.captions = "auto", .temperature = 1}};
static const option options[] = {
    {"-label LABEL", OPTION_TEXT, &asked.draw.label, 0, 0,
     "a class by number or name: 3, bag; classes in turn: 3,8; a mixture: 3:0.5,8:0.5; all: a row per class; "
     "none; attributes: 0.5,-2,1"},
    {"-n N", OPTION_INT, &asked.draw.n, 0, 1e9,
     "number of images, or with -label all per class; 0: 64, or 10 per class"},
    {"-temp X", OPTION_FLOAT, &asked.draw.temperature, 0, 100,
     "temperature: below 1 for likelier images; 0: always the likeliest value"},
    {"-guidance X", OPTION_FLOAT, &asked.draw.guidance, -1, 100,
     "use logits (1+X) with label - X without; above 0: closer to the label (nets with label dropout)"},
    {"-width N", OPTION_INT, &asked.width, 0, 4096, "draw images N wide; 0: as in the cfg"},
    {"-height N", OPTION_INT, &asked.height, 0, 4096, "draw images N high; 0: as in the cfg"},
    {"-seed N", OPTION_INT, &asked.draw.seed, 0, INT_MAX, "random seed; the same seed draws the same images"},
    DRAWING_OPTIONS(asked.draw, "samples.png"),
    CAPTIONS_OPTION(&asked.draw.captions),
    {"-gif FILE", OPTION_TEXT, &asked.draw.gif, 0, 0,
     "also write an animated GIF of the sheet being drawn, a frame per row"},
    {"-json", OPTION_FLAG, &asked.draw.json, 0, 0, "print the result as JSON"},
    {"-naive", OPTION_FLAG, &asked.naive, 0, 0,
     "run a whole forward pass per value: the reference, hundreds of times slower"},
};

static void run_sample(const char **a)
{
    drawing_outputs *outputs = choose_drawings("sample", &asked.draw, "samples.png",
                                               (named_path[]){{"CFG", a[0]}, {"WEIGHTS", a[1]}, {0}});
    network *net = open_net(
        a[0], a[1],
        (net_overrides){.batch = 64, .drawing = !asked.naive, .width = asked.width, .height = asked.height});
    agree_on_work((named_path[]){{"cfg", a[0]}, {"weights", a[1]}, {0}}, 0, 0);
    draw_images(&asked, net, a[1], outputs);
    free_network(net);
    free_drawings(outputs);
}

const command_form sample_form = {.name = "sample",
                                  .arguments = "[CFG [WEIGHTS]]",
                                  .summary = "draw images; without CFG with the net gated_pixelcnn",
                                  .most = 2,
                                  WITH(options),
                                  .run = run_sample,
                                  .shared = 1,
                                  .example = "-label 3 -n 16"};
