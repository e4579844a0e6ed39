#include "base/errors.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/printable.h"
#include "pixelcnn/commands/generation.h"
#include "pixelcnn/data/labels.h"
#include "pixelcnn/watch/task.h"

static double mean_of(const double *x, int n)
{
    double sum = 0;
    for (int i = 0; i < n; ++i) sum += x[i];
    return sum / n;
}

generation draw(void (*sampler)(network *net, sample_request r, unsigned char *levels), network *net,
                const draw_options *o, sample_request r, unsigned char *levels)
{
    double *nll = checked_calloc(r.n, sizeof(double)), start = what_time_is_it_now();
    r.seed = o->seed;
    r.temperature = o->temperature;
    r.guidance = o->guidance;
    r.nll = nll;
    begin_images("drawing", r.n, net->truths);
    sampler(net, r, levels);
    double seconds = what_time_is_it_now() - start;
    end_task();
    generation g = {.images = r.n, .w = net->w, .h = net->h, .seconds = seconds, .nats = mean_of(nll, r.n), .with = *o};
    free(nll);
    return g;
}

void need_label(const char *command, const draw_options *o, const network *net)
{
    const label_embed *label = label_of(net);
    char guidance[128];
    snprintf(guidance, sizeof guidance, "pixelcnn %s: -guidance %g", command, o->guidance);
    if (label && o->guidance != 0) require_label_dropout(label, guidance, "omit -guidance");
    if (label) return;
    if (o->guidance != 0) die("pixelcnn %s: -guidance: this net has no [label_embed]; omit -guidance", command);
    if (o->label) die("pixelcnn %s: -label %s: this net has no [label_embed]; omit -label", command, o->label);
}

static const char *name_in(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* image: its number, or -1 for all. */
static char *text_of(const generation *g, const char *label, int image)
{
    char *text = 0;
    size_t bytes;
    FILE *f = open_memstream(&text, &bytes);
    if (!f) die("pixelcnn %s: out of memory", g->command);
    fprintf(f, "command: pixelcnn %s\nseed: %d\nlabel: %s\ntemperature: %g\nguidance: %g\nweights: %s", g->command,
            g->with.seed, printable(label), g->with.temperature, g->with.guidance, printable(name_in(g->weights)));
    if (g->given) fprintf(f, "\ngiven: %s", printable(g->given));
    if (image >= 0) fprintf(f, "\nimage: %d", image);
    if (fclose(f)) die("pixelcnn %s: out of memory", g->command);
    return text;
}

char *generation_text(const generation *g) { return text_of(g, g->label, -1); }

char *image_text(const generation *g, int i, int class)
{
    char name[16];
    snprintf(name, sizeof name, "%d", class);
    return text_of(g, class < 0 ? g->label : name, i);
}

static void print_line(const generation *g)
{
    fprintf(g->to, "%s: %d images of %d x %d", printable_on(g->to, g->files), g->images, g->w, g->h);
    if (g->given) fprintf(g->to, ", given %s", printable_on(g->to, g->given));
    fprintf(g->to, ", label %s, seed %d, temperature %g, %.2f seconds\n", printable_on(g->to, g->label), g->with.seed,
            g->with.temperature, g->seconds);
}

/* Of the classes drawn, each once, in the order of the images. */
static void print_names(json_writer *j, const generation *g)
{
    json_begin(j, "label_names", '[');
    for (int i = 0; i < g->images; ++i) {
        int seen = 0;
        if (i && g->names[i] == g->names[i - 1]) continue;
        while (g->names[seen] != g->names[i]) ++seen;
        if (g->names[i] && seen == i) json_text(j, 0, g->names[i]);
    }
    json_end(j, ']');
}

static void print_json(const generation *g)
{
    json_writer j = {.to = g->to};
    json_begin(&j, 0, '{');
    if (g->with.out) json_text(&j, "file", g->with.out);
    if (g->with.npy) json_text(&j, "npy", g->with.npy);
    if (g->with.gif) json_text(&j, "gif", g->with.gif);
    json_number(&j, "images", "%d", g->images);
    json_number(&j, "width", "%d", g->w);
    json_number(&j, "height", "%d", g->h);
    json_text(&j, "label", g->label);
    if (g->names) print_names(&j, g);
    if (g->given) json_text(&j, "given", g->given);
    json_number(&j, "seed", "%d", g->with.seed);
    json_number(&j, "temperature", "%g", g->with.temperature);
    json_number(&j, "guidance", "%g", g->with.guidance);
    json_number(&j, "seconds", "%.3f", g->seconds);
    json_number(&j, "nats_per_image", "%.6f", g->nats);
    json_end(&j, '}');
}

void print_generation(const generation *g)
{
    if (g->with.json)
        print_json(g);
    else
        print_line(g);
}
