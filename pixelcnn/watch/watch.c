#include <math.h>
#include "base/atomic_file.h"
#include "base/errors.h"
#include "base/printable.h"
#include "base/text.h"
#include "pixelcnn/watch/task.h"
#include "pixelcnn/watch/watch.h"

/* ---- figures ---- */

static double seconds_here(const watch *w) { return what_time_is_it_now() - w->start; }

double seconds_trained(const watch *w) { return w->done->seconds + seconds_here(w); }

/* Until max_batches or the limit, at `update` seconds an iteration. */
static double seconds_left(const watch *w, double update)
{
    double left = update * (w->net->max_batches - (double)get_current_batch(w->net));
    if (w->request.limit > 0) left = fmin(left, w->request.limit - seconds_here(w));
    return fmax(left, 0);
}

/* The time left includes validations and saves: it follows from how far this run has come. */
static bar_figures figures(const watch *w)
{
    size_t batch = get_current_batch(w->net), here = batch - w->first;
    double nats = w->done->average;
    return (bar_figures){.iteration = batch,
                         .iterations = w->net->max_batches,
                         .seconds = seconds_here(w),
                         .limit = w->request.limit,
                         .left = seconds_left(w, here ? seconds_here(w) / here : 0),
                         .bits = nats < 0 ? -1 : nats / log(2),
                         .validation = w->validation,
                         .rate = get_current_rate(w->net),
                         .images_per_second = w->update > 0 ? w->net->batch * w->net->subdivisions / w->update : 0};
}

/* ---- log ---- */

static void take_line(void *context, log_line l)
{
    watch *w = context;
    if (l.validation >= 0) {
        w->validation = l.validation;
        add_validation(&w->curves, l.iteration, l.validation);
    } else {
        add_iteration(&w->curves, l.iteration, l.bits, l.rate);
    }
}

static void note(watch *w, log_line l)
{
    l.iteration = get_current_batch(w->net);
    l.images = *w->net->seen;
    l.seconds = seconds_trained(w);
    take_line(w, l);
    char error[512];
    if (write_log(&w->log, l, error))
        say_above(&w->bar, "not logged: %s; %s", error,
                  w->log.broken ? "the log ends here" : "the line will be written with the next");
}

int keep_watch(watch *w, char *error) { return keep_log(&w->log, error); }

/* ---- events ---- */

void open_watch(watch *w, watch_request request, network *net, const training_progress *done, int resumed)
{
    *w = (watch){.request = request, .net = net, .done = done, .update = -1, .validation = -1, .bar = make_bar()};
    if (snprintf(w->file, sizeof w->file, "%s/%s.csv", request.backup, request.base) >= (int)sizeof w->file)
        die("%s/%s.csv: name too long", request.backup, request.base);
    begin_curves(&w->curves);
    w->first = get_current_batch(net);
    w->log = open_log(request.log ? request.log : w->file, resumed, w->first, take_line, w);
    if (request.report)
        w->page = open_report((report_subject){.file = request.report,
                                               .backup = request.backup,
                                               .base = request.base,
                                               .cfg = request.cfg,
                                               .data = request.data,
                                               .images = (int)done->images,
                                               .held = request.held,
                                               .from = resumed ? w->first : 0},
                              net);
    if (w->bar.on && request.report) fprintf(stderr, "to watch it, open %s in a browser\n", printable(request.report));
    w->start = what_time_is_it_now();
    w->drawn = w->start - 3600; // the first one is due
}

/* In Darknet's format. */
static void print_iteration(const watch *w, double nats, double seconds)
{
    network *net = w->net;
    double average = w->done->average;
    char clock[32];
    fprintf(stderr, "%zu, %.3f: %f, %f avg, %f rate, %f seconds, %zu images, %f bits/dim, %s left\n",
            get_current_batch(net), (double)*net->seen / w->done->images, nats, average, get_current_rate(net), seconds,
            *net->seen, average / log(2), clock_text(clock, seconds_left(w, seconds)));
}

void watch_update(watch *w, double nats, double seconds)
{
    w->update = w->update < 0 ? seconds : w->update * .95 + seconds * .05;
    if (w->bar.on)
        draw_bar(&w->bar, figures(w), 0);
    else
        print_iteration(w, nats, seconds);
    note(w, (log_line){.bits = nats / log(2), .rate = get_current_rate(w->net), .validation = -1});
}

void watch_validation(watch *w, double bits, int images, int is_best)
{
    say_above(&w->bar, "validation: %f bits/dim on %d held-out image%s%s", bits, images, plural_s(images),
              is_best ? ", the best" : "");
    note(w, (log_line){.validation = bits});
}

void watch_held_out(watch *w, dataset *d)
{
    if (w->request.report) draw_heat_section(&w->page.heat, w->net, d, (int)w->done->images, w->request.held);
}

static int write_page(watch *w, report_state state, const char *message, char *error)
{
    if (!w->request.report) return 0;
    return write_report(&w->page, &w->charts, &w->curves,
                        (report_figures){.now = figures(w),
                                         .seconds = seconds_trained(w),
                                         .best = w->done->best,
                                         .images = *w->net->seen,
                                         .state = state,
                                         .message = message},
                        error);
}

void watch_sheet(watch *w)
{
    if (w->request.report) add_sheet(&w->page, get_current_batch(w->net));
}

int refresh_watch(watch *w, refresh when, char *error)
{
    static const double interval[] = {[REFRESH_SELDOM] = 30, [REFRESH_EVENT] = 5, [REFRESH_NOW] = 0};
    char file[4096], reason[512];
    double now = what_time_is_it_now();
    if (now - w->drawn < interval[when]) return 0;
    w->drawn = now;
    w->curves.best = w->done->best;
    int failed = write_page(w, REPORT_RUNNING, 0, error);
    if (w->curves.end <= w->curves.first) return failed; // nothing to draw
    if (snprintf(file, sizeof file, "%s/chart.png", w->request.backup) >= (int)sizeof file)
        die("%s/chart.png: name too long", w->request.backup);
    const chart_picture *p = chart_of(&w->charts, &w->curves, w->request.base, CHART_WIDE, CHART_LIGHT);
    return atomic_write_file(file, p->png, p->bytes, failed ? reason : error) || failed;
}

int end_report(watch *w, report_state state, const char *message, char *error)
{
    return write_page(w, state, message, error);
}

static void show_doing(void *context, double part, double seconds)
{
    watch *w = context;
    char text[64];
    (void)seconds;
    snprintf(text, sizeof text, "%s, %d %%", w->doing, (int)(100 * part));
    draw_bar(&w->bar, w->shown, text);
}

/* The figures are taken first: while this runs, the net's batch, from which its iteration is computed, may
   differ. */
void watch_doing(watch *w, const char *what, double total)
{
    w->doing = what;
    w->shown = figures(w);
    draw_bar(&w->bar, w->shown, what);
    if (w->bar.on) begin_task(total, show_doing, w);
}

void watch_done(watch *w)
{
    if (w->bar.on) end_task();
}

void end_watch(watch *w) { end_bar(&w->bar, figures(w)); }

int close_watch(watch *w, char *error)
{
    int failed = close_log(&w->log, error);
    close_report(&w->page);
    forget_charts(&w->charts);
    end_charts();
    return failed;
}
