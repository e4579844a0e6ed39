/* watch.h - shows training: a bar or a line per iteration on stderr, the log, a chart, a report. */
#pragma once
#include "pixelcnn/train/state.h"
#include "pixelcnn/watch/curves.h"
#include "pixelcnn/watch/html_report.h"
#include "pixelcnn/watch/progress_bar.h"
#include "pixelcnn/watch/train_log.h"

typedef struct {
    const char *backup, *base; // folder and name of the files
    const char *log;           // NULL: BACKUP/BASE.csv
    double limit;              // seconds of this run; 0: none
    const char *cfg, *data;    // files
    const char *report;        // the page; NULL: none
    int held;                  // images for validation
} watch_request;

typedef struct {
    watch_request request;
    network *net;
    const training_progress *done; // updated by the training
    double start;                  // of this run
    size_t first;                  // iteration that it started from
    double update;                 // seconds of one, lately; negative: none yet
    double validation;             // the last one; negative: none yet
    progress_bar bar;
    bar_figures shown; // while something other than iterations is done
    const char *doing; // what
    char file[4096];   // the log
    train_log log;
    curves curves;
    charts charts;
    double drawn; // time of the last chart
    html_report page;
} watch;

/* Starts the clock. A resumed run continues its log. Exits 1 if that fails. */
void open_watch(watch *w, watch_request request, network *net, const training_progress *done, int resumed);

/* Including those before a resume. */
double seconds_trained(const watch *w);

/* nats: the mean NLL per dimension of the update; seconds: its time. */
void watch_update(watch *w, double nats, double seconds);

void watch_validation(watch *w, double bits, int images, int is_best);

/* Draws maps of held-out images' nats for the report, if there is one, under the net's current weights; in d
   the held-out images follow those that are trained on. Exits with status 3 on NaN or infinity. */
void watch_held_out(watch *w, dataset *d);

/* Until watch_done the bar shows this instead of iterations, and how far it has come (out of total;
   base/progress.h). */
void watch_doing(watch *w, const char *what, double total);
void watch_done(watch *w);

/* Redraws BACKUP/chart.png and the report: now, on an event at most every 5 seconds, or else every 30
   seconds. Returns 0, or 1 with the reason in error (at least 512 bytes). */
typedef enum { REFRESH_SELDOM, REFRESH_EVENT, REFRESH_NOW } refresh;
int refresh_watch(watch *w, refresh when, char *error);

/* Call after a sheet of samples has been written. */
void watch_sheet(watch *w);

/* Writes how training ended to the report; message: why it failed, or NULL. Returns like refresh_watch. */
int end_report(watch *w, report_state state, const char *message, char *error);

/* Leaves the bar on the terminal; later lines come below it. */
void end_watch(watch *w);

/* Call when something has been saved: replaces the log of an earlier run. Returns like refresh_watch. */
int keep_watch(watch *w, char *error);

/* Returns like refresh_watch. */
int close_watch(watch *w, char *error);
