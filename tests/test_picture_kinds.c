/*
test_picture_kinds.c - every kind of PNG and JPEG: pixel values, and detection of damage.
*/
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/errors.h"
#include "pixelcnn/pictures/exif.h"
#include "pixelcnn/pictures/picture.h"
#include "pixelcnn/pictures/picture_reader.h"
#include "tests/picture_files.h"
#include "tests/support.h"

enum { H = 11, W = 13, N = H * W };

typedef struct {
    const char *path;
    int c, h, w;
    unsigned char pixels[3 * N];
} reading;

static void read_it(void *what)
{
    reading *r = what;
    read_picture(r->path, FIT_STRETCH, r->c, r->h, r->w, r->pixels);
}

static const unsigned char *pixels_of(const char *path, int c)
{
    static reading r;
    caught_error why;
    r = (reading){path, c, H, W, {0}};
    if (catch_die(read_it, &r, &why)) fail_msg("%s", why.message);
    return r.pixels;
}

/* A ramp of n values that differ by `step`. */
static void fill(unsigned char *x, int n, int step, int most)
{
    for (int i = 0; i < n; ++i) x[i] = i * step % (most + 1);
}

/* ---- PNG ---- */

static void every_depth_of_grey_is_read(void **state)
{
    (void)state;
    static const int depths[] = {1, 2, 4, 8};
    unsigned char x[N];
    const char *path = scratch("depth.png");
    for (int interlaced = 0; interlaced < 2; ++interlaced)
        for (int d = 0; d < 4; ++d) {
            int most = (1 << depths[d]) - 1;
            fill(x, N, 7, most);
            write_png_file(path, (picture_file){W, H, 1, depths[d], .interlaced = interlaced}, x);
            const unsigned char *got = pixels_of(path, 1);
            for (int i = 0; i < N; ++i) assert_int_equal(got[i], x[i] * 255 / most);
        }
}

static void sixteen_bits_become_eight(void **state)
{
    (void)state;
    uint16_t x[N];
    const char *path = scratch("deep.png");
    for (int i = 0; i < N; ++i) x[i] = i * 459 % 65536;
    x[5] = 65535;
    for (int interlaced = 0; interlaced < 2; ++interlaced) {
        write_png_file(path, (picture_file){W, H, 1, 16, .interlaced = interlaced}, x);
        const unsigned char *got = pixels_of(path, 1);
        for (int i = 0; i < N; ++i) assert_int_equal(got[i], (x[i] * 255 + 32767) / 65535);
    }
}

static void palettes_and_clear_colours_are_read(void **state)
{
    (void)state;
    unsigned char x[N];
    const char *path = scratch("palette.png");
    for (int palette = 0; palette < 2; ++palette)
        for (int interlaced = 0; interlaced < 2; ++interlaced) {
            fill(x, N, 1, 25);
            write_png_file(path, (picture_file){W, H, 1, .interlaced = interlaced, .clear = 3, .palette = palette}, x);
            const unsigned char *got = pixels_of(path, 3);
            for (int i = 0; i < 3 * N; ++i) {
                int value = x[i % N];
                assert_int_equal(got[i], value == 3 ? 255 : palette ? 10 * value : value);
            }
        }
}

static void colours_are_composed(void **state)
{
    (void)state;
    unsigned char x[4 * N];
    const char *path = scratch("rgba.png");
    fill(x, 4 * N, 37, 255);
    write_png_file(path, (picture_file){W, H, 4, .depth = 8}, x);
    const unsigned char *got = pixels_of(path, 3);
    for (int i = 0; i < N; ++i)
        for (int k = 0; k < 3; ++k)
            assert_int_equal(got[k * N + i], (x[4 * i + k] * x[4 * i + 3] + 255 * (255 - x[4 * i + 3]) + 127) / 255);
}

static int is_read(const char *path)
{
    reading r = {path, 1, H, W, {0}};
    caught_error why;
    if (!catch_die(read_it, &r, &why)) return 1;
    assert_int_equal(why.status, 1);
    assert_non_null(strstr(why.message, path));
    return 0;
}

/* Also in what is not needed for the pixels. */
static void each_flipped_bit_of_a_png_is_found(void **state)
{
    (void)state;
    unsigned char x[N];
    size_t bytes;
    const char *path = scratch("flipped.png");
    fill(x, N, 29, 255);
    write_png_file(path, (picture_file){W, H, 1, .orientation = 3, .interlaced = 1, .bits = 8}, x);
    char *whole = read_whole(path, &bytes);
    for (size_t i = 0; i < 8 * bytes; ++i) {
        whole[i / 8] ^= 1 << i % 8;
        write_file(path, whole, bytes);
        if (is_read(path)) fail_msg("bit %zu of %zu", i, 8 * bytes);
        whole[i / 8] ^= 1 << i % 8;
    }
    write_file(path, whole, bytes);
    assert_true(is_read(path));
    free(whole);
}

/* ---- JPEG ---- */

static void jpegs_of_every_kind_are_read(void **state)
{
    (void)state;
    unsigned char x[4 * N];
    const char *path = scratch("kind.jpg");
    for (int channels = 1; channels <= 4; channels += channels == 1 ? 2 : 1)
        for (int progressive = 0; progressive < 2; ++progressive) {
            for (int i = 0; i < N; ++i)
                for (int k = 0; k < channels; ++k) x[i * channels + k] = 60 + 8 * (i % W) + 30 * k;
            write_jpeg_file(path, (picture_file){W, H, channels, .progressive = progressive}, x);
            const unsigned char *got = pixels_of(path, 3);
            for (int i = 0; i < N; ++i)
                for (int k = 0; k < 3; ++k) {
                    const unsigned char *p = x + i * channels;
                    int right = channels == 1 ? p[0] : channels == 3 ? p[k] : p[k] * p[3] / 255;
                    assert_in_range(got[k * N + i] + 4, right, right + 8);
                }
        }
}

/* ---- orientation ---- */

/* Where the picture's upper left corner, a bright pixel, must be seen: row and column, 1 for the last. */
static const int corner[9][2] = {{0, 0}, {0, 0}, {0, 1}, {1, 1}, {1, 0}, {0, 0}, {0, 1}, {1, 1}, {1, 0}};

static void pictures_are_rotated(void **state)
{
    (void)state;
    const char *png = scratch("turned.png");
    for (int o = 1; o <= 8; ++o) {
        int h = o > 4 ? W : H, w = o > 4 ? H : W;
        unsigned char x[N] = {255}; // the second pixel of its upper edge is less bright
        x[1] = 100;
        write_png_file(png, (picture_file){w, h, 1, .orientation = o}, x);
        const unsigned char *got = pixels_of(png, 1);
        int row = corner[o][0] * (H - 1), column = corner[o][1] * (W - 1);
        assert_int_equal(got[row * W + column], 255);
        int down = o > 4 ? (corner[o][0] ? -1 : 1) : 0, right = o > 4 ? 0 : corner[o][1] ? -1 : 1;
        assert_int_equal(got[(row + down) * W + column + right], 100);
    }
}

static void photographs_are_rotated_and_scaled(void **state)
{
    (void)state;
    const char *jpg = scratch("turned.jpg");
    unsigned char x[4 * N];
    for (int o = 1; o <= 8; ++o) {
        int h = 2 * (o > 4 ? W : H), w = 2 * (o > 4 ? H : W);
        for (int i = 0; i < 4 * N; ++i) x[i] = i / w < h / 2 && i % w < w / 2 ? 250 : 10;
        write_jpeg_file(jpg, (picture_file){w, h, 1, .orientation = o}, x);
        const unsigned char *got = pixels_of(jpg, 1);
        for (int r = 0; r < 2; ++r)
            for (int c = 0; c < 2; ++c) {
                int value = got[(1 + r * (H - 3)) * W + 1 + c * (W - 3)];
                assert_true(r == corner[o][0] && c == corner[o][1] ? value > 230 : value < 30);
            }
    }
}

/* Whatever its bytes, EXIF gives one of the eight, and reads nothing behind its end. */
static void exif_is_bounded(void **state)
{
    (void)state;
    static const unsigned char tiff[] = "II*\0\x08\0\0\0\x02\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\x12\x01\x03\0";
    assert_int_equal(exif_orientation(tiff, sizeof tiff - 1), 6);
    for (size_t n = 0; n < sizeof tiff; ++n) {
        unsigned char *copy = malloc(n + !n);
        memcpy(copy, tiff, n);
        assert_int_equal(exif_orientation(copy, n), n < 22 ? 1 : 6);
        for (size_t i = 0; i < 8 * n; ++i) {
            copy[i / 8] ^= 1 << i % 8;
            assert_in_range(exif_orientation(copy, n), 1, 8);
            copy[i / 8] ^= 1 << i % 8;
        }
        free(copy);
    }
}

/* ---- size ---- */

/* Far larger than the net's size: each pixel is the mean of what it covers. */
static void large_pictures_are_averaged(void **state)
{
    (void)state;
    enum { SIDE = 400 };
    static unsigned char x[SIDE * SIDE], got[4];
    const char *path = scratch("large.png");
    for (int i = 0; i < SIDE * SIDE; ++i) x[i] = (i + i / SIDE) % 2 ? 40 : i / SIDE < SIDE / 2 ? 60 : 200;
    write_png_file(path, (picture_file){SIDE, SIDE, 1, .depth = 8}, x);
    read_picture(path, FIT_STRETCH, 1, 2, 2, got);
    for (int i = 0; i < 4; ++i) assert_in_range(got[i], i < 2 ? 45 : 108, i < 2 ? 62 : 125);
}

TEST_MAIN(cmocka_unit_test(every_depth_of_grey_is_read), cmocka_unit_test(sixteen_bits_become_eight),
          cmocka_unit_test(palettes_and_clear_colours_are_read), cmocka_unit_test(colours_are_composed),
          cmocka_unit_test(each_flipped_bit_of_a_png_is_found), cmocka_unit_test(jpegs_of_every_kind_are_read),
          cmocka_unit_test(pictures_are_rotated), cmocka_unit_test(photographs_are_rotated_and_scaled),
          cmocka_unit_test(exif_is_bounded), cmocka_unit_test(large_pictures_are_averaged))
