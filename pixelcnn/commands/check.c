#include <limits.h>
#include <string.h>
#include "base/errors.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/printable.h"
#include "base/progress.h"
#include "base/random.h"
#include "base/text.h"
#include "pixelcnn/check/causality.h"
#include "pixelcnn/check/found_field.h"
#include "pixelcnn/check/receptive_field.h"
#include "pixelcnn/commands/commands.h"
#include "pixelcnn/commands/outputs.h"
#include "pixelcnn/commands/standard_streams.h"
#include "pixelcnn/net/build_net.h"
#include "pixelcnn/net/network_size.h"
#include "pixelcnn/net/params.h"
#include "pixelcnn/net/positions.h"
#include "pixelcnn/watch/field_picture.h"
#include "pixelcnn/watch/task.h"

/* Declared fields are cheap: up to this many positions, coverage is computed at all of them. */
enum { MOST_DECLARED = 16384, SEED = 1 };

typedef struct {
    const char *cfg, *weights; // weights NULL: none given
    const char *out;           // NULL: no picture
    int pixel;                 // row * width + column
    int limit, strict, json;
} check_request;

/* What was found, for -json. */
typedef struct {
    int positions, leaks;         // positions tested for causality with random weights, and how many leak
    int leaks_of_weights;         // leaking with the given weights
    int fields, differing, blind; // fields found; how many differ from the declared ones; have blind spots
    double coverage;
} check_figures;

static FILE *said_to; // where the text goes: stdout, or with -json stderr

/* Positions to test: all, or evenly spaced ones from first to last. */
typedef struct {
    int n, total;
    int *at;
} sample;

/* With space for `more`. */
static sample spread_sample(const network *net, int limit, int more)
{
    sample s = {.total = net_positions(net)};
    s.n = s.total < limit ? s.total : limit;
    s.at = checked_calloc(s.n + more, sizeof(int));
    for (int i = 0; i < s.n; ++i) s.at[i] = s.n == 1 ? 0 : (int)((long long)i * (s.total - 1) / (s.n - 1));
    return s;
}

/* If these are not all, also the corners, the middle and the chosen pixel, in the last colour. */
static sample sample_with_corners(const network *net, int limit, int pixel)
{
    sample s = spread_sample(net, limit, 6);
    int last = net->h * net->w - 1, middle = net->h / 2 * net->w + net->w / 2;
    const int pixels[] = {0, net->w - 1, last - net->w + 1, last, middle, pixel};
    if (s.n == s.total) return s;
    for (int i = 0; i < 6; ++i) s.at[s.n++] = (pixels[i] + 1) * net->c - 1;
    return s;
}

enum { PLACE_BYTES = 96 };

static const char *pixel_name(const network *net, int position, char text[PLACE_BYTES])
{
    int n = snprintf(text, PLACE_BYTES, "row %d, column %d", row_of_position(net, position),
                     column_of_position(net, position));
    if (net->c > 1) snprintf(text + n, PLACE_BYTES - n, ", colour %d", colour_of_position(net, position));
    return text;
}

static void print_positions(const char *what, const sample *s)
{
    fprintf(said_to, "%s: %d of %d position%s%s, ", what, s->n, s->total, plural_s(s->total),
            s->n == s->total ? "" : ", evenly spaced");
}

static void begin_positions(const char *what, const sample *s)
{
    char doing[TASK_BYTES];
    snprintf(doing, sizeof doing, "%s of %d position%s", what, s->n, plural_s(s->n));
    begin_task_bar(doing, s->n);
}

/* Returns how many positions leak. */
static int report_causality(network *net, const sample *s, const char *weights)
{
    char from[PLACE_BYTES], to[PLACE_BYTES];
    begin_positions("causality", s);
    leak_report r = find_leaks(net, s->at, s->n, SEED);
    end_task();
    print_positions("causality", s);
    fprintf(said_to, "%s: ", weights ? printable_on(said_to, weights) : "random weights");
    if (r.leaks)
        fprintf(said_to, "LEAK at %d of them; the output at %s sees %s\n", r.leaks, pixel_name(net, r.output, from),
                pixel_name(net, r.changed, to));
    else
        fprintf(said_to, "no leak\n");
    return r.leaks;
}

/* init_params sets biases to zero, which would hide mistakes. */
static void random_biases(network *net)
{
    param_list all = net_params(net);
    for (int i = 0; i < all.n; ++i)
        for (size_t k = 0; !all.p[i].fan_in && k < all.p[i].n; ++k)
            all.p[i].value[k] = .4 * random_unit(SEED, STREAM_INIT, all.n + i, k) - .2;
    free_param_list(&all);
}

static void report_size(const network *net)
{
    network_size s = size_of_network(net);
    double mib = 1 << 20;
    fprintf(said_to, "image %d x %d, %d channel%s: %d position%s\n", net->h, net->w, net->c, plural_s(net->c),
            net_positions(net), plural_s(net_positions(net)));
    fprintf(said_to, "parameters %zu  multiply-adds %.0f an image\n", s.parameters, s.multiply_adds);
    fprintf(
        said_to,
        "memory, counted from the arrays' shapes: parameters and gradients %.1f MiB, each image of a batch %.2f MiB, "
        "workspace %.1f MiB; Adam adds %.1f MiB\n",
        2 * s.parameters * sizeof(float) / mib, s.image_bytes / mib, s.work_bytes / mib,
        2 * s.parameters * sizeof(float) / mib);
}

typedef void (*field_of)(const network *net, int position, unsigned char *field);

/* From fields computed from the cfg. */
static field_survey survey_computed(const network *net, const sample *s, field_of compute)
{
    field_survey survey = {0};
    unsigned char *field = checked_calloc(net_positions(net), 1);
    begin_positions("coverage", s);
    for (int i = 0; i < s->n; ++i) {
        compute(net, s->at[i], field);
        add_to_survey(&survey, net, s->at[i], field);
        count_progress(1);
    }
    end_task();
    free(field);
    return survey;
}

static double coverage_of(const field_survey *s) { return s->earlier ? s->seen / s->earlier : 1; }

static void report_coverage(const sample *s, const field_survey *survey)
{
    fprintf(said_to, "coverage: %.4f of all earlier values seen", coverage_of(survey));
    if (s->n == s->total)
        fprintf(said_to, "\n");
    else
        fprintf(said_to, " (%d of %d positions, evenly spaced)\n", s->n, s->total);
}

static void report_blind_spot(const network *net, const field_survey *s)
{
    char from[PLACE_BYTES], to[PLACE_BYTES];
    if (!s->blind)
        fprintf(said_to, "blind spot: none\n");
    else
        fprintf(said_to, "blind spot: at %d of %d position%s; %s does not see %s\n", s->blind, s->positions,
                plural_s(s->positions), pixel_name(net, s->blind_at, from), pixel_name(net, s->unseen, to));
}

static void draw_fields(network *net, const check_request *w, field_of compute)
{
    char text[PLACE_BYTES];
    unsigned char *fields = checked_calloc(net->batch, net_positions(net));
    int position = (w->pixel + 1) * net->c - 1;
    if (compute)
        compute(net, position, fields);
    else
        find_receptive_fields(net, &position, 1, fields);
    draw_field(w->out, net, position, fields);
    fprintf(said_to,
            "picture of what %s sees: %s (red: itself, blue: seen, yellow: earlier and not seen, grey: later)\n",
            pixel_name(net, position, text), w->out);
    free(fields);
}

/* Before the checks, which take hundreds of times as long and need the activations that positive weights
   replace. */
static void draw_found(network *net, const check_request *w)
{
    ACTIVATION *kept = checked_calloc(net->n, sizeof *kept);
    for (int i = 0; i < net->n; ++i) kept[i] = net->layers[i].activation;
    set_positive_weights(net, SEED);
    draw_fields(net, w, 0);
    fflush(said_to);
    for (int i = 0; i < net->n; ++i) net->layers[i].activation = kept[i];
    free(kept);
}

static void report_fields(network *net, const check_request *w, check_figures *f)
{
    char from[PLACE_BYTES], to[PLACE_BYTES];
    sample s = sample_with_corners(net, w->limit, w->pixel), all = spread_sample(net, MOST_DECLARED, 0);
    set_positive_weights(net, SEED);
    begin_positions("receptive fields", &s);
    field_survey found = survey_fields(net, s.at, s.n);
    end_task();
    print_positions("receptive field", &s);
    if (found.differing)
        fprintf(said_to, "DIFFERS at %d of them; %s %s %s, which the cfg declares %s\n", found.differing,
                pixel_name(net, found.at, from), found.found ? "sees" : "does not see",
                pixel_name(net, found.value, to), found.found ? "unseen" : "seen");
    else
        fprintf(said_to, "found on the network: as declared\n");
    int complete = s.n == s.total || found.differing;
    field_survey covered = complete ? found : survey_computed(net, &all, declared_field);
    report_coverage(complete ? &s : &all, &covered);
    report_blind_spot(net, &found);
    f->fields = found.positions;
    f->differing = found.differing;
    f->blind = found.blind;
    f->coverage = coverage_of(&covered);
    free(s.at);
    free(all.at);
}

static void print_json(const network *net, const check_request *w, const check_figures *f)
{
    network_size s = size_of_network(net);
    json_writer j = {.to = stdout};
    json_begin(&j, 0, '{');
    json_number(&j, "parameters", "%zu", s.parameters);
    json_number(&j, "multiply_adds", "%.0f", s.multiply_adds);
    json_begin(&j, "causality", '{');
    json_number(&j, "positions", "%d", f->positions);
    json_number(&j, "of", "%d", net_positions(net));
    json_number(&j, "leaks", "%d", f->leaks);
    if (w->weights) json_number(&j, "leaks_of_weights", "%d", f->leaks_of_weights);
    json_end(&j, '}');
    json_begin(&j, "receptive_field", '{');
    json_number(&j, "positions", "%d", f->fields);
    json_number(&j, "differing", "%d", f->differing);
    json_number(&j, "blind", "%d", f->blind);
    json_number(&j, "coverage", "%.6f", f->coverage);
    json_end(&j, '}');
    json_end(&j, '}');
}

/* -limit 0: only what the cfg declares. */
static void report_unchecked(const network *net, const check_request *w)
{
    check_figures f = {0};
    sample all = spread_sample(net, MOST_DECLARED, 0);
    fprintf(said_to, "not checked: causality, receptive field, blind spot (-limit 0)\n");
    field_survey covered = survey_computed(net, &all, declared_field);
    report_coverage(&all, &covered);
    f.coverage = coverage_of(&covered);
    if (w->json) print_json(net, w, &f);
    free(all.at);
}

static void check_network(network *net, const check_request *w)
{
    check_figures f = {0};
    sample s = spread_sample(net, w->limit, 0);
    f.positions = s.n;
    init_params(net, SEED);
    random_biases(net);
    f.leaks = report_causality(net, &s, 0);
    if (w->weights) {
        load_weights(net, (char *)w->weights);
        f.leaks_of_weights = report_causality(net, &s, w->weights);
    }
    free(s.at);
    report_fields(net, w, &f);
    if (w->json) print_json(net, w, &f);
    if (f.leaks || f.leaks_of_weights) die("%s: the network leaks", w->cfg);
    if (f.differing) die("%s: the receptive field differs from the declared one", w->cfg);
    if (f.blind && w->strict) die("%s: the network has a blind spot", w->cfg);
}

static void report_network(network *net, const check_request *w)
{
    report_size(net);
    if (w->out) draw_found(net, w);
    if (w->limit)
        check_network(net, w);
    else
        report_unchecked(net, w);
}

static void print_plain_json(const field_survey *s)
{
    json_writer j = {.to = stdout};
    json_begin(&j, 0, '{');
    json_number(&j, "plain", "true");
    json_number(&j, "positions", "%d", s->positions);
    json_number(&j, "blind", "%d", s->blind);
    json_number(&j, "coverage", "%.6f", coverage_of(s));
    json_end(&j, '}');
}

static void check_plain(network *net, const check_request *w)
{
    sample all = spread_sample(net, MOST_DECLARED, 0);
    fprintf(said_to,
            "for comparison, not this network: a plain stack of masked n x n convolutions with the same sizes and "
            "dilations\n");
    field_survey survey = survey_computed(net, &all, plain_stack_field);
    report_coverage(&all, &survey);
    report_blind_spot(net, &survey);
    if (w->out) draw_fields(net, w, plain_stack_field);
    if (w->json) print_plain_json(&survey);
    free(all.at);
    if (survey.blind && w->strict) die("%s: a plain stack has a blind spot", w->cfg);
}

/* From ROW,COLUMN; without text the pixel in the middle. */
static int read_pixel(const network *net, const char *text)
{
    int row = net->h / 2, column = net->w / 2, end = 0;
    if (text && (sscanf(text, "%d,%d%n", &row, &column, &end) != 2 || text[end]))
        die("pixelcnn check: -pixel %s: expected ROW,COLUMN, such as 14,14", text);
    if (row < 0 || row >= net->h || column < 0 || column >= net->w)
        die("pixelcnn check: -pixel %s: rows are 0 to %d, columns 0 to %d", text, net->h - 1, net->w - 1);
    return row * net->w + column;
}

static check_request asked = {.limit = 4096};
static int plain, batch = 16;
static const char *pixel;
static const option options[] = {
    {"-out FILE", OPTION_TEXT, &asked.out, 0, 0, "write a PNG of what one pixel sees to FILE"},
    {"-pixel ROW,COLUMN", OPTION_TEXT, &pixel, 0, 0, "that pixel; default: the middle"},
    {"-strict", OPTION_FLAG, &asked.strict, 0, 0, "exit with status 1 on a blind spot as well"},
    {"-plain", OPTION_FLAG, &plain, 0, 0, "analyse a plain masked stack instead, for comparison"},
    {"-limit N", OPTION_INT, &asked.limit, 0, INT_MAX / 2,
     "check at most N positions, evenly spaced on larger images; 0: none, only draw -out"},
    {"-batch N", OPTION_INT, &batch, 1, 65536, "images per pass; on a CPU any number gives the same result"},
    {"-json", OPTION_FLAG, &asked.json, 0, 0, "print the result as JSON, and the text to stderr"}};

static void run_check(const char **a)
{
    need_stdout("check", 1);
    check_outputs("check", (named_path[]){{"-out", asked.out}, {0}},
                  (named_path[]){{"CFG", a[0]}, {"WEIGHTS", a[1]}, {0}});
    if (!asked.limit && (asked.strict || a[1]))
        die("pixelcnn check: -limit 0: checks nothing; omit it, or %s", a[1] ? a[1] : "-strict");
    if (plain && a[1]) die("pixelcnn check: -plain needs only the cfg; omit %s", a[1]);
    gpu_index = -1; // causality is a property of the net; tests/gpu shows that devices compute the same
    network *net = parse_pixelcnn_cfg(a[0], (net_overrides){.batch = batch, .training = 1});
    said_to = asked.json ? stderr : stdout;
    asked.cfg = a[0];
    asked.weights = a[1];
    asked.pixel = read_pixel(net, pixel);
    if (plain)
        check_plain(net, &asked);
    else
        report_network(net, &asked);
    free_network(net);
}

const command_form check_form = {.name = "check",
                                 .arguments = "CFG [WEIGHTS]",
                                 .summary = "prove that a network is causal and show its receptive field",
                                 .least = 1,
                                 .most = 2,
                                 WITH(options),
                                 .run = run_check,
                                 .example = "gated_pixelcnn -limit 4"};
