#include <math.h>
#include <string.h>
#include "base/csv.h"
#include "base/json.h"
#include "base/printable.h"
#include "pixelcnn/commands/classify_pictures.h"
#include "pixelcnn/data/class_nll.h"

static const double *nll_of(const classified_pictures *x, int i) { return x->nll + (size_t)i * x->d->classes; }

static double probability_of(const classified_pictures *x, int i, int class)
{
    return exp(log_posterior(nll_of(x, i), x->d->classes, class));
}

/* With p(x) the mean over the classes. */
static double bits_per_dim_of(const classified_pictures *x, int i)
{
    return (log(x->d->classes) - log_evidence(nll_of(x, i), x->d->classes)) / x->dims / log(2);
}

/* Of the column of names, in bytes. */
static int name_width(const classified_pictures *x)
{
    int width = 10;
    for (int k = 0; k < x->d->classes; ++k) {
        int length = (int)strlen(printable_on(stdout, x->names[k]));
        if (length > width) width = length;
    }
    return width;
}

void print_classified(const classified_pictures *x)
{
    int width = x->names ? name_width(x) : 0;
    printf("label  probability%s", x->nets == 1 ? "  bits/dim" : "");
    if (x->names) printf("  %-*s", width, "name");
    printf("  file\n");
    for (int i = 0; i < x->d->n; ++i) {
        int class = likeliest_class(nll_of(x, i), x->d->classes);
        printf("%5d  %11.6f", class, probability_of(x, i, class));
        if (x->nets == 1) printf("  %8.4f", bits_per_dim_of(x, i));
        if (x->names) printf("  %-*s", width, printable_on(stdout, x->names[class]));
        printf("  %s\n", printable_on(stdout, x->d->names[i]));
    }
}

void print_classified_json(const classified_pictures *x)
{
    json_writer j = {.to = stdout};
    json_begin(&j, 0, '{');
    json_number(&j, "images", "%d", x->d->n);
    json_number(&j, "classes", "%d", x->d->classes);
    json_number(&j, "nets", "%d", x->nets);
    json_number(&j, "seconds", "%.3f", x->seconds);
    json_begin(&j, "each", '[');
    for (int i = 0; i < x->d->n; ++i) {
        int class = likeliest_class(nll_of(x, i), x->d->classes);
        json_begin(&j, 0, '{');
        json_text(&j, "file", x->d->names[i]);
        json_number(&j, "label", "%d", class);
        if (x->names) json_text(&j, "label_name", x->names[class]);
        json_number(&j, "probability", "%.9g", probability_of(x, i, class));
        if (x->nets == 1) json_number(&j, "bits_per_dim", "%.9f", bits_per_dim_of(x, i));
        json_begin(&j, "probabilities", '[');
        for (int k = 0; k < x->d->classes; ++k) json_number(&j, 0, "%.9g", probability_of(x, i, k));
        json_end(&j, ']');
        json_end(&j, '}');
    }
    json_end(&j, ']');
    json_end(&j, '}');
}

void write_classified(const classified_pictures *x, const char *file)
{
    csv c;
    begin_csv(&c, file);
    fprintf(c.rows, "index,read,probability");
    for (int k = 0; k < x->d->classes; ++k) fprintf(c.rows, ",nats_%d", k);
    fprintf(c.rows, ",file%s\n", x->names ? ",read_name" : "");
    for (int i = 0; i < x->d->n; ++i) {
        int class = likeliest_class(nll_of(x, i), x->d->classes);
        fprintf(c.rows, "%d,%d,%.9g", i, class, probability_of(x, i, class));
        for (int k = 0; k < x->d->classes; ++k) fprintf(c.rows, ",%.6f", nll_of(x, i)[k]);
        fputc(',', c.rows);
        csv_print_path(&c, x->d->names[i]);
        if (x->names) fputc(',', c.rows), csv_print_name(&c, x->names[class]);
        fputc('\n', c.rows);
    }
    finish_csv(&c);
}
