#include <cairo/cairo.h>
#include <fontconfig/fontconfig.h>
#include <iconv.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/atomic_file.h"
#include "base/errors.h"
#include "base/memory.h"
#include "pixelcnn/watch/chart.h"

enum { WIDTH = 1200, HEIGHT = 640, LEFT = 92, RIGHT = 104, TOP = 96, BOTTOM = 70 };
enum { PLOT_WIDTH = WIDTH - LEFT - RIGHT, PLOT_HEIGHT = HEIGHT - TOP - BOTTOM, MOST_POINTS = 400 };

typedef struct {
    double r, g, b;
} colour;

typedef struct {
    colour paper, ink, faint, grid, training, validation, rate;
} palette;

static const double POINT = 3.6, FAINT = .35; // radius; opacity

static const palette palettes[] = {
    [CHART_LIGHT] =
        {{1, 1, 1}, {.13, .15, .18}, {.42, .45, .5}, {.9, .91, .93}, {.16, .43, .71}, {.84, .27, .25}, {.45, .6, .35}},
    [CHART_DARK] = {{.086, .094, .114},
                    {.91, .92, .94},
                    {.6, .63, .69},
                    {.19, .21, .25},
                    {.4, .66, .95},
                    {.98, .47, .41},
                    {.58, .76, .46}}};

/* An axis from low to high with a line at each multiple of step. */
typedef struct {
    double low, high, step;
} axis;

typedef struct {
    cairo_t *cr;
    palette p;
    const curves *c;
    double smooth[CURVE_BINS], coarse[CURVE_BINS];
    int parts, points; // bins of a point of the coarse curve; how many
    axis x, bits, rate;
} chart;

/* ---- scales ---- */

/* The least of 1, 2, 5, 10 ... that divides the span into at most `parts` parts. */
static double nice_step(double span, int parts)
{
    double unit = pow(10, floor(log10(span / parts)));
    static const double times[] = {1, 2, 5, 10};
    for (int i = 0; i < 3; ++i)
        if (span / (unit * times[i]) <= parts * (1 + 1e-9)) return unit * times[i];
    return unit * times[3];
}

static axis make_axis(double low, double high, int parts)
{
    if (high <= low) high = low + (low > 0 ? low * .01 : 1);
    return (axis){low, high, nice_step(high - low, parts)};
}

static void widen(double x, double *low, double *high)
{
    if (x < 0) return;
    *low = fmin(*low, x);
    *high = fmax(*high, x);
}

/* Without the first tenth, next to whose steepness the rest would look flat. */
static axis bits_axis(const chart *h)
{
    const curves *c = h->c;
    double low = INFINITY, high = 0;
    for (int i = c->first + (c->end - c->first) / 10; i < c->end; ++i) {
        if (c->bin[i].n) widen(h->smooth[i], &low, &high);
        if (c->bin[i].validated) widen(c->bin[i].validation, &low, &high);
    }
    for (int i = h->points / 10; i < h->points; ++i) widen(h->coarse[i], &low, &high);
    double air = .07 * (high - low);
    return make_axis(fmax(low - air, 0), high + air, 7);
}

static axis rate_axis(const chart *h)
{
    double high = 0;
    for (int i = h->c->first; i < h->c->end; ++i) high = fmax(high, h->c->bin[i].rate);
    return make_axis(0, high * 1.08, 5);
}

/* Iteration in the middle of `bins` bins from bin i on. */
static double middle(const chart *h, int i, int bins) { return (i + .5 * bins) * h->c->stride + .5; }

static double place_x(const chart *h, double x) { return LEFT + PLOT_WIDTH * (x - h->x.low) / (h->x.high - h->x.low); }

static double place_y(axis a, double y) { return TOP + PLOT_HEIGHT * (1 - (y - a.low) / (a.high - a.low)); }

/* ---- words and lines ---- */

static void use_colour(chart *h, colour k, double alpha) { cairo_set_source_rgba(h->cr, k.r, k.g, k.b, alpha); }

/* At (x, y), of which `align` is left of x: 0, .5 or 1. Returns its width. */
static double write_text(chart *h, double x, double y, double align, double size, const char *text)
{
    cairo_text_extents_t e;
    cairo_set_font_size(h->cr, size);
    cairo_text_extents(h->cr, text, &e);
    cairo_move_to(h->cr, x - align * e.x_advance, y);
    cairo_show_text(h->cr, text);
    return e.x_advance;
}

static void write_upright(chart *h, double x, const char *text)
{
    cairo_save(h->cr);
    cairo_translate(h->cr, x, TOP + PLOT_HEIGHT / 2.);
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

static void dash(chart *h) { cairo_set_dash(h->cr, (const double[]){6, 4}, 2, 0); }

static void number_text(char *to, size_t size, double x, double step)
{
    int digits = step < 1 ? (int)ceil(-log10(step) - 1e-9) : 0;
    snprintf(to, size, "%.*f", digits, x);
}

/* ---- parts of the chart ---- */

static double first_tick(axis a) { return ceil(a.low / a.step - 1e-9) * a.step + 0.; } // never -0

static void draw_axes(chart *h)
{
    char text[48];
    cairo_set_line_width(h->cr, 1);
    for (double y = first_tick(h->bits); y <= h->bits.high; y += h->bits.step) {
        double at = round(place_y(h->bits, y)) + .5;
        use_colour(h, h->p.grid, 1);
        draw_line(h, LEFT, at, WIDTH - RIGHT, at);
        use_colour(h, h->p.faint, 1);
        number_text(text, sizeof text, y, h->bits.step);
        write_text(h, LEFT - 10, at + 5, 1, 14, text);
    }
    for (double x = first_tick(h->x); x <= h->x.high; x += h->x.step) {
        double at = round(place_x(h, x)) + .5;
        use_colour(h, h->p.grid, 1);
        draw_line(h, at, TOP, at, HEIGHT - BOTTOM);
        use_colour(h, h->p.faint, 1);
        number_text(text, sizeof text, x, h->x.step);
        write_text(h, at, HEIGHT - BOTTOM + 22, .5, 14, text);
    }
    use_colour(h, h->p.rate, 1);
    for (double y = 0; h->rate.high > 0 && y <= h->rate.high; y += h->rate.step) {
        snprintf(text, sizeof text, "%.6g", y);
        draw_line(h, WIDTH - RIGHT, place_y(h->rate, y), WIDTH - RIGHT + 5, place_y(h->rate, y));
        write_text(h, WIDTH - RIGHT + 10, place_y(h->rate, y) + 5, 0, 14, text);
    }
    write_upright(h, WIDTH - 14, "learning rate");
    use_colour(h, h->p.ink, 1);
    write_upright(h, 24, "bits/dim");
    write_text(h, LEFT + PLOT_WIDTH / 2., HEIGHT - 16, .5, 15, "iteration");
}

static void draw_rate(chart *h)
{
    cairo_new_path(h->cr);
    for (int i = h->c->first; i < h->c->end; ++i)
        if (h->c->bin[i].n) cairo_line_to(h->cr, place_x(h, middle(h, i, 1)), place_y(h->rate, h->c->bin[i].rate));
    use_colour(h, h->p.rate, 1);
    cairo_set_line_width(h->cr, 1.5);
    dash(h);
    cairo_stroke(h->cr);
    cairo_set_dash(h->cr, 0, 0, 0);
}

static void draw_coarse(chart *h)
{
    cairo_new_path(h->cr);
    for (int i = 0; i < h->points; ++i)
        if (h->coarse[i] >= 0)
            cairo_line_to(h->cr, place_x(h, middle(h, h->c->first + i * h->parts, h->parts)),
                          place_y(h->bits, h->coarse[i]));
    use_colour(h, h->p.training, FAINT);
    cairo_set_line_width(h->cr, 1);
    cairo_stroke(h->cr);
}

static void draw_training(chart *h)
{
    cairo_new_path(h->cr);
    for (int i = h->c->first; i < h->c->end; ++i)
        if (h->c->bin[i].n) cairo_line_to(h->cr, place_x(h, middle(h, i, 1)), place_y(h->bits, h->smooth[i]));
    use_colour(h, h->p.training, 1);
    cairo_set_line_width(h->cr, 2.2);
    cairo_stroke(h->cr);
}

static void draw_point(chart *h, double x, double y)
{
    cairo_arc(h->cr, x, y, POINT, 0, 2 * M_PI);
    cairo_fill(h->cr);
}

static void draw_validation(chart *h)
{
    use_colour(h, h->p.validation, 1);
    cairo_set_line_width(h->cr, 2.2);
    cairo_new_path(h->cr);
    for (int pass = 0; pass < 2; ++pass) {
        for (int i = h->c->first; i < h->c->end; ++i) {
            const curve_bin *b = &h->c->bin[i];
            if (!b->validated) continue;
            double x = place_x(h, b->validated), y = place_y(h->bits, b->validation);
            if (pass)
                draw_point(h, x, y);
            else
                cairo_line_to(h->cr, x, y);
        }
        if (!pass) cairo_stroke(h->cr);
    }
}

/* ---- head ---- */

typedef struct {
    colour k;
    double alpha, width;
    int dashed;
} stroke;

/* Ends at x; returns the end of the next entry to the left. */
static double legend_entry(chart *h, double x, stroke s, const char *text)
{
    enum { SAMPLE = 28, ROW = 78, GAP = 26 };
    use_colour(h, h->p.ink, 1);
    double left = x - write_text(h, x, ROW, 1, 15, text) - SAMPLE - 8;
    use_colour(h, s.k, s.alpha);
    cairo_set_line_width(h->cr, s.width);
    if (s.dashed) dash(h);
    draw_line(h, left, ROW - 5, left + SAMPLE, ROW - 5);
    cairo_set_dash(h->cr, 0, 0, 0);
    return left - GAP;
}

static void draw_legend(chart *h)
{
    char text[64] = "each iteration";
    size_t iterations = h->parts * h->c->stride;
    if (iterations > 1) snprintf(text, sizeof text, "means of %zu iterations", iterations);
    double x = WIDTH - RIGHT;
    x = legend_entry(h, x, (stroke){h->p.rate, 1, 1.5, 1}, "learning rate");
    x = legend_entry(h, x, (stroke){h->p.validation, 1, 2.6, 0}, "validation");
    x = legend_entry(h, x, (stroke){h->p.training, FAINT, 1.5, 0}, text);
    legend_entry(h, x, (stroke){h->p.training, 1, 2.6, 0}, "training, smoothed");
}

static int is_utf8(const char *text)
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
    if (!is_utf8(shown))
        for (char *c = shown; *c; ++c)
            if (*c & 0x80) *c = '?';
    write_text(h, LEFT, 40, 0, 22, shown);
}

static void draw_head(chart *h, const char *title)
{
    const curves *c = h->c;
    char text[256] = "";
    double validation = -1, best = INFINITY;
    for (int i = c->first; i < c->end; ++i)
        if (c->bin[i].validated) best = fmin(best, validation = c->bin[i].validation);
    if (validation >= 0)
        snprintf(text, sizeof text, "validation %.4f bits/dim, lowest %.4f", validation, best);
    else
        snprintf(text, sizeof text, "not validated yet");
    use_colour(h, h->p.ink, 1);
    cairo_select_font_face(h->cr, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_BOLD);
    write_title(h, title);
    cairo_select_font_face(h->cr, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
    use_colour(h, h->p.faint, 1);
    write_text(h, WIDTH - RIGHT, 40, 1, 15, text);
    draw_legend(h);
}

/* ---- PNG ---- */

typedef struct {
    unsigned char *data;
    size_t bytes, capacity;
} memory;

static cairo_status_t put_bytes(void *to, const unsigned char *data, unsigned bytes)
{
    memory *m = to;
    if (m->bytes + bytes > m->capacity) {
        m->capacity = 2 * (m->bytes + bytes);
        m->data = checked_realloc(m->data, m->capacity);
    }
    memcpy(m->data + m->bytes, data, bytes);
    m->bytes += bytes;
    return CAIRO_STATUS_SUCCESS;
}

static void draw_plot(chart *h)
{
    cairo_save(h->cr);
    cairo_rectangle(h->cr, LEFT, TOP - 1, PLOT_WIDTH + POINT, PLOT_HEIGHT + 2);
    cairo_clip(h->cr);
    cairo_set_line_join(h->cr, CAIRO_LINE_JOIN_ROUND);
    draw_rate(h);
    draw_coarse(h);
    draw_training(h);
    draw_validation(h);
    cairo_restore(h->cr);
}

unsigned char *draw_chart(const curves *c, const char *title, chart_theme theme, size_t *bytes)
{
    chart h = {.p = palettes[theme], .c = c};
    memory m = {0};
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, WIDTH, HEIGHT);
    h.cr = cairo_create(surface);
    smooth_curve(c, h.smooth);
    h.parts = (c->end - c->first + MOST_POINTS - 1) / MOST_POINTS;
    h.points = coarse_curve(c, h.parts, h.coarse);
    h.x = make_axis((double)c->first * c->stride, (double)c->end * c->stride, 10);
    h.bits = bits_axis(&h);
    h.rate = rate_axis(&h);
    use_colour(&h, h.p.paper, 1);
    cairo_paint(h.cr);
    draw_head(&h, title);
    draw_axes(&h);
    draw_plot(&h);
    cairo_status_t failed = cairo_surface_write_to_png_stream(surface, put_bytes, &m);
    if (failed) die("chart: cannot be drawn: %s", cairo_status_to_string(failed));
    cairo_destroy(h.cr);
    cairo_surface_destroy(surface);
    *bytes = m.bytes;
    return m.data;
}

int try_write_chart(const char *file, const curves *c, const char *title, char *error)
{
    size_t bytes;
    unsigned char *data = draw_chart(c, title, CHART_LIGHT, &bytes);
    int failed = atomic_write_file(file, data, bytes, error);
    free(data);
    return failed;
}

void end_charts(void)
{
    cairo_debug_reset_static_data();
    FcFini();
}
