#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/atomic_file.h"
#include "base/command_line.h"
#include "base/errors.h"
#include "base/found_files.h"
#include "base/machine.h"
#include "base/printable.h"
#include "base/text.h"
#include "base/threads.h"
#include "layers/label_embed_layer.h"
#include "pixelcnn/net/network_size.h"
#include "pixelcnn/net/positions.h"
#include "pixelcnn/watch/field_picture.h"
#include "pixelcnn/watch/html_report.h"
#include "pixelcnn/watch/html_style.h"
#include "pixelcnn/watch/html_text.h"

enum { MOST_SHEETS = 24, SECONDS_BETWEEN = 15, FIELD_SIDE = 319, NEWEST_WIDTH = 480, SHEET_WIDTH = 320 };

/* The content, followed by a 0. NULL: no such file. Free it. */
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
    picture p = lay_field(net, position, field, FIELD_SIDE);
    r->field = png_of_picture(p, &r->field_bytes);
    free((void *)p.bytes);
    free(field);
}

/* BASE_NUMBER.png: the sheet of an iteration. */
static void take_sheet(void *context, const char *name)
{
    html_report *r = context;
    size_t prefix = strlen(r->of.base);
    char *end;
    if (strncmp(name, r->of.base, prefix) || name[prefix] != '_') return;
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
    find_files(r->of.backup, "*_[0-9]*.png", take_sheet, r);
    if (r->nsheets) qsort(r->sheets, r->nsheets, sizeof *r->sheets, in_order);
    while (r->nsheets && r->sheets[r->nsheets - 1] > last) --r->nsheets;
}

/* The machine's name, and its CPU or device. */
static void describe_host(char *to, size_t size, const network *net)
{
    char name[256] = "unknown";
    gethostname(name, sizeof name - 1);
    if (net->gpu_index >= 0)
        snprintf(to, size, "%s, CUDA device %d", name, net->gpu_index);
    else
        snprintf(to, size, "%s, %d thread%s, %s", name, max_threads(), plural_s(max_threads()), vector_units());
}

html_report open_report(report_subject of, const network *net)
{
    html_report r = {.of = of, .start = time(0)};
    r.cfg_text = read_bytes(of.cfg, 0);
    if (!r.cfg_text) die("%s: cannot open: %s", of.cfg, strerror(errno));
    r.command = command_line();
    r.parameters = size_of_network(net).parameters;
    describe_host(r.host, sizeof r.host, net);
    const label_embed *e = label_of(net);
    r.classes = e ? e->names : 0;
    r.nclasses = e ? e->classes : 0;
    draw_middle_field(&r, net);
    if (of.from) find_sheets(&r, of.from);
    return r;
}

void close_report(html_report *r)
{
    free(r->cfg_text);
    free(r->command);
    free(r->field);
    free(r->sheets);
    free_heat_section(&r->heat);
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
    put_escaped(to, r->of.base);
    fprintf(to, ": %s</title>\n<style>\n%s</style>\n</head>\n<body>\n<header>\n<h1>", state_words[f->state],
            html_style);
    put_escaped(to, r->of.base);
    fprintf(to, "</h1>\n<p class=\"state %s\">%s</p>\n</header>\n<main>\n", state_words[f->state],
            state_words[f->state]);
    if (!f->message) return;
    fputs("<p class=\"message\">", to);
    put_escaped(to, f->message);
    fputs("</p>\n", to);
}

static __attribute__((format(printf, 3, 4))) void put_figure(FILE *to, const char *name, const char *format, ...)
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
    if (n->validation >= 0) put_figure(to, "validation", "%.4f <small>bits/dim</small>", n->validation);
    if (f->best >= 0) put_figure(to, "lowest validation", "%.4f <small>bits/dim</small>", f->best);
    if (n->bits >= 0) put_figure(to, "training, running mean", "%.4f <small>bits/dim</small>", n->bits);
    put_figure(to, "iteration", "%zu <small>of %zu</small>", n->iteration, n->iterations);
    put_figure(to, "seen", "%zu <small>images</small>", f->images);
    put_figure(to, "time of training", "%s <small>h:min:s</small>", clock_text(clock, f->seconds));
    put_figure(to, "speed", n->images_per_second < 10 ? "%.1f <small>images/s</small>" : "%.0f <small>images/s</small>",
               n->images_per_second);
    put_figure(to, "learning rate", "%.4g", n->rate);
    put_figure(to, "parameters", "%zu", r->parameters);
    if (f->state == REPORT_RUNNING)
        put_figure(to, "time left", "%s <small>h:min:s</small>", clock_text(clock, n->left));
    fputs("</dl>\n", to);
}

static void put_source(FILE *to, const char *media, const chart_picture *p)
{
    fprintf(to, "<source media=\"%s\" srcset=\"", media);
    put_data_uri(to, p->png, p->bytes);
    fputs("\">", to);
}

/* The wide chart needs a page as wide as its 1200 pixels: then its lines are shown as they were drawn. */
static void put_chart(FILE *to, const html_report *r, charts *drawn, const curves *c)
{
    const char *name = r->of.base;
    fputs("<section>\n<h2>Progress</h2>\n", to);
    if (c->end <= c->first) {
        fputs("<p>No iteration has finished yet.</p>\n</section>\n", to);
        return;
    }
    fputs("<figure class=\"chart\"><picture>", to);
    put_source(to, "(max-width: 1231px) and (prefers-color-scheme: dark)",
               chart_of(drawn, c, name, CHART_NARROW, CHART_DARK));
    put_source(to, "(max-width: 1231px)", chart_of(drawn, c, name, CHART_NARROW, CHART_LIGHT));
    put_source(to, "(prefers-color-scheme: dark)", chart_of(drawn, c, name, CHART_WIDE, CHART_DARK));
    const chart_picture *wide = chart_of(drawn, c, name, CHART_WIDE, CHART_LIGHT);
    put_image(to, wide->png, wide->bytes, "bits/dim of training and validation, and the learning rate, over iterations",
              0);
    fputs("</picture></figure>\n</section>\n", to);
}

static void put_sheet(FILE *to, const html_report *r, size_t iteration, int most)
{
    char file[PATH_MAX], alt[64];
    size_t bytes;
    snprintf(file, sizeof file, "%s/%s_%08zu.png", r->of.backup, r->of.base, iteration);
    char *png = read_bytes(file, &bytes);
    if (!png) return; // was removed
    snprintf(alt, sizeof alt, "samples after iteration %zu", iteration);
    fputs("<figure>", to);
    put_image(to, (unsigned char *)png, bytes, alt, most);
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
    for (int i = n - 1; i >= 0; --i)
        put_sheet(to, r, r->sheets[n > 1 ? (long long)i * (r->nsheets - 1) / (n - 1) : 0],
                  i == n - 1 ? NEWEST_WIDTH : SHEET_WIDTH);
    fputs(n ? "</div>\n</section>\n" : "</section>\n", to);
}

static void put_field(FILE *to, const html_report *r)
{
    fputs("<section>\n<h2>What a pixel sees</h2>\n<figure class=\"field\">", to);
    put_image(to, r->field, r->field_bytes, "receptive field of the pixel in the middle", FIELD_SIDE);
    fprintf(
        to,
        "<figcaption>Red: the pixel in the middle. Blue: what its distribution depends on, %.1f %% of what is drawn "
        "before it. Yellow: drawn before it but not seen. Grey: drawn later.</figcaption></figure>\n</section>\n",
        100 * r->field_share);
}

static void put_term(FILE *to, const char *name, const char *text)
{
    fprintf(to, "<dt>%s</dt><dd>", name);
    put_escaped(to, text);
}

static void put_classes(FILE *to, const html_report *r)
{
    if (!r->classes) return;
    fputs("<dt>classes</dt><dd>", to);
    for (int k = 0; k < r->nclasses; ++k) {
        fprintf(to, "%s%d ", k ? ", " : "", k);
        put_escaped(to, printable(r->classes[k]));
    }
    fputs("</dd>\n", to);
}

static void put_run(FILE *to, const html_report *r)
{
    const report_subject *of = &r->of;
    fputs("<section>\n<h2>Run</h2>\n<dl class=\"run\">\n<dt>command</dt><dd><code>", to);
    put_escaped(to, r->command);
    fputs("</code></dd>\n", to);
    put_term(to, "data", of->data);
    fprintf(to, ": %d image%s for training, %d held out for validation</dd>\n", of->images, plural_s(of->images),
            of->held);
    put_classes(to, r);
    put_term(to, "host", r->host);
    fputs("</dd>\n<dt>start</dt><dd>", to);
    put_time(to, r->start);
    if (of->from) fprintf(to, ", resumed at iteration %zu", of->from);
    fputs("</dd>\n</dl>\n</section>\n", to);
}

static void put_network(FILE *to, const html_report *r)
{
    fputs("<section>\n<h2>Network</h2>\n<p><code>", to);
    put_escaped(to, r->of.cfg);
    fputs("</code></p>\n<pre><code>", to);
    put_escaped(to, r->cfg_text);
    fputs("</code></pre>\n</section>\n", to);
}

static void put_foot(FILE *to)
{
    fputs("</main>\n<footer>Written at ", to);
    put_time(to, time(0));
    fputs(" by pixelcnn train.</footer>\n</body>\n</html>\n", to);
}

/* ---- file ---- */

int write_report(const html_report *r, charts *drawn, const curves *c, report_figures f, char *error)
{
    char *text = 0;
    size_t bytes;
    FILE *to = open_memstream(&text, &bytes);
    if (!to) die("out of memory for the report");
    put_head(to, r, &f);
    put_figures(to, r, &f);
    put_chart(to, r, drawn, c);
    put_sheets(to, r);
    put_heat_section(to, &r->heat);
    put_field(to, r);
    put_run(to, r);
    put_network(to, r);
    put_foot(to);
    if (fclose(to)) die("out of memory for the report");
    int failed = atomic_write_file(r->of.file, text, bytes, error);
    free(text);
    return failed;
}
