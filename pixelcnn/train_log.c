/*
train_log.c - the CSV of a training. See train_log.h.
*/
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "errors.h"
#include "train_log.h"

/* Returns 0 where the text is no such line, as the head is not. */
static int read_line(const char *text, log_line *l)
{
    *l = (log_line){.bits = -1, .rate = -1, .validation = -1};
    if (sscanf(text, "%zu,%zu,%lf,,,%lf", &l->iteration, &l->images, &l->seconds, &l->validation) == 4) return 1;
    return sscanf(text, "%zu,%zu,%lf,%lf,%lf,", &l->iteration, &l->images, &l->seconds, &l->bits, &l->rate) == 5;
}

/* Where the lines of iterations after `last`, or half a line, start. */
static long read_lines(FILE *stream, size_t last, void (*take)(void *of, log_line l), void *of)
{
    char text[256];
    long at = 0;
    log_line l;
    rewind(stream);
    while (fgets(text, sizeof text, stream) && strchr(text, '\n') && (!at || strtoull(text, 0, 10) <= last)) {
        at = ftell(stream);
        if (read_line(text, &l)) take(of, l);
    }
    return at;
}

train_log open_log(const char *file, int go_on, size_t last, void (*take)(void *of, log_line l), void *of)
{
    FILE *f = go_on ? fopen(file, "r+") : 0;
    if (f) {
        long end = read_lines(f, last, take, of);
        if (fseek(f, end, SEEK_SET) || ftruncate(fileno(f), end))
            die("%s: cannot go on with it: %s", file, strerror(errno));
    }
    int has_head = f && ftell(f) > 0;
    if (!f) f = fopen(file, "w");
    if (f) setvbuf(f, 0, _IOLBF, 0);
    if (!f ||
        (!has_head && fprintf(f, "iteration,images,seconds,train_bits_per_dim,rate,validation_bits_per_dim\n") < 0))
        die("%s: cannot create: %s", file, strerror(errno));
    return (train_log){file, f};
}

void write_log(train_log *l, log_line line)
{
    fprintf(l->stream, "%zu,%zu,%.3f,", line.iteration, line.images, line.seconds);
    if (line.validation < 0)
        fprintf(l->stream, "%.6f,%.6g,\n", line.bits, line.rate);
    else
        fprintf(l->stream, ",,%.6f\n", line.validation);
}

void close_log(train_log *l)
{
    if (ferror(l->stream) | fclose(l->stream)) die("%s: cannot write: %s", l->file, strerror(errno));
}
