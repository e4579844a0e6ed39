#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/atomic_file.h"
#include "base/errors.h"
#include "base/found_files.h"
#include "layers/gated.h"
#include "pixelcnn/net/network_size.h"
#include "pixelcnn/net/positions.h"
#include "pixelcnn/watch/chart.h"
#include "pixelcnn/watch/field_picture.h"
#include "pixelcnn/watch/html_report.h"
#include "pixelcnn/watch/html_style.h"

enum { MOST_SHEETS = 24, SECONDS_BETWEEN = 15 };

/* ---- bytes and text ---- */

void put_escaped(FILE *to, const char *text)
{
    for (; *text; ++text) switch (*text) {
        case '&':
            fputs("&amp;", to);
            break;
        case '<':
            fputs("&lt;", to);
            break;
        case '>':
            fputs("&gt;", to);
            break;
        case '"':
            fputs("&quot;", to);
            break;
        case '\'':
            fputs("&#39;", to);
            break;
        default:
            fputc(*text, to);
        }
}

void put_base64(FILE *to, const unsigned char *data, size_t bytes)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < bytes; i += 3) {
        size_t n = bytes - i < 3 ? bytes - i : 3; // of this group
        unsigned bits = data[i] << 16 | (n > 1 ? data[i + 1] << 8 : 0) | (n > 2 ? data[i + 2] : 0);
        for (size_t k = 0; k < 4; ++k) fputc(k <= n ? digits[bits >> (18 - 6 * k) & 63] : '=', to);
    }
}

/* Followed by a 0. NULL: no such file. Free it. */
static char *read_bytes(const char *file, size_t *bytes)
{
    char *data = 0;
    size_t n = 0, got;
    FILE *f = fopen(file, "rb");
    if (!f) return 0;
    do {
        data = checked_realloc(data, n + (1 << 16) + 1);
        n += got = fread(data + n, 1, 1 << 16, f);
    } while (got);
    fclose(f);
    data[n] = 0;
    if (bytes) *bytes = n;
    return data;
}

/* ---- what stays ---- */

static void draw_middle_field(html_report *r, const network *net)
{
    int pixel = net->h / 2 * net->w + net->w / 2, position = (pixel + 1) * net->c - 1;
    unsigned char *field = checked_calloc(net_positions(net), 1);
    declared_field(net, position, field);
    r->field_share = position ? (double)count_seen_values(net, position, field) / position : 1;
    picture p = lay_field(net, position, field);
    r->field = png_of_picture(p, &r->field_bytes);
    free((void *)p.bytes);
    free(field);
}

/* BASE_NUMBER.png: the sheet of an iteration. */
static void take_sheet(void *context, const char *name)
{
    html_report *r = context;
    size_t prefix = strlen(r->base);
    char *end;
    if (strncmp(name, r->base, prefix) || name[prefix] != '_') return;
    size_t iteration = strtoull(name + prefix + 1, &end, 10);
    if (strcmp(end, ".png")) return;
    r->sheets = checked_realloc(r->sheets, (r->nsheets + 1) * sizeof *r->sheets);
    r->sheets[r->nsheets++] = iteration;
}

static int in_order(const void *a, const void *b)
{
    size_t x = *(const size_t *)a, y = *(const size_t *)b;
    return (x > y) - (x < y);
}

static void find_sheets(html_report *r, size_t last)
{
    find_files(r->backup, "*_[0-9]*.png", take_sheet, r);
    if (r->nsheets) qsort(r->sheets, r->nsheets, sizeof *r->sheets, in_order);
    while (r->nsheets && r->sheets[r->nsheets - 1] > last) --r->nsheets;
}

html_report open_report(const char *folder, const char *backup, const char *base, const char *cfg, const network *net,
                        size_t last)
{
    html_report r = {.folder = folder, .backup = backup, .base = base, .cfg = cfg};
    r.cfg_text = read_bytes(cfg, 0);
    if (!r.cfg_text) die("%s: cannot open: %s", cfg, strerror(errno));
    r.parameters = size_of_network(net).parameters;
    draw_middle_field(&r, net);
    if (last) find_sheets(&r, last);
    return r;
}

void close_report(html_report *r)
{
    free(r->cfg_text);
    free(r->field);
    free(r->sheets);
}

void add_sheet(html_report *r, size_t iteration)
{
    if (r->nsheets && r->sheets[r->nsheets - 1] >= iteration) return; // drawn again after a resume
    r->sheets = checked_realloc(r->sheets, (r->nsheets + 1) * sizeof *r->sheets);
    r->sheets[r->nsheets++] = iteration;
}

/* ---- parts of the page ---- */

static const char *const state_words[] = {[REPORT_RUNNING] = "training",
                                          [REPORT_FINISHED] = "finished",
                                          [REPORT_STOPPED] = "stopped",
                                          [REPORT_FAILED] = "failed"};

static void put_data_uri(FILE *to, const unsigned char *png, size_t bytes)
{
    fputs("data:image/png;base64,", to);
    put_base64(to, png, bytes);
}

static void put_image(FILE *to, const unsigned char *png, size_t bytes, const char *alt)
{
    fputs("<img src=\"", to);
    put_data_uri(to, png, bytes);
    fprintf(to, "\" alt=\"%s\">", alt);
}

static void put_head(FILE *to, const html_report *r, const report_figures *f)
{
    fputs("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
          "<meta name=\"color-scheme\" content=\"light dark\">\n"
          "<meta http-equiv=\"Content-Security-Policy\" "
          "content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">\n",
          to);
    if (f->state == REPORT_RUNNING) fprintf(to, "<meta http-equiv=\"refresh\" content=\"%d\">\n", SECONDS_BETWEEN);
    fputs("<title>", to);
    put_escaped(to, r->base);
    fprintf(to, ": %s</title>\n<style>\n%s</style>\n</head>\n<body>\n<header>\n<h1>", state_words[f->state],
            html_style);
    put_escaped(to, r->base);
    fprintf(to, "</h1>\n<p class=\"state %s\">%s</p>\n</header>\n<main>\n", state_words[f->state],
            state_words[f->state]);
    if (!f->message) return;
    fputs("<p class=\"message\">", to);
    put_escaped(to, f->message);
    fputs("</p>\n", to);
}

static void put_figure(FILE *to, const char *name, const char *format, ...) __attribute__((format(printf, 3, 4)));
static void put_figure(FILE *to, const char *name, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(to, "<div><dt>%s</dt><dd>", name);
    vfprintf(to, format, args);
    fputs("</dd></div>\n", to);
    va_end(args);
}

static void put_figures(FILE *to, const html_report *r, const report_figures *f)
{
    const bar_figures *n = &f->now;
    char clock[32];
    double part = f->state == REPORT_FINISHED ? 1 : fraction_done(n);
    fprintf(to, "<progress max=\"1\" value=\"%.4f\">%.0f %%</progress>\n<dl>\n", part, 100 * part);
    if (n->validation >= 0) put_figure(to, "validation, bits/dim", "%.4f", n->validation);
    if (f->best >= 0) put_figure(to, "lowest validation", "%.4f", f->best);
    if (n->bits >= 0) put_figure(to, "training, running mean", "%.4f", n->bits);
    put_figure(to, "iteration", "%zu <small>of %zu</small>", n->iteration, n->iterations);
    put_figure(to, "images seen", "%zu", f->images);
    put_figure(to, "seconds of training", "%.0f <small>%s</small>", f->seconds, clock_text(clock, f->seconds));
    put_figure(to, "images/s", n->images_per_second < 10 ? "%.1f" : "%.0f", n->images_per_second);
    put_figure(to, "learning rate", "%.4g", n->rate);
    put_figure(to, "parameters", "%zu", r->parameters);
    if (f->state == REPORT_RUNNING) put_figure(to, "time left", "%s", clock_text(clock, n->left));
    fputs("</dl>\n", to);
}

static void put_chart(FILE *to, const html_report *r, const curves *c)
{
    size_t bytes;
    fputs("<section>\n<h2>Progress</h2>\n", to);
    if (c->end <= c->first) {
        fputs("<p>No iteration has finished yet.</p>\n</section>\n", to);
        return;
    }
    unsigned char *dark = draw_chart(c, r->base, CHART_DARK, &bytes);
    fputs("<figure class=\"chart\"><picture><source media=\"(prefers-color-scheme: dark)\" srcset=\"", to);
    put_data_uri(to, dark, bytes);
    free(dark);
    unsigned char *light = draw_chart(c, r->base, CHART_LIGHT, &bytes);
    fputs("\">", to);
    put_image(to, light, bytes, "bits/dim of training and validation, and the learning rate, over iterations");
    free(light);
    fputs("</picture></figure>\n</section>\n", to);
}

static void put_sheet(FILE *to, const html_report *r, size_t iteration)
{
    char file[PATH_MAX], alt[64];
    size_t bytes;
    snprintf(file, sizeof file, "%s/%s_%08zu.png", r->backup, r->base, iteration);
    char *png = read_bytes(file, &bytes);
    if (!png) return; // was removed
    snprintf(alt, sizeof alt, "samples after iteration %zu", iteration);
    fputs("<figure>", to);
    put_image(to, (unsigned char *)png, bytes, alt);
    fprintf(to, "<figcaption>iteration %zu</figcaption></figure>\n", iteration);
    free(png);
}

static void put_sheets(FILE *to, const html_report *r)
{
    int n = r->nsheets < MOST_SHEETS ? r->nsheets : MOST_SHEETS;
    fputs("<section>\n<h2>Samples</h2>\n", to);
    if (n)
        fputs("<p>Newest first, all from the same random numbers, so that they can be compared.</p>\n<div "
              "class=\"sheets\">\n",
              to);
    else
        fputs("<p>None yet; <code>-sample_every N</code> draws them.</p>\n", to);
    for (int i = n - 1; i >= 0; --i) put_sheet(to, r, r->sheets[n > 1 ? (long long)i * (r->nsheets - 1) / (n - 1) : 0]);
    fputs(n ? "</div>\n</section>\n" : "</section>\n", to);
}

static void put_network(FILE *to, const html_report *r)
{
    fputs("<section>\n<h2>What a pixel sees</h2>\n<figure class=\"field\">", to);
    put_image(to, r->field, r->field_bytes, "receptive field of the pixel in the middle");
    fprintf(
        to,
        "<figcaption>Red: the pixel in the middle. Blue: what its distribution depends on, %.1f %% of what is drawn "
        "before it. Yellow: drawn before it but not seen. Grey: drawn later.</figcaption></figure>\n</section>\n",
        100 * r->field_share);
    fputs("<section>\n<h2>Network</h2>\n<p><code>", to);
    put_escaped(to, r->cfg);
    fputs("</code></p>\n<pre><code>", to);
    put_escaped(to, r->cfg_text);
    fputs("</code></pre>\n</section>\n", to);
}

static void put_foot(FILE *to)
{
    char machine[64], human[64];
    time_t now = time(0);
    struct tm t;
    localtime_r(&now, &t);
    strftime(machine, sizeof machine, "%Y-%m-%dT%H:%M:%S%z", &t);
    strftime(human, sizeof human, "%Y-%m-%d %H:%M:%S", &t);
    fprintf(to, "</main>\n<footer>Written at <time datetime=\"%s\">%s</time> by ./darknet pixelcnn train.</footer>\n",
            machine, human);
    fputs("</body>\n</html>\n", to);
}

/* ---- file ---- */

int write_report(const html_report *r, const curves *c, report_figures f, char *error)
{
    char *text = 0, file[PATH_MAX];
    size_t bytes;
    FILE *to = open_memstream(&text, &bytes);
    if (!to) die("out of memory for the report");
    put_head(to, r, &f);
    put_figures(to, r, &f);
    put_chart(to, r, c);
    put_sheets(to, r);
    put_network(to, r);
    put_foot(to);
    if (fclose(to)) die("out of memory for the report");
    if (snprintf(file, sizeof file, "%s/index.html", r->folder) >= PATH_MAX)
        die("%s/index.html: name too long", r->folder);
    int failed = atomic_write_file(file, text, bytes, error);
    free(text);
    return failed;
}
