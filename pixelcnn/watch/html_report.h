/*
html_report.h - a training as one self-contained HTML page: figures, chart, samples, receptive field, cfg.

All pictures are embedded; it has no script and loads nothing. While the training runs, the browser reloads it every 15 seconds.
*/
#pragma once
#include "darknet.h"
#include "pixelcnn/watch/curves.h"
#include "pixelcnn/watch/progress_bar.h"

typedef enum { REPORT_RUNNING, REPORT_FINISHED, REPORT_STOPPED, REPORT_FAILED } report_state;

/* What does not change during the training, and the sheets so far. */
typedef struct {
    const char *folder;        // of index.html
    const char *backup, *base; // where the sheets are, BACKUP/BASE_ITERATION.png
    const char *cfg;           // its file
    char *cfg_text;
    unsigned char *field; // a PNG
    size_t field_bytes;
    double field_share; // of the values before the middle pixel that it sees
    size_t parameters;
    size_t *sheets; // iterations
    int nsheets;
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

/* last: the iteration to which earlier sheets exist. Free with close_report. */
html_report open_report(const char *folder, const char *backup, const char *base, const char *cfg, const network *net,
                        size_t last);
void close_report(html_report *r);

/* After the sheet of an iteration was written. */
void add_sheet(html_report *r, size_t iteration);

/* Rewrites index.html, with 24 of the sheets, from last to first. Returns 0, or 1 with the reason in error (at least 512 bytes). */
int write_report(const html_report *r, const curves *c, report_figures f, char *error);

/* For text in HTML. */
void put_escaped(FILE *to, const char *text);
void put_base64(FILE *to, const unsigned char *data, size_t bytes);
