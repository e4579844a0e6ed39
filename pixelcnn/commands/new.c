#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/atomic_file.h"
#include "base/errors.h"
#include "base/json.h"
#include "base/printable.h"
#include "base/shell_word.h"
#include "base/text.h"
#include "base/threads.h"
#include "layers/math/levels.h"
#include "pixelcnn/commands/commands.h"
#include "pixelcnn/commands/design.h"
#include "pixelcnn/commands/help.h"
#include "pixelcnn/commands/standard_streams.h"
#include "pixelcnn/commands/start.h"

enum {
    USUAL_SIDE = 32,   // of a net for pictures
    LARGEST_KEPT = 64, // side of pictures that all have one size and keep it
    USUAL_LEVELS = 8,
    FEW_ITERATIONS = 300,
    LEAST_IMAGES = 12 // a tenth of them for validation, and as many for testing
};

typedef struct {
    const char *out; // NULL: after the data
    double seconds;
    int width, height, levels, channels, json; // 0: chosen
} new_options;

/* ---- what fits the data ---- */

/* Sides of about USUAL_SIDE: a square if the pictures are nearly square, else their ratio, up to 3. */
static void choose_sides(net_design *d, const data_look *l)
{
    double ratio = (double)l->w / l->h;
    int is_kept = !l->sizes_differ && l->w <= LARGEST_KEPT && l->h <= LARGEST_KEPT;
    if (is_kept || (l->w <= USUAL_SIDE && l->h <= USUAL_SIDE)) {
        d->w = l->w;
        d->h = l->h;
        return;
    }
    if (ratio > .8 && ratio < 1.25) ratio = 1;
    if (ratio > 3) ratio = 3;
    if (ratio < 1. / 3) ratio = 1. / 3;
    d->w = 2 * (int)(USUAL_SIDE / 2 * sqrt(ratio) + .5);
    d->h = 2 * (int)(USUAL_SIDE / 2 / sqrt(ratio) + .5);
}

/* Arrays have one size, and are not scaled. */
static void need_size(const char *data, const char *name, int wanted, int is)
{
    if (wanted && wanted != is)
        die("pixelcnn new: %s %d: the images of %s have %d, and only pictures are converted", name, wanted, data, is);
}

static int is_pictures(const data_look *l) { return !strcmp(l->format, "pictures"); }

static void choose_shape(net_design *d, const data_look *l, const new_options *o, const char *data)
{
    d->c = l->c;
    if (is_pictures(l)) {
        choose_sides(d, l);
        if (o->channels) d->c = o->channels;
        if (o->width) d->w = o->width;
        if (o->height) d->h = o->height;
        d->crop = l->sizes_differ || d->w * l->h != d->h * l->w;
    } else {
        need_size(data, "-width", o->width, d->w = l->w);
        need_size(data, "-height", o->height, d->h = l->h);
        need_size(data, "-channels", o->channels, l->c);
    }
    if (d->c != 1 && d->c != 3) die("%s: images of %d channel%s; a net takes 1 or 3", data, d->c, plural_s(d->c));
}

/* How many levels the values of the data have. */
static int used_levels(const data_look *l, int levels)
{
    int n = 0;
    for (int v = 0, last = -1; v < 256; ++v)
        if (l->seen[v] && level_of_byte(v, levels) != last) ++n, last = level_of_byte(v, levels);
    return n;
}

/* As many as there are values, if these are few and no scaling mixes them; more if that keeps them apart. */
static int choose_levels(const net_design *d, const data_look *l)
{
    int is_scaled = is_pictures(l) && (l->sizes_differ || d->w != l->w || d->h != l->h);
    int levels = is_scaled ? USUAL_LEVELS : l->values < 2 ? 2 : l->values;
    while (levels < USUAL_LEVELS && used_levels(l, levels) < l->values) ++levels;
    return levels < USUAL_LEVELS ? levels : USUAL_LEVELS;
}

/* Refuses, for example, numbers from 0 to 1 stored in bytes. */
static void need_contrast(const data_look *l, int levels, const char *data)
{
    int most = 255;
    while (most && !l->seen[most]) --most;
    if (most && level_of_byte(most, levels) == 0)
        die("%s: no value is above %d, so all have level 0 of %d: white is 255; multiply them, or give -levels 256",
            data, most, levels);
}

static net_design start_design(const data_look *l, const new_options *o, const char *data)
{
    net_design d = {.classes = l->classes, .attributes = l->attributes};
    if (l->images < LEAST_IMAGES)
        die("%s: %d training image%s; at least %d are needed, and a few hundred to draw well", data, l->images,
            plural_s(l->images), LEAST_IMAGES);
    choose_shape(&d, l, o, data);
    d.levels = o->levels ? o->levels : choose_levels(&d, l);
    need_contrast(l, d.levels, data);
    return d;
}

/* ---- what is written ---- */

/* NAME.cfg in the working folder for a folder NAME or a file NAME.npz. Free it. */
static char *name_after(const char *data)
{
    char *whole = realpath(data, 0);
    if (!whole) return 0;
    char *slash = strrchr(whole, '/'), *name = slash[1] ? slash + 1 : "data", *dot = strrchr(name, '.');
    int n = dot && !strcmp(dot, ".npz") ? (int)(dot - name) : (int)strlen(name);
    char *file = format_text("%.*s.cfg", n, name);
    free(whole);
    return file;
}

/* A cfg is never overwritten: it may have been edited. */
static void need_new_file(const char *file)
{
    struct stat s;
    if (!stat(file, &s) && S_ISREG(s.st_mode))
        die("pixelcnn new: %s exists, and a cfg is not overwritten: choose another name with -out, or remove it", file);
    need_writable(file);
}

static void describe_data(FILE *f, const data_look *l, const char *data)
{
    fprintf(f, "# %s: %d training image%s (%s)", printable(data), l->images, plural_s(l->images), l->format);
    if (l->classes)
        fprintf(f, " %s %d %s", l->attributes ? "with" : "in", l->classes, l->attributes ? "attributes" : "classes");
    if (l->sizes_differ)
        fprintf(f, ", of about %d x %d to %d x %d pixels (width x height)", l->smallest[1], l->smallest[0],
                l->largest[1], l->largest[0]);
    else
        fprintf(f, ", %d x %d pixels (width x height)", l->w, l->h);
    fprintf(f, "\n");
}

/* The comment at the top of the cfg. Free it. */
static char *describe(const data_look *l, const net_design *d, const training_times *t, const char *data,
                      double seconds)
{
    char *text = 0;
    size_t bytes;
    FILE *f = open_memstream(&text, &bytes);
    if (!f) die("out of memory for a cfg");
    describe_data(f, l, data);
    fprintf(f,
            "# Written by pixelcnn new for a training run of %.0f second%s: %d iteration%s of %.3f seconds on %d "
            "thread%s.\n",
            seconds, plural_s(seconds), d->iterations, plural_s(d->iterations), t->update, max_threads(),
            plural_s(max_threads()));
    if (fclose(f)) die("out of memory for a cfg");
    return text;
}

static void print_json(const char *file, const data_look *l, const net_design *d, const training_times *t)
{
    json_writer j = {.to = stdout};
    json_begin(&j, 0, '{');
    json_text(&j, "file", file);
    json_text(&j, "format", l->format);
    json_number(&j, "images", "%d", l->images);
    json_number(&j, "classes", "%d", l->classes);
    json_number(&j, "channels", "%d", d->c);
    json_number(&j, "height", "%d", d->h);
    json_number(&j, "width", "%d", d->w);
    json_number(&j, "levels", "%d", d->levels);
    json_number(&j, "filters", "%d", d->filters);
    json_number(&j, "max_batches", "%d", d->iterations);
    json_number(&j, "seconds_per_iteration", "%.6f", t->update);
    json_end(&j, '}');
}

/* Iterations between sheets: 1, 2 or 5 times a power of ten, for some ten sheets. */
static int sheet_interval(int iterations)
{
    static const int digits[] = {1, 2, 5};
    int interval = 1;
    for (long scale = 1; scale <= iterations; scale *= 10)
        for (int i = 0; i < 3; ++i)
            if (digits[i] * scale <= iterations / 8) interval = (int)(digits[i] * scale);
    return interval;
}

/* The commands that come next, on stderr. */
static void print_next(const char *file, const char *data, const net_design *d)
{
    char path[PATH_MAX], *base = base_of_cfg(file), *cfg = shell_word(file), *set = shell_word(data);
    snprintf(path, sizeof path, "backup/%.*s", NAME_MAX, base);
    char *folder = shell_word(path);
    snprintf(path, sizeof path, "backup/%.*s/%.*s_final.weights", NAME_MAX, base, NAME_MAX, base);
    char *weights = shell_word(path);
    fprintf(stderr, "to train: %s train %s %s -backup %s -sample_every %d\n", program_name(), cfg, set, folder,
            sheet_interval(d->iterations));
    fprintf(stderr, "then to draw: %s sample %s %s%s\n", program_name(), cfg, weights,
            d->attributes ? " -label 0:1"
            : d->classes  ? " -label all"
                          : "");
    free(base);
    free(cfg);
    free(set);
    free(folder);
    free(weights);
}

/* ---- command ---- */

static new_options asked = {.seconds = 600};
static const option options[] = {
    {"-out FILE", OPTION_TEXT, &asked.out, 0, 0, "write the cfg to FILE, which must not exist; default: after DATA"},
    {"-seconds X", OPTION_FLOAT, &asked.seconds, 1, 1e7,
     "choose a net and max_batches for a training run of X seconds"},
    {"-width N", OPTION_INT, &asked.width, 0, 4096, "scale pictures to N wide; 0: choose"},
    {"-height N", OPTION_INT, &asked.height, 0, 4096, "scale pictures to N high; 0: choose"},
    {"-channels N", OPTION_INT, &asked.channels, 0, 3, "1: grey pictures, 3: colour; 0: colour if any has colours"},
    {"-levels N", OPTION_INT, &asked.levels, 0, 256, "levels of each value, 2 to 256; 0: choose"},
    {"-json", OPTION_FLAG, &asked.json, 0, 0, "print what was chosen as JSON instead of the name of the file"},
};

static void run_new(const char **a)
{
    char error[512];
    const char *data = a[0];
    if (asked.channels == 2) die("pixelcnn new: -channels 2: expected 1 (grey) or 3 (colour)");
    if (asked.levels == 1) die("pixelcnn new: -levels 1: expected 2 to 256");
    need_stdout("new", 1);
    char *own = asked.out ? 0 : name_after(data);
    const char *file = own ? own : asked.out;
    if (file) need_new_file(file); // otherwise there is no such data, which the next line reports
    data_look l = look_at_data(data);
    net_design d = start_design(&l, &asked, data);
    training_times t = choose_filters(&d, l.images, asked.seconds);
    char *comment = describe(&l, &d, &t, data, asked.seconds), *text = cfg_of_design(&d, comment);
    fputs(comment, stderr);
    if (d.iterations < FEW_ITERATIONS)
        fprintf(stderr, "only %d iteration%s fit into %g second%s, too few to draw well: give more -seconds%s\n",
                d.iterations, plural_s(d.iterations), asked.seconds, plural_s(asked.seconds),
                is_pictures(&l) ? ", or a smaller -width and -height" : "");
    if (atomic_write_file(file, text, strlen(text), error)) die("%s", error);
    if (asked.json)
        print_json(file, &l, &d, &t);
    else
        printf("%s\n", printable_on(stdout, file));
    print_next(file, data, &d);
    free(text);
    free(comment);
    free(own);
}

const command_form new_form = {.name = "new",
                               .arguments = "DATA",
                               .summary = "write a cfg for DATA, with a net that this machine trains in a given time",
                               .least = 1,
                               .most = 1,
                               WITH(options),
                               .run = run_new,
                               .example = "data/mnist -seconds 60 -out digits.cfg"};
