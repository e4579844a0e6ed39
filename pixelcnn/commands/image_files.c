#include <stdlib.h>
#include <string.h>
#include "base/available_memory.h"
#include "base/errors.h"
#include "base/memory.h"
#include "base/text.h"
#include "pixelcnn/commands/image_files.h"
#include "pixelcnn/commands/numbered_output.h"
#include "pixelcnn/data/idx.h"
#include "pixelcnn/data/labels.h"
#include "pixelcnn/data/npy.h"
#include "pixelcnn/pictures/sheet.h"

typedef enum { PNG_OF_EACH, ONE_PNG, IDX, NPY } file_format;

struct image_files {
    const char *command, *path;
    file_format format;
    numbered_name each;
    image_series s;
    int done;          // images
    atomic_file idx;   // of images
    char *labels_path; // of an IDX file of labels; NULL: none
    npy_stream *npy;
    float *labels; // of all, where they are wanted
};

/* ---- paths ---- */

static file_format format_of(const char *command, const char *path)
{
    if (has_suffix(path, ".png")) return ONE_PNG;
    if (has_suffix(path, "idx3-ubyte") || has_suffix(path, "idx4-ubyte")) return IDX;
    if (has_suffix(path, ".npy") || is_npz_name(path)) return NPY;
    die("pixelcnn %s: -out %s: expected a folder (DIR/), or a name that ends in .png, .npy, .npz, idx3-ubyte or "
        "idx4-ubyte",
        command, path);
}

/* x/t10k-labels-idx1-ubyte of x/t10k-images-idx3-ubyte; NULL: not such a name. Free it. */
static char *path_of_labels(const char *path)
{
    static const char images[] = "images-idxN-ubyte", labels[] = "labels-idx1-ubyte";
    size_t n = strlen(path), m = sizeof images - 1;
    if (n < m || strncmp(path + n - m, images, strlen("images-idx"))) return 0;
    char *to = copy_text(path);
    memcpy(to + n - m, labels, m);
    return to;
}

image_files *choose_image_files(const char *command, const char *path, const char *labels, const named_path *inputs)
{
    char error[512];
    image_files *f = checked_calloc(1, sizeof *f);
    *f = (image_files){.command = command, .path = path};
    int numbered = read_numbered_name(path, ".png", &f->each, error);
    if (numbered < 0) die("pixelcnn %s: -out %s", command, error);
    if (numbered && !has_suffix(f->each.after, ".png"))
        die("pixelcnn %s: -out %s: a file of each image is a PNG: expected a name that ends in .png", command, path);
    f->format = numbered ? PNG_OF_EACH : format_of(command, path);
    if (f->format == IDX) f->labels_path = path_of_labels(path);
    named_path outputs[] = {{"-labels", labels}, {"-out", path}, {f->labels_path ? "-out" : 0, f->labels_path}, {0}};
    if (numbered) {
        check_numbered_output(command, path, &f->each, inputs);
        outputs[1] = (named_path){0};
    }
    check_outputs(command, outputs, inputs);
    return f;
}

/* ---- beginning ---- */

static void need_written(const atomic_file *f)
{
    if (*f->error) die("%s", f->error);
}

static void begin_idx(image_files *f)
{
    const image_series *s = &f->s;
    int grey[] = {s->n, s->h, s->w}, colour[] = {s->n, s->c, s->h, s->w},
        dims = has_suffix(f->path, "idx3-ubyte") ? 3 : 4;
    if (dims == 3 && s->c > 1)
        die("pixelcnn %s: -out %s: the images have %d channels: expected a name that ends in idx4-ubyte", f->command,
            f->path, s->c);
    atomic_open(&f->idx, f->path);
    write_idx_header(&f->idx, IDX_BYTE, dims, dims == 3 ? grey : colour);
    need_written(&f->idx);
}

void begin_image_files(image_files *f, image_series s)
{
    f->s = s;
    if (f->format == ONE_PNG && s.n > 1)
        die("pixelcnn %s: -out %s: one image, but there are %d: give -n 1, or a folder: -out DIR/", f->command, f->path,
            s.n);
    if (f->format == PNG_OF_EACH) make_numbered_folder(&f->each);
    if (f->format == IDX) begin_idx(f);
    if (f->format == NPY) f->npy = open_npy_stream(f->path, s.n, s.c, s.h, s.w);
    if (!s.e || !(f->labels_path || (f->format == NPY && is_npz_name(f->path)))) return;
    require_memory((double)s.n * s.e->classes * sizeof *f->labels, f->path, "the labels of its images");
    f->labels = checked_calloc((size_t)s.n * s.e->classes, sizeof *f->labels);
}

/* ---- images ---- */

static void write_png(const image_files *f, const char *file, const unsigned char *pixels)
{
    sheet one = {.n = 1, .c = f->s.c, .h = f->s.h, .w = f->s.w, .columns = 1, .scale = 1};
    write_byte_sheet(file, one, pixels);
}

static void write_pngs(const image_files *f, int n, const unsigned char *pixels)
{
    char file[4700];
    size_t values = (size_t)f->s.c * f->s.h * f->s.w;
    for (int i = 0; i < n; ++i) {
        write_numbered_name(&f->each, f->s.first + f->done + i, file, sizeof file);
        write_png(f, f->format == ONE_PNG ? f->path : file, pixels + i * values);
    }
}

void add_image_files(image_files *f, int n, const unsigned char *pixels, const float *labels)
{
    size_t values = (size_t)f->s.c * f->s.h * f->s.w;
    if (f->format == PNG_OF_EACH || f->format == ONE_PNG) write_pngs(f, n, pixels);
    if (f->format == IDX) {
        atomic_write(&f->idx, pixels, n * values);
        need_written(&f->idx);
    }
    if (f->format == NPY) append_npy_images(f->npy, n, pixels);
    if (f->labels && labels)
        memcpy(f->labels + (size_t)f->done * f->s.e->classes, labels, (size_t)n * f->s.e->classes * sizeof *labels);
    f->done += n;
}

/* ---- the end ---- */

/* Writes each image's class as a byte; nothing if a label is not a class below 256. */
static void write_idx_labels(const image_files *f)
{
    atomic_file to;
    unsigned char *class = checked_malloc(f->s.n);
    for (int i = 0; i < f->s.n; ++i) {
        int k = class_of_label(f->labels + (size_t)i * f->s.e->classes, f->s.e);
        if (k < 0 || k > 255) {
            free(class);
            return;
        }
        class[i] = (unsigned char)k;
    }
    atomic_open(&to, f->labels_path);
    write_idx_header(&to, IDX_BYTE, 1, &f->s.n);
    atomic_write(&to, class, f->s.n);
    if (atomic_close(&to)) die("%s", to.error);
    free(class);
}

static const float *label_of_image(const void *files, int i)
{
    const image_files *f = files;
    return f->labels + (size_t)i * f->s.e->classes;
}

void end_image_files(image_files *f)
{
    npy_labels labels = {label_of_image, f, f->s.e};
    if (f->format == NPY) close_npy_stream(f->npy, f->labels ? &labels : 0);
    if (f->format == IDX && f->labels) write_idx_labels(f);
    if (f->format == IDX && atomic_close(&f->idx)) die("%s", f->idx.error);
    free(f->labels);
    free(f->labels_path);
    free(f);
}
