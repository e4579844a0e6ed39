#include <cairo/cairo.h>
#include <fontconfig/fontconfig.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/errors.h"
#include "base/memory.h"
#include "pixelcnn/watch/chart.h"
#include "pixelcnn/watch/chart_frame.h"

enum { MOST_POINTS = 400 };

static const chart_layout layouts[] = {[CHART_WIDE] = {1200, 640, 92, 104, 96, 70, 1, 10, 7, 4, 0},
                                       [CHART_NARROW] = {720, 840, 116, 128, 206, 100, 1.6, 5, 7, 2, 1}};

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
/* ---- scales ---- */

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
    return make_axis(fmax(low - air, 0), high + air, h->l.rows);
}

static axis rate_axis(const chart *h)
{
    double high = 0;
    for (int i = h->c->first; i < h->c->end; ++i) high = fmax(high, h->c->bin[i].rate);
    return make_axis(0, high * 1.08, 5);
}

/* Iteration in the middle of `bins` bins from bin i on. */
static double middle(const chart *h, int i, int bins) { return (i + .5 * bins) * h->c->stride + .5; }

/* ---- curves ---- */

static void draw_rate(chart *h)
{
    cairo_new_path(h->cr);
    for (int i = h->c->first; i < h->c->end; ++i)
        if (h->c->bin[i].n) cairo_line_to(h->cr, place_x(h, middle(h, i, 1)), place_y(h, h->rate, h->c->bin[i].rate));
    use_colour(h, h->p.rate, 1);
    use_width(h, 1.5);
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
                          place_y(h, h->bits, h->coarse[i]));
    use_colour(h, h->p.training, CHART_FAINT);
    use_width(h, 1);
    cairo_stroke(h->cr);
}

static void draw_training(chart *h)
{
    cairo_new_path(h->cr);
    for (int i = h->c->first; i < h->c->end; ++i)
        if (h->c->bin[i].n) cairo_line_to(h->cr, place_x(h, middle(h, i, 1)), place_y(h, h->bits, h->smooth[i]));
    use_colour(h, h->p.training, 1);
    use_width(h, 2.2);
    cairo_stroke(h->cr);
}

static void draw_point(chart *h, double x, double y)
{
    cairo_arc(h->cr, x, y, scaled(h, CHART_POINT), 0, 2 * M_PI);
    cairo_fill(h->cr);
}

static void draw_validation(chart *h)
{
    use_colour(h, h->p.validation, 1);
    use_width(h, 2.2);
    cairo_new_path(h->cr);
    for (int pass = 0; pass < 2; ++pass) {
        for (int i = h->c->first; i < h->c->end; ++i) {
            const curve_bin *b = &h->c->bin[i];
            if (!b->validated) continue;
            double x = place_x(h, b->validated), y = place_y(h, h->bits, b->validation);
            if (pass)
                draw_point(h, x, y);
            else
                cairo_line_to(h->cr, x, y);
        }
        if (!pass) cairo_stroke(h->cr);
    }
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
    cairo_rectangle(h->cr, h->l.left, h->l.top - 1, (plot_right(h) - h->l.left) + scaled(h, CHART_POINT),
                    (plot_bottom(h) - h->l.top) + 2);
    cairo_clip(h->cr);
    cairo_set_line_join(h->cr, CAIRO_LINE_JOIN_ROUND);
    draw_rate(h);
    draw_coarse(h);
    draw_training(h);
    draw_validation(h);
    cairo_restore(h->cr);
}

static chart_picture draw_chart(const curves *c, const char *title, chart_form form, chart_theme theme)
{
    chart h = {.p = palettes[theme], .l = layouts[form], .c = c};
    memory m = {0};
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, h.l.width, h.l.height);
    h.cr = cairo_create(surface);
    smooth_curve(c, h.smooth);
    h.parts = (c->end - c->first + MOST_POINTS - 1) / MOST_POINTS;
    h.points = coarse_curve(c, h.parts, h.coarse);
    h.x = make_axis((double)c->first * c->stride, (double)c->end * c->stride, h.l.columns);
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
    return (chart_picture){m.data, m.bytes};
}

const chart_picture *chart_of(charts *s, const curves *c, const char *title, chart_form form, chart_theme theme)
{
    chart_picture *p = &s->of[form][theme];
    if (s->changes != c->changes) forget_charts(s);
    s->changes = c->changes;
    if (!p->png) *p = draw_chart(c, title, form, theme);
    return p;
}

void forget_charts(charts *s)
{
    for (int i = 0; i < CHART_FORMS; ++i)
        for (int k = 0; k < CHART_THEMES; ++k) free(s->of[i][k].png);
    memset(s, 0, sizeof *s);
}

void end_charts(void)
{
    cairo_debug_reset_static_data();
    FcFini();
}
