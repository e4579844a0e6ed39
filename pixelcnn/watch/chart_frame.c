#include <iconv.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "pixelcnn/watch/chart_frame.h"

/* ---- places ---- */

double plot_right(const chart *h) { return h->l.width - h->l.right; }
double plot_bottom(const chart *h) { return h->l.height - h->l.bottom; }
static double plot_width(const chart *h) { return plot_right(h) - h->l.left; }
static double plot_height(const chart *h) { return plot_bottom(h) - h->l.top; }

double place_x(const chart *h, double x) { return h->l.left + plot_width(h) * (x - h->x.low) / (h->x.high - h->x.low); }

double place_y(const chart *h, axis a, double y)
{
    return h->l.top + plot_height(h) * (1 - (y - a.low) / (a.high - a.low));
}

/* ---- words and lines ---- */

void use_colour(chart *h, colour k, double alpha) { cairo_set_source_rgba(h->cr, k.r, k.g, k.b, alpha); }

double scaled(const chart *h, double x) { return h->l.scale * x; }

void use_width(chart *h, double width) { cairo_set_line_width(h->cr, scaled(h, width)); }

/* At (x, y), of which `align` is left of x: 0, .5 or 1. Returns its width. */
static double write_text(chart *h, double x, double y, double align, double size, const char *text)
{
    cairo_text_extents_t e;
    cairo_set_font_size(h->cr, scaled(h, size));
    cairo_text_extents(h->cr, text, &e);
    cairo_move_to(h->cr, x - align * e.x_advance, y);
    cairo_show_text(h->cr, text);
    return e.x_advance;
}

static void write_upright(chart *h, double x, const char *text)
{
    cairo_save(h->cr);
    cairo_translate(h->cr, x, h->l.top + plot_height(h) / 2);
    cairo_rotate(h->cr, -M_PI / 2);
    write_text(h, 0, 0, .5, 15, text);
    cairo_restore(h->cr);
}

static void draw_line(chart *h, double x1, double y1, double x2, double y2)
{
    cairo_move_to(h->cr, x1, y1);
    cairo_line_to(h->cr, x2, y2);
    cairo_stroke(h->cr);
}

void dash(chart *h) { cairo_set_dash(h->cr, (const double[]){scaled(h, 6), scaled(h, 4)}, 2, 0); }

/* ---- axes ---- */

/* In the middle of pixels, so that all are equally thick. */
static double on_pixel(double x) { return floor(x) + .5; }

static void draw_rows(chart *h)
{
    char text[48];
    for (double y = first_tick(h->bits); y <= h->bits.high; y += h->bits.step) {
        double at = on_pixel(place_y(h, h->bits, y));
        use_colour(h, h->p.grid, 1);
        draw_line(h, h->l.left, at, plot_right(h), at);
        use_colour(h, h->p.faint, 1);
        tick_text(text, sizeof text, y, h->bits);
        write_text(h, h->l.left - scaled(h, 10), at + scaled(h, 5), 1, 14, text);
    }
}

static void draw_columns(chart *h)
{
    char text[48];
    for (double x = first_tick(h->x); x <= h->x.high; x += h->x.step) {
        double at = on_pixel(place_x(h, x));
        use_colour(h, h->p.grid, 1);
        draw_line(h, at, h->l.top, at, plot_bottom(h));
        use_colour(h, h->p.faint, 1);
        tick_text(text, sizeof text, x, h->x);
        write_text(h, at, plot_bottom(h) + scaled(h, 22), .5, 14, text);
    }
}

static void draw_rate_axis(chart *h)
{
    char text[48];
    double right = plot_right(h);
    use_colour(h, h->p.rate, 1);
    for (double y = 0; h->rate.high > 0 && y <= h->rate.high; y += h->rate.step) {
        double at = on_pixel(place_y(h, h->rate, y));
        snprintf(text, sizeof text, "%.6g", y);
        draw_line(h, right, at, right + scaled(h, 5), at);
        write_text(h, right + scaled(h, 10), at + scaled(h, 5), 0, 14, text);
    }
    write_upright(h, h->l.width - scaled(h, 14), "learning rate");
}

void draw_axes(chart *h)
{
    cairo_set_line_width(h->cr, 1);
    draw_rows(h);
    draw_columns(h);
    draw_rate_axis(h);
    use_colour(h, h->p.ink, 1);
    write_upright(h, scaled(h, 24), "bits/dim");
    write_text(h, h->l.left + plot_width(h) / 2, h->l.height - scaled(h, 16), .5, 15, "iteration");
}

/* ---- head ---- */

typedef struct {
    colour k;
    double alpha, width;
    int dashed;
} stroke;

enum { LEGEND_TEXT = 15, LEGEND_SAMPLE = 28, LEGEND_GAP = 26, LEGEND_MARGIN = 8 };

/* Ends at x; returns the end of the next entry to the left. */
static double legend_entry(chart *h, double x, double y, stroke s, const char *text)
{
    use_colour(h, h->p.ink, 1);
    double left = x - write_text(h, x, y, 1, LEGEND_TEXT, text) - scaled(h, LEGEND_SAMPLE + 8);
    use_colour(h, s.k, s.alpha);
    use_width(h, s.width);
    if (s.dashed) dash(h);
    draw_line(h, left, y - scaled(h, 5), left + scaled(h, LEGEND_SAMPLE), y - scaled(h, 5));
    cairo_set_dash(h->cr, 0, 0, 0);
    return left - scaled(h, LEGEND_GAP);
}

/* Where a row of n entries ends: with the plot, or further right if it would begin outside of the chart. */
static double legend_end(chart *h, const char *const *texts, int n)
{
    double end = scaled(h, LEGEND_MARGIN - LEGEND_GAP);
    cairo_text_extents_t e;
    cairo_set_font_size(h->cr, scaled(h, LEGEND_TEXT));
    for (int i = 0; i < n; ++i) {
        cairo_text_extents(h->cr, texts[i], &e);
        end += scaled(h, LEGEND_GAP + LEGEND_SAMPLE + 8) + e.x_advance;
    }
    return fmax(end, plot_right(h));
}

/* From the right, the lowest row first. */
static void draw_legend(chart *h)
{
    enum { ENTRIES = 4 };
    char means[64] = "each iteration";
    size_t iterations = h->parts * h->c->stride;
    if (iterations > 1) snprintf(means, sizeof means, "means of %zu iterations", iterations);
    const char *const texts[ENTRIES] = {"learning rate", "validation", means, "training, smoothed"};
    const stroke strokes[ENTRIES] = {{h->p.rate, 1, 1.5, 1},
                                     {h->p.validation, 1, 2.6, 0},
                                     {h->p.training, CHART_FAINT, 1.5, 0},
                                     {h->p.training, 1, 2.6, 0}};
    double x = 0, y = h->l.top - scaled(h, 18);
    for (int i = 0; i < ENTRIES; ++i) {
        if (i && i % h->l.legend == 0) y -= scaled(h, 24);
        if (i % h->l.legend == 0) x = legend_end(h, texts + i, i + h->l.legend < ENTRIES ? h->l.legend : ENTRIES - i);
        x = legend_entry(h, x, y, strokes[i], texts[i]);
    }
}

static int is_utf8_text(const char *text)
{
    char buffer[256], *in = (char *)text, *out = buffer;
    size_t left = strlen(text), space = sizeof buffer;
    iconv_t check = iconv_open("UTF-8", "UTF-8");
    if (check == (iconv_t)-1) return 0;
    int failed = iconv(check, &in, &left, &out, &space) == (size_t)-1;
    iconv_close(check);
    return !failed;
}

/* Cairo draws nothing more after a text that is not UTF-8: in such a title bytes beyond ASCII become '?'. */
static void write_title(chart *h, const char *title)
{
    char shown[NAME_MAX + 1];
    snprintf(shown, sizeof shown, "%s", title);
    if (!is_utf8_text(shown))
        for (char *c = shown; *c; ++c)
            if (*c & 0x80) *c = '?';
    write_text(h, h->l.left, scaled(h, 40), 0, 22, shown);
}

void draw_head(chart *h, const char *title)
{
    const curves *c = h->c;
    char text[256] = "";
    double validation = -1;
    for (int i = c->first; i < c->end; ++i)
        if (c->bin[i].validated) validation = c->bin[i].validation;
    if (validation < 0)
        snprintf(text, sizeof text, "not validated yet");
    else if (c->best < 0)
        snprintf(text, sizeof text, "validation %.4f bits/dim", validation);
    else
        snprintf(text, sizeof text, "validation %.4f bits/dim, lowest %.4f", validation, c->best);
    use_colour(h, h->p.ink, 1);
    cairo_select_font_face(h->cr, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_BOLD);
    write_title(h, title);
    cairo_select_font_face(h->cr, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
    use_colour(h, h->p.faint, 1);
    if (h->l.subtitle)
        write_text(h, h->l.left, scaled(h, 64), 0, 15, text);
    else
        write_text(h, plot_right(h), scaled(h, 40), 1, 15, text);
    draw_legend(h);
}
