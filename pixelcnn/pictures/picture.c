/* Opens a picture file, checks the limits, decodes, scales and rotates it. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/errors.h"
#include "base/input_file.h"
#include "base/memory.h"
#include "base/text.h"
#include "pixelcnn/pictures/compose.h"
#include "pixelcnn/pictures/picture.h"
#include "pixelcnn/pictures/picture_reader.h"

#define STB_IMAGE_RESIZE_STATIC
#define STB_IMAGE_RESIZE_IMPLEMENTATION
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wunused-but-set-variable"
#include <stb/stb_image_resize.h>
#pragma GCC diagnostic pop

int is_picture_name(const char *name)
{
    return has_suffix(name, ".png") || has_suffix(name, ".jpg") || has_suffix(name, ".jpeg");
}

/* ---- files ---- */

int exceeds_picture_limits(const decoded_picture *d, size_t more, char *error)
{
    if (d->w > LARGEST_SIDE || d->h > LARGEST_SIDE) {
        snprintf(error, PICTURE_ERROR, "%d x %d pixels (width x height): the limit is %d per side; scale it down", d->w,
                 d->h, LARGEST_SIDE);
        return 1;
    }
    size_t bytes = (size_t)d->h * d->w * d->channels * d->depth + more + PICTURE_RESERVE;
    if (bytes <= PICTURE_MEMORY) return 0;
    snprintf(error, PICTURE_ERROR,
             "%d x %d pixels (width x height) count as %zu bytes of memory and work: the limit is %d; scale it down",
             d->w, d->h, bytes, PICTURE_MEMORY);
    return 1;
}

/* O_NONBLOCK: a pipe is refused instead of waited for. */
static FILE *open_picture(const char *path)
{
    struct stat s;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &s)) die_cannot_open(path, strerror(errno));
    if (!S_ISREG(s.st_mode)) {
        close(fd);
        die("%s: not a file; expected a PNG or JPEG", path);
    }
    if (s.st_size > PICTURE_FILE) {
        close(fd);
        die("%s: a picture of %lld bytes: the limit is %d", path, (long long)s.st_size, PICTURE_FILE);
    }
    FILE *f = fdopen(fd, "rb");
    if (!f) die("%s: cannot open: %s", path, strerror(errno));
    return f;
}

/* The format of a file that is neither PNG nor JPEG, from its first 12 bytes; NULL: unknown. */
static const char *foreign_format(const unsigned char *start)
{
    static const struct {
        int at;
        const char *magic, *name;
    } formats[] = {{0, "GIF8", "a GIF"},  {8, "WEBP", "a WebP"},        {4, "ftyp", "a HEIC, AVIF or video"},
                   {0, "II*", "a TIFF"},  {0, "MM", "a TIFF"},          {0, "BM", "a BMP"},
                   {0, "<svg", "an SVG"}, {0, "<?xml", "an SVG or XML"}};
    for (size_t i = 0; i < sizeof formats / sizeof *formats; ++i)
        if (!memcmp(start + formats[i].at, formats[i].magic, strlen(formats[i].magic))) return formats[i].name;
    return 0;
}

decoded_picture decode_picture(const char *path, int colour)
{
    static const unsigned char png[8] = "\x89PNG\r\n\x1a\n", jpeg[3] = "\xff\xd8\xff";
    unsigned char start[12] = {0};
    char error[PICTURE_ERROR];
    decoded_picture d = {0};
    FILE *f = open_picture(path);
    size_t n = fread(start, 1, sizeof start, f);
    int is_png = n >= sizeof png && !memcmp(start, png, sizeof png);
    int is_jpeg = n >= sizeof jpeg && !memcmp(start, jpeg, sizeof jpeg);
    const char *foreign = foreign_format(start);
    int failed = ferror(f);
    rewind(f);
    if (failed)
        snprintf(error, sizeof error, "cannot be read: %s", strerror(errno));
    else if (is_png || is_jpeg)
        failed = (is_png ? decode_png : decode_jpeg)(f, colour, &d, error);
    else if (foreign)
        failed = snprintf(error, sizeof error, "%s; convert it to PNG or JPEG", foreign);
    else
        failed = snprintf(error, sizeof error, "broken image, or not a PNG or JPEG");
    fclose(f);
    if (failed) die("%s: %s", path, error);
    return d;
}

/* ---- orientation ---- */

static int is_transposed(int orientation) { return orientation > 4; }

int oriented_height(const decoded_picture *d) { return is_transposed(d->orientation) ? d->w : d->h; }
int oriented_width(const decoded_picture *d) { return is_transposed(d->orientation) ? d->h : d->w; }

size_t oriented_pixel(int orientation, int h, int w, int y, int x)
{
    static const struct {
        int up, left; // 1: rows or columns count from the other end
    } from[] = {{0, 0}, {0, 1}, {1, 1}, {1, 0}, {0, 0}, {1, 0}, {1, 1}, {0, 1}};
    int row = is_transposed(orientation) ? x : y, column = is_transposed(orientation) ? y : x;
    if (from[orientation - 1].up) row = h - 1 - row;
    if (from[orientation - 1].left) column = w - 1 - column;
    return (size_t)row * w + column;
}

/* ---- size ---- */

enum { AVERAGED_FROM = 16, AVERAGED_TO = 8 };

/* The length of a side after averaging. */
static int averaged_side(int n, int target) { return n / AVERAGED_FROM >= target ? AVERAGED_TO * target : n; }

/* Reduces a picture that is at least 16 times too large to one that is 8 times too large, in place: each
   pixel is the mean of those that it covers. The filter that follows would otherwise read each pixel dozens
   of times. */
static void average(unsigned char *x, int c, int *h, int *w, int target_h, int target_w)
{
    int rows = averaged_side(*h, target_h), columns = averaged_side(*w, target_w);
    if (rows == *h && columns == *w) return;
    uint32_t *sums = checked_calloc((size_t)columns * c, sizeof *sums);
    for (int i = 0; i < rows; ++i) {
        int top = (int)((long long)i * *h / rows), end = (int)((long long)(i + 1) * *h / rows);
        memset(sums, 0, (size_t)columns * c * sizeof *sums);
        for (int y = top; y < end; ++y)
            for (int j = 0; j < columns; ++j) {
                int left = (int)((long long)j * *w / columns), right = (int)((long long)(j + 1) * *w / columns);
                const unsigned char *from = x + ((size_t)y * *w + left) * c;
                for (int n = left; n < right; ++n, from += c)
                    for (int k = 0; k < c; ++k) sums[j * c + k] += from[k];
            }
        for (int j = 0; j < columns; ++j) {
            int left = (int)((long long)j * *w / columns), right = (int)((long long)(j + 1) * *w / columns);
            uint32_t n = (uint32_t)(right - left) * (end - top);
            for (int k = 0; k < c; ++k) x[((size_t)i * columns + j) * c + k] = (sums[j * c + k] + n / 2) / n;
        }
    }
    free(sums);
    *h = rows;
    *w = columns;
}

typedef struct {
    int h, w;
} image_size;

/* Scales x (h,w,c) from one size to the other and frees x; returns x itself if it has that size. */
static unsigned char *scale(const char *path, unsigned char *x, int c, image_size from, image_size to)
{
    if (from.h == to.h && from.w == to.w) return x;
    int rows = from.h, columns = from.w;
    average(x, c, &rows, &columns, to.h, to.w);
    unsigned char *scaled = checked_calloc((size_t)to.h * to.w, c);
    if (!stbir_resize_uint8(x, columns, rows, 0, scaled, to.w, to.h, 0, c))
        die("%s: cannot be scaled from %d x %d to %d x %d (width x height)", path, from.w, from.h, to.w, to.h);
    free(x);
    return scaled;
}

/* The size before rotation of what has size s after it. */
static image_size turned_size(image_size s, int orientation)
{
    return is_transposed(orientation) ? (image_size){s.w, s.h} : s;
}

/* Rotates x, whose pixels have `stored` values, splits it into planes (c,h,w) of size s, and frees x. */
static void divide_colours(unsigned char *x, int stored, int orientation, int c, image_size s, unsigned char *to)
{
    image_size from = turned_size(s, orientation);
    for (int k = 0; k < c; ++k)
        for (int i = 0; i < s.h; ++i)
            for (int j = 0; j < s.w; ++j)
                *to++ = x[oriented_pixel(orientation, from.h, from.w, i, j) * stored + (k < stored ? k : 0)];
    free(x);
}

/* n * a / b, rounded, at least 1. */
static int scaled_side(int n, int a, int b)
{
    long long side = (2LL * n * a + b) / (2LL * b);
    return side < 1 ? 1 : (int)side;
}

/* The largest size of the target's aspect ratio within s. */
static image_size cropped_size(image_size s, image_size target)
{
    int is_wider = (long long)s.w * target.h > (long long)s.h * target.w;
    return is_wider ? (image_size){s.h, scaled_side(s.h, target.w, target.h)}
                    : (image_size){scaled_side(s.w, target.h, target.w), s.w};
}

/* Keeps the middle of x (h,w,c), in place. */
static void keep_middle(unsigned char *x, int c, image_size from, image_size to)
{
    int top = (from.h - to.h) / 2, left = (from.w - to.w) / 2;
    for (int y = 0; y < to.h; ++y)
        memmove(x + (size_t)y * to.w * c, x + ((size_t)(top + y) * from.w + left) * c, (size_t)to.w * c);
}

void read_picture(const char *path, picture_fit fit, int c, int h, int w, unsigned char *to)
{
    decoded_picture d = decode_picture(path, c > 1);
    image_size size = {h, w}, from = {d.h, d.w}, turned = turned_size(size, d.orientation);
    int stored = compose_picture(path, &d, c);
    if (fit == FIT_CROP) {
        image_size middle = cropped_size(from, turned);
        keep_middle(d.samples, stored, from, middle);
        from = middle;
    }
    unsigned char *x = scale(path, d.samples, stored, from, turned);
    divide_colours(x, stored, d.orientation, c, size, to);
}
