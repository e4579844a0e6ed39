/*
png_picture.c - PNG by libpng. See picture_reader.h.

Every checksum is verified, also those of skipped chunks, and whatever libpng would repair with a warning is
an error. Of the ancillary chunks only tRNS, sBIT and eXIf are read: others may be compressed, and large.
*/
#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include "pixelcnn/pictures/exif.h"
#include "pixelcnn/pictures/picture_reader.h"

enum {
    LARGEST_CHUNK = 16 << 20, // bytes, except IDAT, which is never kept whole
    IMAGE_DATA = 0x49444154,  // IDAT
    MOST_BEHIND = 16 << 10    // bytes of compressed data after the last row, which libpng could expand a thousandfold
};

typedef struct {
    FILE *stream;
    int colour;
    decoded_picture *to;
    size_t left; // bytes of image data left for the last row; 0: not there yet
    char *error, warning[128];
    png_structp png;
    png_infop info;
    jmp_buf back;
} png_reader;

/* ---- callbacks of libpng ---- */

static __attribute__((noreturn)) void fail(png_structp png, png_const_charp message)
{
    png_reader *r = png_get_error_ptr(png);
    int more = *r->warning != 0;
    snprintf(r->error, PICTURE_ERROR, "broken image: %s%s%s%s", message, more ? " (" : "", r->warning, more ? ")" : "");
    longjmp(r->back, 1);
}

/* A warning about a chunk ("IDAT: ...") is an error. Other warnings explain the error that follows them. */
static void take_warning(png_structp png, png_const_charp message)
{
    png_reader *r = png_get_error_ptr(png);
    if (!strcmp(message, "eXIf: duplicate")) return; // libpng itself used to write such files
    if (strlen(message) > 5 && message[4] == ':') fail(png, message);
    snprintf(r->warning, sizeof r->warning, "%s", message);
}

static void read_bytes(png_structp png, png_bytep to, size_t n)
{
    png_reader *r = png_get_io_ptr(png);
    int image = (png_get_io_state(png) & PNG_IO_CHUNK_DATA) && png_get_io_chunk_type(png) == IMAGE_DATA;
    if (r->left && image) {
        if (n >= r->left) png_error(png, "image data continues after the last row");
        r->left -= n;
    }
    if (fread(to, 1, n, r->stream) != n) png_error(png, ferror(r->stream) ? "cannot be read" : "the file ends early");
}

/* ---- steps, each of which may jump back to decode_png ---- */

static void start(png_reader *r)
{
    static const png_byte wanted[] = "sBIT\0eXIf";
    r->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, r, fail, take_warning);
    r->info = r->png ? png_create_info_struct(r->png) : 0;
    if (!r->info) {
        strcpy(r->error, "out of memory");
        longjmp(r->back, 1);
    }
    png_set_read_fn(r->png, r, read_bytes);
    png_set_crc_action(r->png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
    png_set_benign_errors(r->png, 1); // as warnings
    png_set_keep_unknown_chunks(r->png, PNG_HANDLE_CHUNK_NEVER, 0, -1);
    png_set_keep_unknown_chunks(r->png, PNG_HANDLE_CHUNK_AS_DEFAULT, wanted, 2);
    png_set_user_limits(r->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX); // our own limits are checked with the size
    png_set_chunk_malloc_max(r->png, LARGEST_CHUNK);
    png_set_chunk_cache_max(r->png, 16);
}

/* Asks for samples of 8 or 16 bits, RGB for a palette, and an alpha channel for tRNS. */
static void choose_samples(png_reader *r)
{
    png_structp png = r->png;
    int type = png_get_color_type(png, r->info), transparent = png_get_valid(png, r->info, PNG_INFO_tRNS) != 0;
    if (type == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png);
    if (type == PNG_COLOR_TYPE_GRAY) png_set_expand_gray_1_2_4_to_8(png);
    if (transparent) png_set_tRNS_to_alpha(png);
    if (type & PNG_COLOR_MASK_ALPHA) transparent = 1;
    int coloured = (type & PNG_COLOR_MASK_COLOR) != 0;
    if (transparent && r->colour && !coloured) { // the background may have a colour
        png_set_gray_to_rgb(png);
        coloured = 1;
    }
    if (png_get_bit_depth(png, r->info) == 16 && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__) png_set_swap(png);
    r->to->channels = (coloured ? 3 : 1) + transparent;
    r->to->depth = png_get_bit_depth(png, r->info) == 16 ? 2 : 1;
}

static void read_stated_bits(png_reader *r)
{
    png_color_8p bits;
    if (r->to->depth == 1 || !png_get_sBIT(r->png, r->info, &bits)) return;
    int most = bits->red > bits->green ? bits->red : bits->green;
    if (bits->blue > most) most = bits->blue;
    r->to->bits = png_get_color_type(r->png, r->info) & PNG_COLOR_MASK_COLOR ? most : bits->gray;
}

static void read_header(png_reader *r)
{
    png_read_info(r->png, r->info);
    png_uint_32 w = png_get_image_width(r->png, r->info), h = png_get_image_height(r->png, r->info);
    *r->to = (decoded_picture){.h = (int)h, .w = (int)w, .orientation = 1};
    choose_samples(r);
    read_stated_bits(r);
    size_t bytes = (size_t)h * w * r->to->channels * r->to->depth;
    int interlaced = png_get_interlace_type(r->png, r->info) != PNG_INTERLACE_NONE;
    if (exceeds_picture_limits(r->to, interlaced ? bytes : 0, r->error)) longjmp(r->back, 1); // it takes twice the time
}

static void read_samples(png_reader *r)
{
    size_t row = (size_t)r->to->w * r->to->channels * r->to->depth;
    int passes = png_set_interlace_handling(r->png);
    png_read_update_info(r->png, r->info);
    if (png_get_rowbytes(r->png, r->info) != row) png_error(r->png, "the size of its rows contradicts its header");
    r->to->samples = calloc(r->to->h, row);
    if (!r->to->samples) png_error(r->png, "out of memory");
    for (int pass = 0; pass < passes; ++pass)
        for (int y = 0; y < r->to->h; ++y) {
            if (pass == passes - 1 && y == r->to->h - 1) r->left = row + MOST_BEHIND;
            png_read_row(r->png, r->to->samples + y * row, 0);
        }
}

static void read_end(png_reader *r)
{
    png_uint_32 n = 0;
    png_bytep exif = 0;
    png_read_end(r->png, r->info);
    if (png_get_eXIf_1(r->png, r->info, &n, &exif)) r->to->orientation = exif_orientation(exif, n);
}

static int run(png_reader *r)
{
    if (setjmp(r->back)) return 1;
    start(r);
    read_header(r);
    read_samples(r);
    read_end(r);
    return 0;
}

int decode_png(FILE *f, int colour, decoded_picture *to, char *error)
{
    png_reader r = {.stream = f, .colour = colour, .to = to, .error = error};
    *to = (decoded_picture){0};
    int failed = run(&r);
    if (r.png) png_destroy_read_struct(&r.png, &r.info, 0);
    if (failed) {
        free(to->samples);
        to->samples = 0;
    }
    return failed;
}
