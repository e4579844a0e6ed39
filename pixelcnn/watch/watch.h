/*
watch.h - what is seen of a training: a bar or a line an iteration on stderr, the log, a chart, a report.
*/
#pragma once
#include "pixelcnn/train/state.h"
#include "pixelcnn/watch/curves.h"
#include "pixelcnn/watch/html_report.h"
#include "pixelcnn/watch/progress_bar.h"
#include "pixelcnn/watch/train_log.h"

typedef struct {
    const char *backup, *base; // folder, and name of the cfg
    const char *log;           // NULL: BACKUP/BASE.csv
    double limit;              // seconds of this run; 0: none
    const char *cfg, *report;  // file; folder of the report, NULL: none
} watch_request;

typedef struct {
    watch_request request;
    network *net;
    const training_progress *done; // of the training, which changes it
    double start;                  // of this run
    size_t first;                  // iteration that it started from
    double update;                 // seconds of one, lately; negative: none yet
    double validation;             // the last one; negative: none yet
    progress_bar bar;
    char file[4096]; // the log
    train_log log;
    curves curves;
    double drawn; // when the chart was
    html_report page;
} watch;

/* From here on time runs. Where the training goes on with a checkpoint, so does the log. Exits 1 where it cannot. */
void open_watch(watch *w, watch_request request, network *net, const training_progress *done, int resumed);

/* Seconds of training so far, those before a resume included. */
double seconds_trained(const watch *w);

/* After an update. nats: its mean NLL per dimension; seconds: that it took. */
void watch_update(watch *w, double nats, double seconds);

void watch_validation(watch *w, double bits, int images, int is_best);

/* What goes on now instead of iterations; for the bar. */
void watch_doing(watch *w, const char *what);

/* Draws BACKUP/chart.png, and the report, anew where it is time: REFRESH_NOW; with an event every 5 seconds at most; without one every 30
   seconds. Returns 0, or 1 with the reason in error (at least 512 bytes). */
typedef enum { REFRESH_SELDOM, REFRESH_EVENT, REFRESH_NOW } refresh;
int refresh_watch(watch *w, refresh when, char *error);

/* A sheet of samples has been written. */
void watch_sheet(watch *w);

/* The report says how the training ended. message: of one that failed; else NULL. Returns as refresh_watch. */
int end_report(watch *w, report_state state, const char *message, char *error);

/* The last line of the bar; what is printed from here on comes below it. */
void end_watch(watch *w);

/* Something of this training is saved: its log takes the place of an earlier one. Returns as refresh_watch. */
int keep_watch(watch *w, char *error);

/* Returns 1, with the reason in error, where the log could not be written. */
int close_watch(watch *w, char *error);
