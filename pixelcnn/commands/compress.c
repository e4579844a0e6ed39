#include <limits.h>
#include <math.h>
#include "base/errors.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/printable.h"
#include "base/ranks.h"
#include "base/text.h"
#include "layers/label_embed_layer.h"
#include "layers/math/levels.h"
#include "layers/pixel_softmax_layer.h"
#include "pixelcnn/codec/compress.h"
#include "pixelcnn/commands/agreement.h"
#include "pixelcnn/commands/commands.h"
#include "pixelcnn/commands/image_arguments.h"
#include "pixelcnn/commands/standard_streams.h"
#include "pixelcnn/data/labels.h"
#include "pixelcnn/net/build_net.h"
#include "pixelcnn/pictures/picture.h"
#include "pixelcnn/watch/task.h"

typedef struct {
    const char *out, *label, *set, *background;
    int block, limit, quantise, json;
} compress_options;

/* What was compressed. */
typedef struct {
    const compress_options *o;
    const network *net;
    int n; // images
    int quantised;
    uint64_t bytes;
    double nats, seconds;
} compressed;

/* ---- labels ---- */

/* Without -label: the data set's; pictures that are not one have none. */
static const char *usual_label(const network *net, int loose)
{
    if (!label_of(net)) return "none";
    return loose && !label_of(net)->attributes ? "auto" : "given";
}

static void choose_labels(compress_options *o, network *net, int loose, dataset *d, const char *data)
{
    const label_embed *e = label_of(net);
    if (o->label && !e) die("pixelcnn compress: -label %s: this net has no [label_embed]; omit -label", o->label);
    if (!o->label) o->label = usual_label(net, loose);
    if (!e) return;
    if (!strcmp(o->label, "given")) {
        if (loose) die("pixelcnn compress: %s: images that are not a data set have no labels; give -label", data);
    } else if (!strcmp(o->label, "auto")) {
        if (e->attributes)
            die("pixelcnn compress: -label auto: this net has attributes=1 in [label_embed], and so no classes");
        begin_images("finding labels", d->n, e->classes);
        choose_cheapest_labels(net, d);
        end_task();
    } else {
        label_series s = read_label_series(o->label, 1, e);
        free(d->labels);
        d->labels = s.rows;
        d->label_rows = s.n;
    }
}

/* ---- what would be lost ---- */

/* "0, 85, 170, 255", or the first few of many. */
static void list_levels(int levels, char *text, size_t size)
{
    enum { SHOWN = 8 };
    *text = 0;
    for (int q = 0; q < levels && q < SHOWN; ++q) {
        size_t n = strlen(text);
        snprintf(text + n, size - n, "%s%d", q ? ", " : "", byte_of_level(q, levels));
    }
    if (levels > SHOWN) snprintf(text + strlen(text), size - strlen(text), ", ...");
}

static void need_levels(const network *net, const dataset *d, int n, const char *data)
{
    char written[64];
    int levels = loss_of(net)->levels, plane = net->h * net->w;
    int lost;
    long long at = find_lost_value(d, n, levels, &lost);
    if (at < 0) return;
    int i = (int)(at / net->truths), value = (int)(at % net->truths);
    list_levels(levels, written, sizeof written);
    die("%s: image %d%s%s has %d at channel %d, row %d, column %d: not one of this net's %d levels (%s), so it would "
        "be lost; -quantise compresses the level that it is in",
        data, i, d->names ? ", " : "", d->names ? d->names[i] : "", lost, value / plane, value % plane / net->w,
        value % net->w, levels, written);
}

/* The first of n pictures that is changed by reading it, and why (128 bytes); -1: none, or images that are
   not pictures. */
static int first_changed_picture(const network *net, const dataset *d, int n, char *why)
{
    for (int i = 0; d->names && i < n; ++i)
        if (is_picture_name(d->names[i]) && is_changed_by_reading(d->names[i], net->c, net->h, net->w, why, 128))
            return i;
    return -1;
}

static void need_unchanged_pictures(const network *net, const dataset *d, int n)
{
    char why[128];
    int i = first_changed_picture(net, d, n, why);
    if (i >= 0)
        die("%s: %s; the net's images are %d x %d, %s, 8 bits: reading it would change it; -quantise compresses what "
            "the net would see",
            d->names[i], why, net->w, net->h, net->c == 1 ? "grey" : "in colour");
}

/* ---- the result ---- */

static double bits_per_dim(const compressed *x) { return 8. * x->bytes / x->n / x->net->truths; }
static double net_bits_per_dim(const compressed *x) { return x->nats / log(2) / x->n / x->net->truths; }

static void print_text(const compressed *x)
{
    double raw = (double)x->n * x->net->truths;
    printf("%s: %d image%s of %d x %d, label %s, %.2f seconds, %.4f MB/s\n", printable_on(stdout, x->o->out), x->n,
           plural_s(x->n), x->net->w, x->net->h, printable_on(stdout, x->o->label), x->seconds, raw / 1e6 / x->seconds);
    printf("bytes %llu of %.0f  bits/dim %.6f  of the net alone %.6f\n", (unsigned long long)x->bytes, raw,
           bits_per_dim(x), net_bits_per_dim(x));
}

static void print_json(const compressed *x)
{
    json_writer j = {.to = stdout};
    json_begin(&j, 0, '{');
    json_text(&j, "file", x->o->out);
    json_number(&j, "images", "%d", x->n);
    json_number(&j, "bytes", "%llu", (unsigned long long)x->bytes);
    json_number(&j, "raw_bytes", "%.0f", (double)x->n * x->net->truths);
    json_number(&j, "bits_per_dim", "%.9f", bits_per_dim(x));
    json_number(&j, "net_bits_per_dim", "%.9f", net_bits_per_dim(x));
    json_text(&j, "label", x->o->label);
    json_number(&j, "quantised", "%d", x->quantised);
    json_number(&j, "seconds", "%.3f", x->seconds);
    json_end(&j, '}');
}

/* ---- command ---- */

static void write_piece(void *to, const void *bytes, size_t n)
{
    atomic_file *f = to;
    atomic_write(f, bytes, n);
    if (*f->error) die("%s", f->error);
}

/* Whether -quantise changes anything. */
static int is_quantised(const compress_options *o, const network *net, const dataset *d, int n)
{
    int lost;
    char why[128];
    return o->quantise &&
           (find_lost_value(d, n, loss_of(net)->levels, &lost) >= 0 || first_changed_picture(net, d, n, why) >= 0);
}

static void write_file(const compress_options *o, network *net, const dataset *d, int n)
{
    atomic_file f;
    double *nll = checked_calloc(n, sizeof *nll), start = what_time_is_it_now();
    compressed x = {.o = o, .net = net, .n = n, .quantised = is_quantised(o, net, d, n)};
    if (is_first_rank()) atomic_open(&f, o->out);
    begin_images("compressing", n, net->truths);
    x.bytes = compress_images(net, &(compression){d, n, o->block, nll, write_piece, &f, x.quantised});
    end_task();
    if (is_first_rank() && atomic_close(&f)) die("%s", f.error);
    x.seconds = what_time_is_it_now() - start;
    for (int i = 0; i < n; ++i) x.nats += nll[i];
    free(nll);
    (o->json ? print_json : print_text)(&x);
}

static void compress(compress_options *o, network *net, const image_arguments *images, const named_path *files)
{
    const char *data = images->path[0];
    int train = !strcmp(o->set, "train");
    if (train && images->loose) die("pixelcnn compress: -set train: %s: not a data set; omit -set", data);
    dataset d = images->loose ? load_images(images, net) : load_dataset(data, train ? SPLIT_TRAIN : SPLIT_TEST, net);
    agree_on_work(files, data, &d);
    if (o->limit && o->limit < d.n) d.n = o->limit;
    if (!o->quantise) {
        need_unchanged_pictures(net, &d, d.n);
        need_levels(net, &d, d.n, data);
    }
    choose_labels(o, net, images->loose, &d, data);
    write_file(o, net, &d, d.n);
    free_dataset(&d);
}

static compress_options asked = {.out = "images.gpc", .set = "test"};
static const option options[] = {
    {"-out FILE", OPTION_TEXT, &asked.out, 0, 0, "write the compressed images to FILE"},
    {"-set test|train", OPTION_TEXT, &asked.set, 0, 0, "compress that part of DATA"},
    {"-label given|auto|LABEL", OPTION_TEXT, &asked.label, 0, 0,
     "given: the data set's labels; auto: of each image the class that takes the fewest bits, found by evaluating it "
     "under each class; or as in sample; default: given, for IMAGES auto"},
    {"-quantise", OPTION_FLAG, &asked.quantise, 0, 0,
     "accept images that the net's size, colours or levels change: compress what the net would see"},
    {"-block N", OPTION_INT, &asked.block, 0, MOST_IN_BLOCK,
     "images per block, of which one can be decompressed alone; larger ones take fewer bytes, smaller ones keep more "
     "threads busy; 0: about 128 KiB"},
    {"-limit N", OPTION_INT, &asked.limit, 0, INT_MAX, "compress the first N images only; 0: all"},
    BACKGROUND_OPTION(&asked.background),
    {"-json", OPTION_FLAG, &asked.json, 0, 0, "print the result as JSON"}};

static void run_compress(const char **a)
{
    enum { BATCH = 16 }; // for -label auto
    image_arguments images = read_image_arguments(a + 2);
    need_no_more("compress", &images);
    need_stdout("compress", 1);
    named_path nets[] = {{"CFG", a[0]}, {"WEIGHTS", a[1]}, {0}}, *inputs = name_inputs(&images, nets, 2);
    check_outputs("compress", (named_path[]){{"-out", asked.out}, {0}}, inputs);
    free(inputs);
    set_picture_background(asked.background);
    gpu_index = -1; // the same bits everywhere
    network *net = open_net(a[0], a[1], (net_overrides){.batch = BATCH});
    compress(&asked, net, &images, nets);
    free_network(net);
}

const command_form compress_form = {.name = "compress",
                                    .arguments = "CFG WEIGHTS DATA|IMAGES",
                                    .summary = "compress images without loss, to a file that decompress reads",
                                    .least = 3,
                                    .most = MOST_IMAGE_ARGUMENTS,
                                    WITH(options),
                                    .run = run_compress,
                                    .shared = 1,
                                    .example = "mnist256 data/mnist -limit 4"};
