/*
jpeg_picture.c - JPEG by libjpeg-turbo. See picture_reader.h.

Warnings of the library are errors: they mean that the file is truncated or damaged and that the rest would be
guessed.
*/
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <jerror.h>
#include <jpeglib.h>
#include "pixelcnn/pictures/exif.h"
#include "pixelcnn/pictures/picture_reader.h"

enum { BLOCK_BYTES = DCTSIZE2 * sizeof(JCOEF), EXIF_NAME = 6, BUFFER = 16384 };

typedef struct {
    struct jpeg_decompress_struct c; // first member: libjpeg's callbacks get only this
    struct jpeg_error_mgr errors;
    struct jpeg_source_mgr source;
    struct jpeg_progress_mgr progress;
    FILE *stream;
    int colour, has_exif;
    long blocks; // that the scans have processed
    decoded_picture *to;
    unsigned char *row; // in CMYK
    char *error;
    jmp_buf back;
    JOCTET buffer[BUFFER];
} jpeg_reader;

/* ---- callbacks of libjpeg ---- */

static __attribute__((noreturn)) void fail(j_common_ptr c)
{
    char message[JMSG_LENGTH_MAX];
    jpeg_reader *r = (jpeg_reader *)c;
    r->errors.format_message(c, message);
    snprintf(r->error, PICTURE_ERROR, "broken image: %s", message);
    longjmp(r->back, 1);
}

static void take_message(j_common_ptr c, int level)
{
    if (level < 0) fail(c);
}

static __attribute__((noreturn)) void refuse(jpeg_reader *r, const char *message)
{
    snprintf(r->error, PICTURE_ERROR, "%s", message);
    longjmp(r->back, 1);
}

static void no_source(j_decompress_ptr c) { (void)c; }

static boolean fill_buffer(j_decompress_ptr c)
{
    jpeg_reader *r = (jpeg_reader *)c;
    r->source.next_input_byte = r->buffer;
    r->source.bytes_in_buffer = fread(r->buffer, 1, BUFFER, r->stream);
    if (!r->source.bytes_in_buffer)
        refuse(r, ferror(r->stream) ? "cannot be read" : "broken image: the file ends early");
    return TRUE;
}

static void skip_bytes(j_decompress_ptr c, long n)
{
    struct jpeg_source_mgr *s = c->src;
    for (; n > (long)s->bytes_in_buffer; fill_buffer(c)) n -= s->bytes_in_buffer;
    if (n <= 0) return;
    s->next_input_byte += n;
    s->bytes_in_buffer -= n;
}

static int next_byte(j_decompress_ptr c)
{
    if (!c->src->bytes_in_buffer) fill_buffer(c);
    --c->src->bytes_in_buffer;
    return *c->src->next_input_byte++;
}

/* Keeps the first APP1 marker that is EXIF; a file may have any number of them. */
static boolean read_app1(j_decompress_ptr c)
{
    static const char exif[EXIF_NAME] = "Exif\0";
    jpeg_reader *r = (jpeg_reader *)c;
    char name[EXIF_NAME];
    int n = next_byte(c) << 8;
    n = (n | next_byte(c)) - 2;
    if (n < 0) refuse(r, "broken image: a marker shorter than its length field");
    if (n < EXIF_NAME || r->has_exif) {
        skip_bytes(c, n);
        return TRUE;
    }
    for (int i = 0; i < EXIF_NAME; ++i) name[i] = next_byte(c);
    n -= EXIF_NAME;
    if (memcmp(name, exif, EXIF_NAME)) {
        skip_bytes(c, n);
        return TRUE;
    }
    unsigned char *tiff = c->mem->alloc_large((j_common_ptr)c, JPOOL_IMAGE, n + 1);
    for (int i = 0; i < n; ++i) tiff[i] = next_byte(c);
    r->has_exif = 1;
    r->to->orientation = exif_orientation(tiff, n);
    return TRUE;
}

/* Called before each row of blocks of a multi-scan file. */
static void count_blocks(j_common_ptr common)
{
    jpeg_reader *r = (jpeg_reader *)common;
    r->blocks += (long)r->c.MCUs_per_row * r->c.blocks_in_MCU;
    if (r->blocks <= MOST_BLOCKS) return;
    snprintf(r->error, PICTURE_ERROR, "more than %d scans for %d x %d pixels: the limit is %d blocks in all scans",
             r->c.input_scan_number - 1, r->to->w, r->to->h, MOST_BLOCKS);
    longjmp(r->back, 1);
}

/* ---- steps, each of which may jump back to decode_jpeg ---- */

static void start(jpeg_reader *r)
{
    r->c.err = jpeg_std_error(&r->errors);
    r->errors.error_exit = fail;
    r->errors.emit_message = take_message;
    jpeg_create_decompress(&r->c);
    r->source = (struct jpeg_source_mgr){.init_source = no_source,
                                         .fill_input_buffer = fill_buffer,
                                         .skip_input_data = skip_bytes,
                                         .resync_to_restart = jpeg_resync_to_restart,
                                         .term_source = no_source};
    r->c.src = &r->source;
    r->progress.progress_monitor = count_blocks;
    jpeg_set_marker_processor(&r->c, JPEG_APP0 + 1, read_app1);
}

/* Bytes of the coefficients, all of which are in memory at once for a multi-scan file. */
static size_t coefficient_bytes(jpeg_reader *r)
{
    size_t blocks = 0;
    if (!jpeg_has_multiple_scans(&r->c)) return 0;
    for (int i = 0; i < r->c.num_components; ++i) {
        const jpeg_component_info *p = r->c.comp_info + i;
        size_t across = p->width_in_blocks + p->h_samp_factor, down = p->height_in_blocks + p->v_samp_factor;
        blocks += across * down;
    }
    return blocks * BLOCK_BYTES;
}

static void choose_samples(jpeg_reader *r)
{
    struct jpeg_decompress_struct *c = &r->c;
    int n = c->num_components;
    if (n != 1 && n != 3 && n != 4) {
        snprintf(r->error, PICTURE_ERROR, "a JPEG of %d components: neither grey, nor RGB, nor CMYK", n);
        longjmp(r->back, 1);
    }
    if (n == 1 || (!r->colour && c->jpeg_color_space == JCS_YCbCr))
        c->out_color_space = JCS_GRAYSCALE;
    else
        c->out_color_space = n == 3 ? JCS_RGB : JCS_CMYK;
    c->do_block_smoothing = FALSE;
    r->to->channels = c->out_color_space == JCS_GRAYSCALE ? 1 : 3;
    r->to->depth = 1;
}

static void read_header(jpeg_reader *r)
{
    r->to->orientation = 1;
    jpeg_read_header(&r->c, TRUE);
    r->to->h = (int)r->c.image_height;
    r->to->w = (int)r->c.image_width;
    choose_samples(r);
    if (r->c.arith_code) refuse(r, "JPEG with arithmetic coding is not supported; save it with Huffman coding");
    size_t more = coefficient_bytes(r);
    if (exceeds_picture_limits(r->to, more, r->error)) longjmp(r->back, 1);
    r->c.mem->max_memory_to_use = more + PICTURE_RESERVE;
}

/* CMYK files use Adobe's convention, which stores inverted values. */
static void rgb_of_cmyk(const jpeg_reader *r, unsigned char *to)
{
    int inverted = r->c.saw_Adobe_marker;
    for (int x = 0; x < r->to->w; ++x, to += 3)
        for (int k = 0; k < 3; ++k) {
            int ink = r->row[4 * x + k], black = r->row[4 * x + 3];
            int product = inverted ? ink * black : (255 - ink) * (255 - black);
            to[k] = (product + 127) / 255;
        }
}

static void read_samples(jpeg_reader *r)
{
    size_t row = (size_t)r->to->w * r->to->channels;
    r->to->samples = calloc(r->to->h, row);
    if (!r->to->samples) refuse(r, "out of memory");
    r->c.progress = &r->progress;
    jpeg_start_decompress(&r->c); // reads all scans of a multi-scan file
    r->c.progress = 0;
    if (r->c.out_color_space == JCS_CMYK)
        r->row = r->c.mem->alloc_large((j_common_ptr)&r->c, JPOOL_IMAGE, 4 * (size_t)r->to->w);
    while (r->c.output_scanline < r->c.output_height) {
        unsigned char *to = r->to->samples + r->c.output_scanline * row;
        JSAMPROW into = r->row ? r->row : to;
        jpeg_read_scanlines(&r->c, &into, 1);
        if (r->row) rgb_of_cmyk(r, to);
    }
    jpeg_finish_decompress(&r->c);
}

static int run(jpeg_reader *r)
{
    if (setjmp(r->back)) return 1;
    start(r);
    read_header(r);
    read_samples(r);
    return 0;
}

int decode_jpeg(FILE *f, int colour, decoded_picture *to, char *error)
{
    jpeg_reader r = {.stream = f, .colour = colour, .to = to, .error = error};
    *to = (decoded_picture){0};
    int failed = run(&r);
    jpeg_destroy_decompress(&r.c);
    if (failed) {
        free(to->samples);
        to->samples = 0;
    }
    return failed;
}
