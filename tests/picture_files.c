/*
picture_files.c - see picture_files.h.
*/
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <jpeglib.h>
#include "tests/picture_files.h"
#include "tests/support.h"

/* A TIFF of one entry, its orientation. */
static const unsigned char exif[] = "Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x01\0\0\0\0\0\0";
enum { EXIF = sizeof exif - 1, EXIF_NAME = 6, VALUE = EXIF_NAME + 8 + 2 + 9 };

static FILE *create(const char *path)
{
    FILE *f = fopen(path, "wb");
    if (!f) fail_msg("%s cannot be written", path);
    return f;
}

/* ---- PNG ---- */

static void set_palette(png_structp png, png_infop info, const picture_file *p)
{
    png_color colours[26];
    png_byte alpha[26];
    for (int i = 0; i < 26; ++i) {
        colours[i] = (png_color){10 * i, 10 * i, 10 * i};
        alpha[i] = i == p->clear ? 0 : 255;
    }
    png_set_PLTE(png, info, colours, 26);
    if (p->clear) png_set_tRNS(png, info, alpha, 26, 0);
}

static void set_extras(png_structp png, png_infop info, const picture_file *p)
{
    png_color_8 bits = {p->bits, p->bits, p->bits, p->bits, p->bits};
    png_color_16 clear = {.gray = p->clear};
    unsigned char tiff[EXIF];
    memcpy(tiff, exif, EXIF);
    tiff[VALUE] = p->orientation;
    if (p->palette)
        set_palette(png, info, p);
    else if (p->clear)
        png_set_tRNS(png, info, 0, 0, &clear);
    if (p->bits) png_set_sBIT(png, info, &bits);
    if (p->orientation) png_set_eXIf_1(png, info, EXIF - EXIF_NAME, tiff + EXIF_NAME);
}

void write_png_file(const char *path, picture_file p, const void *samples)
{
    static const int types[] = {0, PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_GRAY_ALPHA, PNG_COLOR_TYPE_RGB,
                                PNG_COLOR_TYPE_RGB_ALPHA};
    FILE *f = create(path);
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, 0, 0, 0);
    png_infop info = png_create_info_struct(png);
    int depth = p.depth ? p.depth : 8;
    size_t row = (size_t)p.w * p.channels * (depth == 16 ? 2 : 1);
    png_init_io(png, f);
    png_set_compression_level(png, 1);
    png_set_IHDR(png, info, p.w, p.h, depth, p.palette ? PNG_COLOR_TYPE_PALETTE : types[p.channels],
                 p.interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, 0, 0);
    set_extras(png, info, &p);
    png_write_info(png, info);
    if (depth < 8) png_set_packing(png);
    if (depth == 16) png_set_swap(png);
    int passes = png_set_interlace_handling(png);
    for (int pass = 0; pass < passes; ++pass)
        for (int y = 0; y < p.h; ++y) png_write_row(png, (png_const_bytep)samples + y * row);
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    fclose(f);
}

static void put_number(unsigned char *to, uint32_t x)
{
    for (int i = 0; i < 4; ++i) to[i] = x >> (24 - 8 * i);
}

static void put_chunk(FILE *f, const char *type, const unsigned char *data, size_t bytes)
{
    unsigned char number[4];
    put_number(number, bytes);
    fwrite(number, 1, 4, f);
    fwrite(type, 1, 4, f);
    fwrite(data, 1, bytes, f);
    put_number(number, crc32(crc32(0, (const void *)type, 4), data, bytes));
    fwrite(number, 1, 4, f);
}

/* Appends deflated zeros to the first `keep` bytes of the text. Free it. */
static unsigned char *deflated(const char *start, size_t keep, size_t bytes, size_t *size)
{
    static unsigned char zeros[1 << 20];
    size_t most = keep + bytes / 900 + 1000;
    unsigned char *data = malloc(most);
    memcpy(data, start, keep);
    z_stream z = {.next_out = data + keep, .avail_out = most - keep};
    assert_int_equal(deflateInit(&z, 6), Z_OK);
    for (size_t n; bytes; bytes -= n) {
        n = bytes < sizeof zeros ? bytes : sizeof zeros;
        z.next_in = zeros;
        z.avail_in = n;
        assert_int_equal(deflate(&z, n == bytes ? Z_FINISH : Z_NO_FLUSH), n == bytes ? Z_STREAM_END : Z_OK);
    }
    *size = z.next_out - data;
    deflateEnd(&z);
    return data;
}

void write_png_bomb(const char *path, int w, int h, size_t bytes, const char *chunk)
{
    size_t size;
    unsigned char header[13] = {[8] = 8, [9] = 6};
    FILE *f = create(path);
    put_number(header, w);
    put_number(header + 4, h);
    fwrite("\x89PNG\r\n\x1a\n", 1, 8, f);
    put_chunk(f, "IHDR", header, 13);
    unsigned char *data = deflated("k\0", chunk ? 3 : 0, bytes, &size);
    if (chunk) put_chunk(f, chunk, data, size);
    if (chunk) {
        free(data);
        data = deflated("", 0, (1 + 4 * (size_t)w) * h, &size);
    }
    put_chunk(f, "IDAT", data, size);
    put_chunk(f, "IEND", data, 0);
    free(data);
    fclose(f);
}

unsigned char *read_png_file(const char *path, int *w, int *h, int *channels)
{
    png_image image = {.version = PNG_IMAGE_VERSION};
    if (!png_image_begin_read_from_file(&image, path)) fail_msg("%s: %s", path, image.message);
    image.format &= PNG_FORMAT_FLAG_ALPHA | PNG_FORMAT_FLAG_COLOR; // 8 bits, no palette
    *w = image.width;
    *h = image.height;
    *channels = PNG_IMAGE_PIXEL_CHANNELS(image.format);
    unsigned char *x = malloc(PNG_IMAGE_SIZE(image));
    if (!png_image_finish_read(&image, 0, x, 0, 0)) fail_msg("%s: %s", path, image.message);
    return x;
}

void read_png_planes(const char *path, int h, int w, unsigned char *to)
{
    int columns, rows, channels;
    unsigned char *x = read_png_file(path, &columns, &rows, &channels);
    assert_true(rows == h && columns == w);
    for (int k = 0; k < 3; ++k)
        for (int i = 0; i < h * w; ++i) *to++ = x[i * channels + (channels < 3 ? 0 : k)];
    free(x);
}

/* ---- JPEG ---- */

static void write_rows(struct jpeg_compress_struct *c, const unsigned char *samples, size_t row)
{
    for (int y = 0; c->next_scanline < c->image_height; ++y) {
        JSAMPROW from = (JSAMPROW)samples + y * row;
        jpeg_write_scanlines(c, &from, 1);
    }
}

void write_jpeg_file(const char *path, picture_file p, const unsigned char *samples)
{
    struct jpeg_compress_struct c;
    struct jpeg_error_mgr errors;
    unsigned char tiff[EXIF];
    FILE *f = create(path);
    c.err = jpeg_std_error(&errors);
    jpeg_create_compress(&c);
    jpeg_stdio_dest(&c, f);
    c.image_width = p.w;
    c.image_height = p.h;
    c.input_components = p.channels;
    c.in_color_space = p.channels == 1 ? JCS_GRAYSCALE : p.channels == 3 ? JCS_RGB : JCS_CMYK;
    jpeg_set_defaults(&c);
    jpeg_set_quality(&c, 100, TRUE);
    c.comp_info[0].h_samp_factor = c.comp_info[0].v_samp_factor = 1;
    if (p.progressive) jpeg_simple_progression(&c);
    jpeg_start_compress(&c, TRUE);
    memcpy(tiff, exif, EXIF);
    tiff[VALUE] = p.orientation;
    if (p.orientation) jpeg_write_marker(&c, JPEG_APP0 + 1, tiff, EXIF);
    write_rows(&c, samples, (size_t)p.w * p.channels);
    jpeg_finish_compress(&c);
    jpeg_destroy_compress(&c);
    fclose(f);
}

/* DC, then AC to full precision: a scan that may come again without contradicting what came before. */
static void write_two_scans(FILE *f, int side)
{
    static const jpeg_scan_info scans[] = {{1, {0}, 0, 0, 0, 0}, {1, {0}, 1, 63, 0, 0}};
    struct jpeg_compress_struct c;
    struct jpeg_error_mgr errors;
    unsigned char *row = calloc(side, 1);
    c.err = jpeg_std_error(&errors);
    jpeg_create_compress(&c);
    jpeg_stdio_dest(&c, f);
    c.image_width = c.image_height = side;
    c.input_components = 1;
    c.in_color_space = JCS_GRAYSCALE;
    jpeg_set_defaults(&c);
    c.scan_info = scans;
    c.num_scans = 2;
    jpeg_start_compress(&c, TRUE);
    write_rows(&c, row, 0);
    jpeg_finish_compress(&c);
    jpeg_destroy_compress(&c);
    free(row);
}

void write_jpeg_of_scans(const char *path, int side, int scans)
{
    size_t bytes, last = 0;
    FILE *f = create(path);
    write_two_scans(f, side);
    fclose(f);
    char *file = read_whole(path, &bytes);
    for (size_t i = 0; i + 1 < bytes; ++i)
        if (file[i] == '\xff' && file[i + 1] == '\xda') last = i;
    f = create(path);
    fwrite(file, 1, bytes - 2, f);
    for (int i = 2; i < scans; ++i) fwrite(file + last, 1, bytes - 2 - last, f);
    fwrite(file + bytes - 2, 1, 2, f);
    fclose(f);
    free(file);
}
