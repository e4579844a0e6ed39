#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/errors.h"
#include "base/memory.h"
#include "base/printable.h"
#include "base/similar.h"
#include "base/text.h"
#include "pixelcnn/data/dataset.h"
#include "pixelcnn/data/labels.h"
#include "pixelcnn/net/class_names.h"

#define LARGEST 1e6      // of a written attribute
#define SUM_ERROR .00201 // accepts three weights of 0.333 or of 0.334

/* ---- checks ---- */

void require_label_dropout(const label_embed *e, const char *what, const char *instead)
{
    if (e->dropout > 0) return;
    die("%s: this net was trained without label dropout (dropout=0 in its [label_embed]) and has never seen an image "
        "without its label: %s, or train with dropout=0.1",
        what, instead);
}

static int sums_to_1(double sum) { return fabs(sum - 1) <= SUM_ERROR; }

/* Checks the class weights of one image. */
static void check_weights(const char *function, const float *label, int image, const label_embed *e)
{
    double sum = 0;
    int zeros = 1;
    char what[128];
    for (int k = 0; k < e->classes; ++k) {
        if (label[k] < 0)
            die("%s: labels: weight %g of class %d, image %d: expected 0 or more; only a net with attributes=1 in "
                "[label_embed] takes any numbers",
                function, label[k], k, image);
        sum += label[k];
        zeros &= label[k] == 0;
    }
    snprintf(what, sizeof what, "%s: labels: zeros for image %d", function, image);
    if (zeros)
        require_label_dropout(e, what, "give a class");
    else if (!sums_to_1(sum))
        die("%s: labels: the weights of image %d sum to %g: expected 1; only a net with attributes=1 in [label_embed] "
            "takes any numbers",
            function, image, sum);
}

void check_labels(const char *function, const float *labels, int n, const label_embed *e)
{
    for (int i = 0; i < n; ++i, labels += e->classes) {
        for (int k = 0; k < e->classes; ++k)
            if (!isfinite(labels[k])) die("%s: labels: number %d of image %d is %g", function, k, i, labels[k]);
        if (!e->attributes) check_weights(function, labels, i, e);
    }
}

int class_of_label(const float *label, const label_embed *e)
{
    int set = 0, class = 0;
    if (!label || e->attributes) return -1;
    for (int k = 0; k < e->classes; ++k)
        if (label[k] != 0) ++set, class = k;
    return set == 1 && label[class] == 1 ? class : -1;
}

const char *name_of_label(const float *label, const label_embed *e)
{
    int class = e && e->names ? class_of_label(label, e) : -1;
    return class < 0 ? 0 : e->names[class];
}

/* ---- parsing ---- */

/* A text, and the labels (n,classes) read from it. */
typedef struct {
    const char *text;
    const label_embed *e;
    int n;
    float *rows; // room for as many as the text has parts between commas
} reading;

/* The start of the next part, after one that ends at `end`. */
static const char *next_part(const reading *r, const char *end)
{
    if (*end && *end != ',')
        die("-label %s: at '%s': expected %s", r->text, end,
            r->e->attributes ? "numbers (0.5,-2,1), some of them by index (0:0.5,2:1) or none"
                             : "a class (3), classes in turn (3,4), weights (3:0.5,8:0.5), none or all");
    if (*end && !end[1]) die("-label %s: ends with a comma; expected another item", r->text);
    return *end ? end + 1 : end;
}

enum { MOST_NAMES = 12 }; // that an error lists

/* Ends with the name that may be meant at `at`, or with all. */
static __attribute__((noreturn)) void die_of_name(const reading *r, const char *at)
{
    const label_embed *e = r->e;
    char part[256], list[2048] = "";
    snprintf(part, sizeof part, "%.*s", (int)strcspn(at, ",:"), at);
    int is_number = !part[strspn(part, "+-0123456789")]; // which other is meant cannot be guessed
    const char *meant = is_number ? 0 : most_similar(part, (const char *const *)e->names, e->classes);
    if (meant) die("-label %s: '%s': no such class; did you mean %s?", r->text, part, meant);
    for (int k = 0; k < e->classes && k < MOST_NAMES; ++k)
        snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", k ? ", " : "", e->names[k]);
    die("-label %s: '%s': no such class; expected a class from 0 to %d or its name: %s%s", r->text, part,
        e->classes - 1, list, e->classes > MOST_NAMES ? ", ..." : "");
}

/* Reads a class by name or number, or the index of an attribute. A name that is a number counts as the
   name. */
static int read_index(const reading *r, const char *at, char **end)
{
    int named = find_class_name(r->e, at, end);
    char *behind;
    long k = strtol(at, &behind, 10);
    if (named >= 0) {
        if (behind == *end && k != named)
            fprintf(stderr, "-label %s: the class named %s, whose number is %d\n", printable(r->text),
                    printable(r->e->names[named]), named);
        return named;
    }
    *end = behind;
    if (r->e->names && (*end == at || (**end && !strchr(",:", **end)))) die_of_name(r, at);
    if (r->e->names && !r->e->attributes && (k < 0 || k >= r->e->classes)) die_of_name(r, at);
    if (*end == at || k < 0 || k >= r->e->classes)
        die("-label %s: at '%s': expected %s from 0 to %d", r->text, at,
            r->e->attributes ? "the index of an attribute" : "a class", r->e->classes - 1);
    return k;
}

static double read_number(const reading *r, const char *at, double lowest, double highest, char **end)
{
    double x = strtod(at, end);
    if (*end == at || !(x >= lowest && x <= highest))
        die("-label %s: at '%s': expected a %s from %g to %g", r->text, at, r->e->attributes ? "number" : "weight",
            lowest, highest);
    return x;
}

/* Reads index:number,...; for a net of classes the numbers are weights. */
static void read_by_index(reading *r)
{
    char *end;
    double sum = 0, lowest = r->e->attributes ? -LARGEST : 0, highest = r->e->attributes ? LARGEST : 1;
    for (const char *at = r->text; *at; at = next_part(r, end)) {
        int k = read_index(r, at, &end);
        if (*end != ':')
            die("-label %s: at '%s': expected %d:NUMBER, as in the other parts%s", r->text, at, k,
                r->e->attributes ? "" : "; classes in turn are written 3,8");
        double x = read_number(r, end + 1, lowest, highest, &end);
        r->rows[k] += x;
        sum += x;
    }
    if (!r->e->attributes && !sums_to_1(sum))
        die("-label %s: the weights sum to %g: expected 1; classes in turn are written 3,8", r->text, sum);
}

static void read_classes(reading *r)
{
    char *end;
    const char *at = r->text;
    do {
        one_hot_label(r->rows + (size_t)r->n++ * r->e->classes, r->e->classes, read_index(r, at, &end));
        at = next_part(r, end);
    } while (*at);
}

static void read_vector(reading *r, int numbers)
{
    char *end;
    const char *at = r->text;
    if (numbers != r->e->classes)
        die("-label %s: %d number%s: this net has attributes=1 in its [label_embed] and expects %d, or some of them by "
            "index (0:0.5,2:1)",
            r->text, numbers, plural_s(numbers), r->e->classes);
    for (int k = 0; k < numbers; ++k, at = next_part(r, end)) r->rows[k] = read_number(r, at, -LARGEST, LARGEST, &end);
}

/* Whether the first part is index:number, as then all are. */
static int is_by_index(const reading *r)
{
    char *end;
    int named = find_class_name(r->e, r->text, &end);
    return named >= 0 ? *end == ':' : strchr(r->text, ':') != 0;
}

static reading read_text(const char *text, const label_embed *e)
{
    int parts = 1, none = !strcmp(text, "none");
    for (const char *t = text; *t; ++t) parts += *t == ',';
    reading r = {.text = text, .e = e, .n = 1};
    if (none) require_label_dropout(e, "-label none", e->attributes ? "give numbers" : "give a class");
    r.rows = checked_calloc((size_t)parts * e->classes, sizeof(float));
    if (none) return r;
    if (is_by_index(&r)) {
        read_by_index(&r);
    } else if (e->attributes) {
        read_vector(&r, parts);
    } else {
        r.n = 0;
        read_classes(&r);
    }
    return r;
}

/* ---- images ---- */

static void need_classes(const label_embed *e, const char *what)
{
    if (e->attributes)
        die("%s: this net has attributes=1 in its [label_embed], and so no classes: give %d number%s as label", what,
            e->classes, plural_s(e->classes));
}

static float *make_rows(int n, const label_embed *e) { return checked_calloc((size_t)n * e->classes, sizeof(float)); }

float *classes_in_turn(int first, int n, const label_embed *e)
{
    need_classes(e, "no label");
    float *labels = make_rows(n, e);
    for (int i = 0; i < n; ++i) one_hot_label(labels + (size_t)i * e->classes, e->classes, (first + i) % e->classes);
    return labels;
}

label_series read_label_series(const char *text, int each, const label_embed *e)
{
    int all = text && !strcmp(text, "all");
    if (all) need_classes(e, "-label all");
    if (all || !text) return (label_series){classes_in_turn(0, e->classes, e), e->classes, all ? each : 1, e->classes};
    reading r = read_text(text, e);
    return (label_series){r.rows, r.n, 1, e->classes};
}

const float *label_in_series(const label_series *s, int i)
{
    return s->rows + (size_t)(i / s->each % s->n) * s->classes;
}

float *labels_of_images(const char *text, int n, int each, const label_embed *e)
{
    label_series s = read_label_series(text, each, e);
    float *labels = checked_calloc(n, s.classes * sizeof(float));
    for (int i = 0; i < n; ++i)
        memcpy(labels + (size_t)i * s.classes, label_in_series(&s, i), s.classes * sizeof(float));
    free(s.rows);
    return labels;
}
