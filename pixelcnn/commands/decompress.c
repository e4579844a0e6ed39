#include <limits.h>
#include "base/csv.h"
#include "base/errors.h"
#include "base/json.h"
#include "base/printable.h"
#include "base/ranks.h"
#include "base/text.h"
#include "pixelcnn/codec/decompress.h"
#include "pixelcnn/commands/agreement.h"
#include "pixelcnn/commands/commands.h"
#include "pixelcnn/commands/image_files.h"
#include "pixelcnn/commands/standard_streams.h"
#include "pixelcnn/data/labels.h"
#include "pixelcnn/net/build_net.h"
#include "pixelcnn/watch/task.h"

typedef struct {
    const char *out, *labels;
    int first, n, test, json;
} decompress_options;

/* Where the images go. */
typedef struct {
    image_files *files; // NULL: nowhere
    const label_embed *e;
    csv *labels; // NULL: not wanted
} destination;

/* ---- labels ---- */

/* Class, name, and all numbers where the label is not a class. */
static void print_label(csv *c, int image, const float *label, const label_embed *e)
{
    int class = class_of_label(label, e), set = 0;
    for (int k = 0; k < e->classes; ++k) set |= label[k] != 0;
    fprintf(c->rows, "%d,", image);
    if (class >= 0)
        fprintf(c->rows, "%d", class);
    else if (!set && !e->attributes)
        fputs("none", c->rows);
    else
        for (int k = 0; k < e->classes; ++k) fprintf(c->rows, "%s%.9g", k ? " " : "", label[k]);
    fputc(',', c->rows);
    if (name_of_label(label, e)) csv_print_name(c, name_of_label(label, e));
    fputc('\n', c->rows);
}

/* ---- images ---- */

static void receive_images(void *to, int first, int n, const unsigned char *pixels, const float *labels)
{
    const destination *d = to;
    if (d->files) add_image_files(d->files, n, pixels, labels);
    for (int i = 0; d->labels && i < n; ++i)
        print_label(d->labels, first + i, labels + (size_t)i * d->e->classes, d->e);
}

/* From -first and -n. */
static void choose_images(decompress_options *o, const gpc_file *f)
{
    int images = (int)f->h.images;
    if (o->first >= images)
        die("pixelcnn decompress: -first %d: %s has images 0 to %d", o->first, f->from.name, images - 1);
    if (o->n > images - o->first)
        die("pixelcnn decompress: -n %d: %s has %d image%s from image %d on", o->n, f->from.name, images - o->first,
            plural_s(images - o->first), o->first);
    if (!o->n) o->n = images - o->first;
}

static double decompress_to(const decompress_options *o, network *net, const gpc_file *f, destination to)
{
    double start = what_time_is_it_now();
    if (to.files && is_first_rank())
        begin_image_files(to.files, (image_series){o->first, o->n, net->c, net->h, net->w, to.e});
    begin_images("decompressing", images_to_decompress(f, o->first, o->n), net->truths);
    decompress_images(net, &(decompression){f, o->first, o->n, receive_images, &to});
    end_task();
    if (to.files && is_first_rank()) end_image_files(to.files);
    return what_time_is_it_now() - start;
}

/* ---- the result ---- */

static void print_text(const decompress_options *o, const gpc_file *f, double seconds)
{
    double raw = (double)o->n * f->h.channels * f->h.height * f->h.width;
    printf("%s: images %d to %d, %u x %u, %s, %.2f seconds, %.4f MB/s\n",
           printable_on(stdout, o->test ? f->from.name : o->out), o->first, o->first + o->n - 1, f->h.width,
           f->h.height,
           o->test          ? "as they were compressed"
           : f->h.quantised ? "quantised when they were compressed"
                            : "without loss",
           seconds, raw / 1e6 / seconds);
}

static void print_json(const decompress_options *o, const gpc_file *f, double seconds)
{
    json_writer j = {.to = stdout};
    json_begin(&j, 0, '{');
    if (!o->test) json_text(&j, "out", o->out);
    json_number(&j, "first", "%d", o->first);
    json_number(&j, "images", "%d", o->n);
    json_number(&j, "images_in_file", "%u", f->h.images);
    json_number(&j, "channels", "%u", f->h.channels);
    json_number(&j, "height", "%u", f->h.height);
    json_number(&j, "width", "%u", f->h.width);
    json_number(&j, "levels", "%u", f->h.levels);
    json_number(&j, "images_in_block", "%u", f->h.in_block);
    json_number(&j, "quantised", "%u", f->h.quantised);
    json_number(&j, "seconds", "%.3f", seconds);
    json_end(&j, '}');
}

/* ---- command ---- */

static void decompress(decompress_options *o, network *net, const gpc_file *f, image_files *files)
{
    csv labels;
    destination to = {.files = files, .e = label_of(net), .labels = o->labels ? &labels : 0};
    need_gpc_net(f, net);
    choose_images(o, f);
    if (o->labels && !to.e)
        die("pixelcnn decompress: -labels %s: this net has no [label_embed]; omit -labels", o->labels);
    if (o->labels && is_first_rank()) begin_csv(&labels, o->labels), fputs("index,label,label_name\n", labels.rows);
    double seconds = decompress_to(o, net, f, to);
    if (o->labels && is_first_rank()) finish_csv(&labels);
    (o->json ? print_json : print_text)(o, f, seconds);
}

static decompress_options asked = {.out = "decompressed/"};
static const option options[] = {
    {"-out FILE", OPTION_TEXT, &asked.out, 0, 0,
     "write a PNG of each image, DIR/ or DIR/%05d.png; of one image FILE.png; an array FILE.npy, with labels FILE.npz; "
     "or an IDX file, such as t10k-images-idx3-ubyte, with t10k-labels-idx1-ubyte"},
    {"-first I", OPTION_INT, &asked.first, 0, INT_MAX, "start with image I"},
    {"-n N", OPTION_INT, &asked.n, 0, INT_MAX, "number of images; 0: all that follow"},
    {"-labels FILE", OPTION_TEXT, &asked.labels, 0, 0, "also write the images' labels as a CSV"},
    {"-test", OPTION_FLAG, &asked.test, 0, 0, "only test whether the file is whole: write no images"},
    {"-json", OPTION_FLAG, &asked.json, 0, 0, "print the result as JSON"}};

static void run_decompress(const char **a)
{
    named_path inputs[] = {{"CFG", a[0]}, {"WEIGHTS", a[1]}, {"FILE.gpc", a[2]}, {0}};
    need_stdout("decompress", 1);
    if (asked.test && is_given("-out")) die("pixelcnn decompress: -test writes no images: omit -out");
    gpc_file *f = read_gpc_file(open_gpc_file(a[2]));
    image_files *files = asked.test ? 0 : choose_image_files("decompress", asked.out, asked.labels, inputs);
    if (asked.test) check_outputs("decompress", (named_path[]){{"-labels", asked.labels}, {0}}, inputs);
    gpu_index = -1; // the same bits everywhere
    network *net = open_net(a[0], a[1], (net_overrides){.batch = 1});
    agree_on_work(inputs, 0, 0);
    decompress(&asked, net, f, files);
    fclose(f->from.stream);
    free_gpc_file(f);
    free_network(net);
}

const command_form decompress_form = {.name = "decompress",
                                      .arguments = "CFG WEIGHTS FILE.gpc",
                                      .summary = "turn a file that compress wrote into the images that it was made of",
                                      .least = 3,
                                      .most = 3,
                                      WITH(options),
                                      .run = run_decompress,
                                      .shared = 1,
                                      .example = "mnist256 images.gpc"};
