#include <cairo/cairo.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/errors.h"
#include "base/memory.h"
#include "layers/math/levels.h"
#include "layers/pixel_softmax_layer.h"
#include "pixelcnn/watch/heat_map.h"

enum { COLOURS = 3, LEGEND = 30, BAR = 120, BAR_HEIGHT = 10, MARGIN = 6, LEAST_WIDTH = 330, TEXT_SIZE = 11 };

/* ---- colours ---- */

void heat_colour(double x, unsigned char to[3])
{
    static const double stops[][COLOURS] = {{0, 0, 0},     {58, 20, 112},  {158, 38, 100},
                                            {232, 98, 40}, {252, 190, 62}, {255, 255, 232}};
    enum { PARTS = sizeof stops / sizeof *stops - 1 };
    double at = fmin(fmax(x, 0), 1) * PARTS;
    int i = at < PARTS ? (int)at : PARTS - 1;
    for (int k = 0; k < COLOURS; ++k)
        to[k] = (unsigned char)(stops[i][k] + (at - i) * (stops[i + 1][k] - stops[i][k]) + .5);
}

/* The nats of a pixel at which the colours end. */
static double most_nats(const network *net) { return net->c * log(loss_of(net)->levels); }

/* ---- images ---- */

/* Image i of d into to (3,H,W). */
static void paint_image(const network *net, const dataset *d, int i, unsigned char *to)
{
    int levels = loss_of(net)->levels, plane = net->h * net->w;
    unsigned char *x = checked_malloc(net->truths);
    read_images(d, i, 1, x);
    for (int k = 0; k < COLOURS * plane; ++k)
        to[k] = byte_of_level(level_of_byte(x[k / plane % net->c * plane + k % plane], levels), levels);
    free(x);
}

/* nats (C,H,W) into to (3,H,W). */
static void paint_nats(const network *net, const double *nats, unsigned char *to)
{
    int plane = net->h * net->w;
    unsigned char colour[COLOURS];
    for (int p = 0; p < plane; ++p) {
        double sum = 0;
        for (int k = 0; k < net->c; ++k) sum += nats[k * plane + p];
        heat_colour(sum / most_nats(net), colour);
        for (int k = 0; k < COLOURS; ++k) to[k * plane + p] = colour[k];
    }
}

/* Pairs in rows, about as wide as high. */
static sheet lay_out(const network *net, heat_request r)
{
    int pairs = (int)ceil(sqrt(r.n / 2.));
    sheet s = sheet_of_net(net, 2 * r.n, 2 * (pairs < r.n ? pairs : r.n), r.scale);
    s.c = COLOURS;
    return s;
}

void check_heat_map(const char *file, const network *net, heat_request r) { check_sheet(file, lay_out(net, r)); }

/* ---- scale ---- */

static void draw_bar(cairo_t *cr, double x, double y)
{
    unsigned char colour[COLOURS];
    for (int i = 0; i < BAR; ++i) {
        heat_colour((double)i / (BAR - 1), colour);
        cairo_set_source_rgb(cr, colour[0] / 255., colour[1] / 255., colour[2] / 255.);
        cairo_rectangle(cr, x + i, y, 1, BAR_HEIGHT);
        cairo_fill(cr);
    }
}

static double write_text(cairo_t *cr, double x, double y, const char *text)
{
    cairo_text_extents_t size;
    cairo_move_to(cr, x, y);
    cairo_show_text(cr, text);
    cairo_text_extents(cr, text, &size);
    return x + size.x_advance;
}

void describe_heat_scale(const network *net, char *text, size_t size)
{
    int levels = loss_of(net)->levels;
    snprintf(text, size,
             net->c > 1 ? "%.2f nats per pixel or more (%d log %d)" : "%.2f nats per pixel or more (log %d)",
             most_nats(net), net->c > 1 ? net->c : levels, levels);
}

/* "0 [bar] 1.39 nats per pixel or more (log 4)" */
static void draw_legend(const network *net, cairo_t *cr, double height)
{
    char text[128];
    double y = height / 2 + BAR_HEIGHT / 2.;
    describe_heat_scale(net, text, sizeof text);
    cairo_set_source_rgb(cr, 1, 1, 1);
    cairo_paint(cr);
    cairo_select_font_face(cr, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(cr, TEXT_SIZE);
    cairo_set_source_rgb(cr, .13, .15, .18);
    double x = write_text(cr, MARGIN, y, "0") + MARGIN;
    draw_bar(cr, x, y - BAR_HEIGHT + 1);
    cairo_set_source_rgb(cr, .13, .15, .18);
    write_text(cr, x + BAR + MARGIN, y, text);
}

/* Draws the scale into the last LEGEND rows of the canvas. */
static void add_legend(const network *net, picture p, unsigned char *canvas)
{
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, p.w, LEGEND);
    cairo_t *cr = cairo_create(surface);
    draw_legend(net, cr, LEGEND);
    cairo_surface_flush(surface);
    if (cairo_surface_status(surface)) die("heat map: cannot be drawn: out of memory");
    const unsigned char *from = cairo_image_surface_get_data(surface);
    int stride = cairo_image_surface_get_stride(surface);
    unsigned char *to = canvas + (size_t)(p.h - LEGEND) * p.w * COLOURS;
    for (int i = 0; i < LEGEND * p.w; ++i)
        for (int k = 0; k < COLOURS; ++k) to[i * COLOURS + k] = from[i / p.w * stride + i % p.w * 4 + 2 - k];
    cairo_destroy(cr);
    cairo_surface_destroy(surface);
}

/* The sheet with white around it and the scale below. Frees the sheet's bytes. */
static picture add_margin(const network *net, picture in)
{
    picture p = {.c = COLOURS, .w = in.w < LEAST_WIDTH ? LEAST_WIDTH : in.w, .h = in.h + LEGEND};
    unsigned char *canvas = checked_malloc((size_t)p.w * p.h * COLOURS);
    memset(canvas, 255, (size_t)p.w * p.h * COLOURS);
    for (int r = 0; r < in.h; ++r)
        memcpy(canvas + (size_t)r * p.w * COLOURS, in.bytes + (size_t)r * in.w * COLOURS, (size_t)in.w * COLOURS);
    add_legend(net, p, canvas);
    free((void *)in.bytes);
    p.bytes = canvas;
    return p;
}

picture draw_heat_pairs(const network *net, const dataset *d, heat_request r, const double *nats)
{
    sheet s = lay_out(net, r);
    size_t values = net->truths, shown = (size_t)COLOURS * net->h * net->w;
    unsigned char *bytes = checked_calloc(2 * (size_t)r.n, shown);
    for (int i = 0; i < r.n; ++i) {
        paint_image(net, d, r.first + i, bytes + 2 * i * shown);
        paint_nats(net, nats + i * values, bytes + (2 * i + 1) * shown);
    }
    picture p = lay_out_sheet(s, bytes);
    free(bytes);
    return p;
}

picture draw_heat_map(const network *net, const dataset *d, heat_request r, const double *nats)
{
    return add_margin(net, draw_heat_pairs(net, d, r, nats));
}
