/* What `pixelcnn score` prints. */
#include <math.h>
#include "base/csv.h"
#include "base/json.h"
#include "base/printable.h"
#include "layers/label_embed_layer.h"
#include "pixelcnn/commands/results.h"
#include "pixelcnn/commands/score.h"
#include "pixelcnn/data/labels.h"

static double bits_per_dim_of(const image_scores *s, int i) { return s->nll[i] / s->net->truths / log(2); }

static double mean_of(const image_scores *s, double (*of)(const image_scores *s, int i))
{
    double sum = 0;
    for (int i = 0; i < s->n; ++i) sum += of(s, i);
    return sum / s->n;
}

static double nats_of(const image_scores *s, int i) { return s->nll[i]; }
static double against_of(const image_scores *s, int i) { return s->against[i]; }
static double png_bits_of(const image_scores *s, int i) { return s->png_bits[i]; }

/* NULL: it has none. Valid until the next call. */
static const float *label_of_image(const image_scores *s, int i)
{
    if (!has_labels(s->d)) return 0;
    read_label(s->d, i, s->label);
    return s->label;
}

/* A class, "all" for the mean over the classes, "none" for zeros and for a net without label, "vector", or
   "mixed". */
static void name_label(const score_options *o, const image_scores *s, int i, char *name, size_t size)
{
    const label_embed *e = label_of(s->net);
    const float *label = label_of_image(s, i);
    int class = e ? class_of_label(label, e) : -1, set = 0;
    if (is_marginal(o) || (e && e->attributes)) {
        snprintf(name, size, "%s", is_marginal(o) ? "all" : !strcmp(o->label, "none") ? "none" : "vector");
        return;
    }
    for (int k = 0; label && k < s->d->classes; ++k) set |= label[k] != 0;
    if (class >= 0)
        snprintf(name, size, "%d", class);
    else
        snprintf(name, size, "%s", set ? "mixed" : "none");
}

/* The name of the class that the image is evaluated under; NULL where that is unknown or not one class. */
static const char *name_of_image(const score_options *o, const image_scores *s, int i)
{
    return is_marginal(o) ? 0 : name_of_label(label_of_image(s, i), label_of(s->net));
}

static int has_names(const image_scores *s) { return label_of(s->net) && label_of(s->net)->names; }

/* ---- CSV ---- */

static void print_row(csv *c, const score_options *o, const image_scores *s, int i)
{
    char name[32];
    name_label(o, s, i, name, sizeof name);
    fprintf(c->rows, "%d,%s,%.6f,%.9f", i, name, s->nll[i], bits_per_dim_of(s, i));
    if (s->against) fprintf(c->rows, ",%.6f,%.6f", s->against[i], ratio_nats(s, i));
    if (s->png_bits) fprintf(c->rows, ",%.0f,%.6f", s->png_bits[i], excess_bits(s, i));
    if (s->d->names) fputc(',', c->rows), csv_print_path(c, s->d->names[i]);
    const char *class = name_of_image(o, s, i);
    if (has_names(s)) fputc(',', c->rows);
    if (class) csv_print_name(c, class);
    fputc('\n', c->rows);
}

void write_score_rows(const score_options *o, const image_scores *s)
{
    csv c;
    begin_csv(&c, o->csv);
    fprintf(c.rows, "index,label,nats,bits_per_dim%s%s%s%s\n", s->against ? ",against_nats,ratio_nats" : "",
            s->png_bits ? ",png_bits,excess_bits" : "", s->d->names ? ",file" : "", has_names(s) ? ",label_name" : "");
    for (int i = 0; i < s->n; ++i) print_row(&c, o, s, i);
    finish_csv(&c);
}

void print_score_summary(const score_options *o, const image_scores *s)
{
    printf("%s: label %s  ", printable_on(stdout, o->csv), o->label);
    print_nats(mean_of(s, nats_of), s->net->truths);
    if (s->against) printf("  ratio/image %.4f nats", mean_of(s, ratio_nats));
    if (s->png_bits) printf("  excess/image %.4f bits", mean_of(s, excess_bits));
    printf("  images %d\n", s->n);
}

/* ---- JSON ---- */

static void print_image(json_writer *j, const char *key, const score_options *o, const image_scores *s, int i)
{
    char name[32];
    name_label(o, s, i, name, sizeof name);
    json_begin(j, key, '{');
    json_number(j, "index", "%d", i);
    json_number(j, "bits_per_dim", "%.9f", bits_per_dim_of(s, i));
    json_number(j, "nats", "%.6f", s->nll[i]);
    json_text(j, "label", name);
    if (name_of_image(o, s, i)) json_text(j, "label_name", name_of_image(o, s, i));
    if (s->against) json_number(j, "against_nats", "%.6f", s->against[i]);
    if (s->against) json_number(j, "ratio_nats", "%.6f", ratio_nats(s, i));
    if (s->png_bits) json_number(j, "png_bits", "%.0f", s->png_bits[i]);
    if (s->png_bits) json_number(j, "excess_bits", "%.6f", excess_bits(s, i));
    if (s->d->names) json_text(j, "file", s->d->names[i]);
    json_end(j, '}');
}

static void print_means(json_writer *j, const image_scores *s)
{
    json_nats(j, mean_of(s, nats_of), s->net->truths);
    json_number(j, "images", "%d", s->n);
    if (s->against) json_number(j, "against_nats_per_image", "%.6f", mean_of(s, against_of));
    if (s->against) json_number(j, "ratio_nats_per_image", "%.6f", mean_of(s, ratio_nats));
    if (s->png_bits) json_number(j, "png_bits_per_image", "%.6f", mean_of(s, png_bits_of));
    if (s->png_bits) json_number(j, "excess_bits_per_image", "%.6f", mean_of(s, excess_bits));
}

void print_score_json(const score_options *o, const image_scores *s)
{
    int most = 0, least = 0;
    for (int i = 1; i < s->n; ++i) {
        if (s->nll[i] < s->nll[most]) most = i;
        if (s->nll[i] >= s->nll[least]) least = i;
    }
    json_writer j = {.to = stdout};
    json_begin(&j, 0, '{');
    json_text(&j, "label", o->label);
    print_means(&j, s);
    print_image(&j, "most_likely", o, s, most);
    print_image(&j, "least_likely", o, s, least);
    if (s->d->names) {
        json_begin(&j, "each", '[');
        for (int i = 0; i < s->n; ++i) print_image(&j, 0, o, s, i);
        json_end(&j, ']');
    }
    json_end(&j, '}');
}
