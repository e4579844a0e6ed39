#include <limits.h>
#include <stdlib.h>
#include "base/errors.h"
#include "pixelcnn/commands/bench.h"
#include "pixelcnn/commands/design.h"
#include "pixelcnn/commands/train_loop.h"
#include "pixelcnn/net/build_net.h"
#include "pixelcnn/net/params.h"

enum {
    BATCH = 16,
    VALIDATIONS = 10,
    LEAST_ITERATIONS = 20,
    ENOUGH = 400 // iterations: more of them are worth less than more filters
};
#define MEASURED .3 // seconds for each figure, when training takes minutes

/* ---- text ---- */

static void put_block(FILE *f, const net_design *d, int size, int dilation, int first)
{
    for (int horizontal = 0; horizontal < 2; ++horizontal) {
        fprintf(f, "\n[gated_%cstack]\nfilters=%d\nsize=%d\n", horizontal ? 'h' : 'v', d->filters, size);
        if (dilation > 1) fprintf(f, "dilation=%d\n", dilation);
        if (horizontal && first) fprintf(f, "mask=a\n");
    }
}

/* Dilations rise until a pixel sees all around it, and fall again. */
static void put_blocks(FILE *f, const net_design *d)
{
    int side = d->h > d->w ? d->h : d->w, most = 1;
    while (4 * most < side) most *= 2;
    put_block(f, d, 7, 1, 1);
    for (int dilation = 1; dilation < most; dilation *= 2) put_block(f, d, 3, dilation, 0);
    for (int dilation = most; dilation; dilation /= 2) put_block(f, d, 3, dilation, 0);
}

static void put_net(FILE *f, const net_design *d)
{
    int burn_in = d->iterations / 10 < 100 ? d->iterations / 10 : 100;
    double average = 1 - 10. / d->iterations;
    fprintf(f, "[net]\nbatch=%d\nsubdivisions=1\nheight=%d\nwidth=%d\nchannels=%d\n", BATCH, d->h, d->w, d->c);
    if (d->crop) fprintf(f, "fit=crop\n");
    fprintf(f,
            "adam=1\nlearning_rate=0.016\nmuon=0.02\ndecay=0\nclip_norm=1.0\nema=%.4f\npolicy=poly\npower=1\n"
            "burn_in=%d\nmax_batches=%d\n",
            average < .9     ? .9
            : average > .999 ? .999
                             : average,
            burn_in, d->iterations);
}

/* For the head: in colour nets one group per colour. */
static void put_head(FILE *f, const net_design *d)
{
    char groups[32] = "";
    if (d->c > 1) snprintf(groups, sizeof groups, "groups=%d\n", d->c);
    fprintf(f, "\n[skip_sum]\nfilters=%d\nactivation=relu\n", d->filters);
    fprintf(f, "\n[convolutional]\nfilters=%d\nsize=1\n%sactivation=relu\n", d->filters, groups);
    fprintf(f, "\n[convolutional]\nfilters=%d\nsize=1\n%sactivation=linear\n", d->c * d->levels, groups);
    fprintf(f, "\n[pixel_softmax]\nlevels=%d\n", d->levels);
}

char *cfg_of_design(const net_design *d, const char *comment)
{
    char *text = 0;
    size_t bytes;
    FILE *f = open_memstream(&text, &bytes);
    if (!f) die("out of memory for a cfg");
    fprintf(f, "%s\n", comment);
    put_net(f, d);
    if (d->classes) fprintf(f, "\n[label_embed]\nclasses=%d\nsize=16\ndropout=0.1\n", d->classes);
    if (d->attributes) fprintf(f, "attributes=1\n");
    put_blocks(f, d);
    put_head(f, d);
    if (fclose(f)) die("out of memory for a cfg");
    return text;
}

/* ---- time ---- */

typedef struct {
    const net_design *d;
    double seconds; // for each figure
    training_times times;
} measurement;

static void take_measurement(void *what)
{
    measurement *m = what;
    double pass;
    char *text = cfg_of_design(m->d, "");
    network *net = parse_pixelcnn_text("a net to measure", text, (net_overrides){.training = 1});
    init_params(net, 0);
    measure_update(net, m->seconds, &m->times.update, &pass);
    m->times.image = pass / BATCH;
    free_network(net);
    free(text);
}

/* The iterations that fit into the seconds along with the validations. */
static int iterations_in(double seconds, const training_times *t)
{
    double n = (.97 * seconds - VALIDATIONS * t->held * t->image) / t->update;
    return n < LEAST_ITERATIONS ? LEAST_ITERATIONS : n > INT_MAX ? INT_MAX : (int)n;
}

/* A large net soon memorises few images. */
static int most_filters(int images) { return images < 1000 ? 48 : images < 10000 ? 96 : 144; }

training_times choose_filters(net_design *d, int images, double seconds)
{
    static const int filters[] = {12, 24, 36, 48, 72, 96, 144};
    training_times best = {0};
    for (size_t i = 0; i < sizeof filters / sizeof *filters && filters[i] <= most_filters(images); ++i) {
        net_design next = *d;
        measurement m = {&next, seconds / 200 < MEASURED ? seconds / 200 : MEASURED, {.held = held_out(images)}};
        caught_error why;
        next.filters = filters[i];
        next.iterations = LEAST_ITERATIONS;
        if (catch_die(take_measurement, &m, &why)) { // too little memory
            if (i) break;
            die("%s", why.message);
        }
        next.iterations = iterations_in(seconds, &m.times);
        if (i && next.iterations < ENOUGH) break;
        best = m.times;
        *d = next;
    }
    return best;
}
