/*
labels.c - labels as they are written on a command line. See labels.h.
*/
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "dataset.h"
#include "errors.h"
#include "gated.h"
#include "labels.h"

/* One "class" or "class:weight" up to a comma or the end; returns what follows. */
static const char *read_part(const char *text, const char *at, int classes, float *label)
{
    char *end;
    long k = strtol(at, &end, 10);
    double weight = 1;
    if (end == at || k < 0 || k >= classes)
        die("-label %s: at '%s': expected a class from 0 to %d", text, at, classes - 1);
    if (*end == ':') {
        at = end + 1;
        weight = strtod(at, &end);
        if (end == at || !(fabs(weight) <= 1e6))
            die("-label %s: at '%s': expected a weight from -1e6 to 1e6", text, at);
    }
    if (*end && *end != ',')
        die("-label %s: at '%s': expected a class (3), weights (3:0.5,8:0.5), none or all", text, end);
    label[k] += weight;
    if (*end && !end[1]) die("-label %s: ends with a comma; expected a class behind it", text);
    return *end ? end + 1 : end;
}

void read_label(const char *text, int classes, float *label)
{
    memset(label, 0, classes * sizeof(float));
    if (!strcmp(text, "none")) return;
    const char *at = text;
    do at = read_part(text, at, classes, label);
    while (*at);
}

float *labels_of_images(const char *text, int n, int each, int classes)
{
    int all = text && !strcmp(text, "all");
    float *labels = checked_calloc((size_t)n * classes, sizeof(float));
    for (int i = 0; i < n; ++i) {
        float *row = labels + (size_t)i * classes;
        if (text && !all)
            read_label(text, classes, row);
        else
            one_hot(row, classes, (all ? i / each : i) % classes);
    }
    return labels;
}
