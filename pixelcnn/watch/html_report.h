/*
html_report.h - a training run as one self-contained HTML page: figures, chart, samples, maps of nats,
receptive field, the run, cfg.

All pictures are embedded; it has no script and loads nothing. During training the browser reloads it every 15
seconds.
*/
#pragma once
#include <time.h>
#include "darknet.h"
#include "pixelcnn/watch/chart.h"
#include "pixelcnn/watch/heat_section.h"
#include "pixelcnn/watch/progress_bar.h"

typedef enum { REPORT_RUNNING, REPORT_FINISHED, REPORT_STOPPED, REPORT_FAILED } report_state;

/* What the page is about. */
typedef struct {
    const char *file;          // the page
    const char *backup, *base; // where the sheets are, BACKUP/BASE_ITERATION.png
    const char *cfg, *data;    // files
    int images, held;          // for training, for validation
    size_t from;               // the iteration that the run resumes from, up to which there are sheets; 0: none
} report_subject;

/* What does not change during training, the sheets so far, and maps of nats. */
typedef struct {
    report_subject of;
    char *cfg_text, *command; // the command line of this process
    char host[512];           // its name, and what it computes with
    time_t start;
    char *const *classes; // their names, of the net; NULL: unknown
    int nclasses;
    unsigned char *field; // a PNG
    size_t field_bytes;
    double field_share; // of the values before the middle pixel that it sees
    size_t parameters;
    size_t *sheets; // iterations
    int nsheets;
    heat_section heat; // of the last validation
} html_report;

/* What changes. */
typedef struct {
    bar_figures now;
    double seconds; // of training, including those before a resume
    double best;    // validation, bits/dim; negative: none yet
    size_t images;  // seen
    report_state state;
    const char *message; // why it failed, or NULL
} report_figures;

/* Call when training starts. Free with close_report. */
html_report open_report(report_subject of, const network *net);
void close_report(html_report *r);

/* Call after the sheet of an iteration has been written. */
void add_sheet(html_report *r, size_t iteration);

/* Rewrites the page, with 24 of the sheets, from last to first. Returns 0, or 1 with the reason in error (at
   least 512 bytes). */
int write_report(const html_report *r, charts *drawn, const curves *c, report_figures f, char *error);
