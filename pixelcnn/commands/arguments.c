#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/errors.h"
#include "base/shell_word.h"
#include "base/similar.h"
#include "pixelcnn/commands/argument_slots.h"
#include "pixelcnn/commands/arguments.h"
#include "pixelcnn/commands/help.h"
#include "pixelcnn/commands/net_files.h"
#include "pixelcnn/commands/shipped.h"

enum { MOST_LOOKED_AT = 4 };

/* What a message starts with: "pixelcnn score", or "pixelcnn score: -against". */
static const char *subject_of(const command_line *l)
{
    static char text[128];
    snprintf(text, sizeof text, "pixelcnn %s%s%s", l->c->name, *l->option ? ": " : "", l->option);
    return text;
}

/* What precedes the arguments in a line to write. */
static const char *start_of_line(const command_line *l)
{
    static char text[PATH_MAX];
    if (*l->option) return l->option;
    snprintf(text, sizeof text, "%s %s", program_name(), l->c->name);
    return text;
}

/* ---- files that are missing ---- */

void need_quotes(const command_form *c, const char *const *words, int n)
{
    for (int from = 0; from < n; ++from) {
        char path[PATH_MAX];
        size_t length = (size_t)snprintf(path, sizeof path, "%s", words[from]);
        for (int i = from + 1; i < n && length < sizeof path; ++i) {
            length += (size_t)snprintf(path + length, sizeof path - length, " %s", words[i]);
            if (length >= sizeof path || !path_exists(path)) continue;
            die("pixelcnn %s: a path with spaces needs quotes: %s", c->name, shell_word(path));
        }
    }
}

/* A suggestion for a file that does not exist; NULL: none. Never freed. */
static const char *meant_instead(slot s, const char *text)
{
    const char *suffix = s == SLOT_CFG ? ".cfg" : s == SLOT_WEIGHTS ? ".weights" : s == SLOT_DATA ? "/" : "";
    const char *path = similar_path(text, suffix);
    if (path) return path;
    return s == SLOT_CFG || s == SLOT_WEIGHTS ? similar_net(text, s == SLOT_CFG ? "cfg" : "weights", suffix) : 0;
}

/* The script that fetches a data set of this name; NULL: there is none. */
static const char *script_that_fetches(const char *folder)
{
    static const char *const sets[][2] = {{"mnist", "scripts/get_mnist.sh"},
                                          {"fashion-mnist", "scripts/get_fashion.sh"},
                                          {"fashion", "scripts/get_fashion.sh"}};
    const char *slash = strrchr(folder, '/'), *name = slash ? slash + 1 : folder;
    for (size_t i = 0; i < sizeof sets / sizeof *sets; ++i)
        if (!strcmp(name, sets[i][0])) return shipped_file(sets[i][1]);
    return 0;
}

static __attribute__((noreturn)) void die_missing(const command_line *l, int i)
{
    slot s = slot_at(l, i);
    const char *text = l->a[i], *why = path_exists(text) ? "" : strerror(errno), *script = 0, *meant = 0;
    need_quotes(l->c, l->a + i, l->n - i);
    if (s == SLOT_DATA || s == SLOT_DATA_OR_IMAGES) script = script_that_fetches(text);
    if (script) die("%s: cannot open: %s; to fetch that data set: %s %s", text, why, script, text);
    if (s == SLOT_CFG && *text && !text[strspn(text, "0123456789,:.")] && option_named(l->c, "-label"))
        die("%s: cannot open: %s; did you mean -label %s?", text, why, text);
    if (*text) meant = meant_instead(s, text);
    if (!meant && *text && i >= l->nwords) meant = similar_net(text, "cfg", ".cfg");
    if (meant) die("%s: cannot open: %s; did you mean %s?", text, why, meant);
    if (s == SLOT_CFG && is_net_name(text))
        die("%s: cannot open: %s, and no net of this name ships; %s nets lists those that do", text, why,
            program_name());
    die("%s: cannot open: %s", text, why);
}

/* ---- arguments in the wrong order ---- */

/* The right order: to[i] is the place of argument i. */
typedef struct {
    int n, places; // arguments, and places for them
    int to[MOST_LOOKED_AT];
    file_kind kinds[MOST_LOOKED_AT];
} arrangement;

/* Tries to place the arguments from i on; in order: without exchanging them. */
static int arrange(const command_line *l, arrangement *r, int i, int in_order)
{
    if (i == r->n || i == MOST_LOOKED_AT) return 1;
    for (int place = in_order && i ? r->to[i - 1] + 1 : 0; place < r->places; ++place) {
        int taken = 0;
        for (int k = 0; k < i; ++k) taken |= r->to[k] == place;
        int unknown = r->kinds[i] == KIND_MISSING || (r->kinds[i] == KIND_OTHER && in_order);
        if (taken || !(unknown || (fits_slot(slot_at(l, place), r->kinds[i]) && r->kinds[i] != KIND_OTHER))) continue;
        r->to[i] = place;
        if (arrange(l, r, i + 1, in_order)) return 1;
    }
    return 0;
}

static arrangement look_at(const command_line *l, int places)
{
    arrangement r = {.n = l->n, .places = places};
    if (r.n > MOST_LOOKED_AT) r.n = MOST_LOOKED_AT;
    if (r.places > MOST_LOOKED_AT) r.places = MOST_LOOKED_AT;
    for (int i = 0; i < r.n; ++i) r.kinds[i] = kind_of_file(l->a[i]);
    return r;
}

/* Appends to text[size]. */
static void append(char *text, size_t size, const char *gap, const char *word)
{
    size_t n = strlen(text);
    snprintf(text + n, size - n, "%s%s", n ? gap : "", word);
}

/* The same for an argument of a line to write, which may need quotes. */
static void append_argument(char *line, size_t size, const char *argument)
{
    char *word = shell_word(argument);
    append(line, size, " ", word);
    free(word);
}

static __attribute__((noreturn)) void die_swapped(const command_line *l, const arrangement *r)
{
    const char *right[MOST_LOOKED_AT] = {0};
    char words[128] = "", line[PATH_MAX] = "";
    for (int i = 0; i < r->n; ++i) right[r->to[i]] = l->a[i];
    for (int i = 0; i < r->n; ++i) {
        append_argument(line, sizeof line, right[i]);
        if (r->to[i] != i) append(words, sizeof words, " and ", word_at(l, i));
    }
    for (int i = r->n; i < l->n; ++i) append_argument(line, sizeof line, l->a[i]);
    die("%s: %s are swapped; write: %s %s", subject_of(l), words, start_of_line(l), line);
}

/* ---- arguments that are missing ---- */

/* Weights for the given cfg, or a cfg for the given weights; NULL: none known. */
static const char *find_partner(const command_line *l, const arrangement *r, int lacking)
{
    for (int i = 0; i < r->n; ++i) {
        slot s = slot_at(l, r->to[i]);
        if (slot_at(l, lacking) == SLOT_WEIGHTS && s == SLOT_CFG && r->kinds[i] == KIND_CFG)
            return weights_for(l->a[i]);
        if (slot_at(l, lacking) != SLOT_CFG || s != SLOT_WEIGHTS || r->kinds[i] != KIND_WEIGHTS) continue;
        return cfg_for(l->a[i]);
    }
    return 0;
}

/* All arguments in order; partner fills the place that is missing. */
static void write_line(const command_line *l, const arrangement *r, int lacking, const char *partner, char *line,
                       size_t size)
{
    const char *right[MOST_LOOKED_AT] = {0};
    for (int i = 0; i < r->n; ++i) right[r->to[i]] = l->a[i];
    right[lacking] = partner;
    for (int place = 0; place < r->places; ++place) append_argument(line, size, right[place]);
}

/* Names the places without an argument; returns how many, and the last one. */
static int name_lacking(const command_line *l, const arrangement *r, char *words, size_t size, int *last)
{
    int n = 0, total = r->places - r->n;
    for (int place = 0; place < r->places; ++place) {
        int taken = 0;
        for (int i = 0; i < r->n; ++i) taken |= r->to[i] == place;
        if (taken) continue;
        *last = place;
        append(words, size, ++n == total ? " and " : ", ", word_at(l, place));
    }
    return n;
}

static void die_wrong_kind(const command_line *l, int i, file_kind k) __attribute__((noreturn));

/* Ends with the file that fits no place, if there is one. */
static void need_places(const command_line *l, const arrangement *r)
{
    for (int i = 0; i < r->n; ++i) {
        int fits = r->kinds[i] == KIND_MISSING;
        for (int place = 0; place < r->places; ++place) fits |= fits_slot(slot_at(l, place), r->kinds[i]);
        if (!fits) die_wrong_kind(l, i, r->kinds[i]);
    }
}

/* What to do about the only argument that is missing, if nothing fits; "": nothing special. */
static const char *next_step(const command_line *l, const arrangement *r, slot lacking)
{
    static char text[PATH_MAX];
    if (!r->n) return "";
    char *given = shell_word(l->a[0]);
    *text = 0;
    if (lacking == SLOT_WEIGHTS && r->kinds[0] == KIND_CFG)
        snprintf(text, sizeof text, "none in weights/ or backup/ fits %s; to train: %s train %s DATA", l->a[0],
                 program_name(), given);
    if (lacking == SLOT_CFG && (r->kinds[0] == KIND_FOLDER || r->kinds[0] == KIND_ARRAYS))
        snprintf(text, sizeof text, "to write one for the data: %s new %s", program_name(), given);
    free(given);
    return text;
}

static __attribute__((noreturn)) void die_lacking(const command_line *l)
{
    arrangement r = look_at(l, l->need);
    char words[128] = "", line[PATH_MAX] = "";
    int last = 0, in_order = arrange(l, &r, 0, 1);
    if (!in_order && !arrange(l, &r, 0, 0)) {
        need_places(l, &r);
        for (int i = 0; i < r.n; ++i) r.to[i] = i;
    }
    const char *subject = subject_of(l), *start = start_of_line(l);
    int n = name_lacking(l, &r, words, sizeof words, &last);
    const char *partner = n == 1 ? find_partner(l, &r, last) : 0;
    if (partner) {
        write_line(l, &r, last, partner, line, sizeof line);
        die("%s: %s is missing; %s fits; write: %s %s", subject, words, partner, start, line);
    }
    const char *step = n == 1 ? next_step(l, &r, slot_at(l, last)) : "";
    if (*step) die("%s: %s is missing; %s", subject, words, step);
    die("%s: %s %s missing; usage: %s %s (-help explains)", subject, words, n > 1 ? "are" : "is", start,
        l->c->arguments);
}

/* ---- arguments of the wrong kind ---- */

/* Judging by its name, is it a file of a data set in a folder? */
static int is_file_of_data(const char *path)
{
    size_t n = strlen(path);
    return strchr(path, '/') && (strstr(path, "-idx") || (n > 4 && !strcmp(path + n - 4, ".bin")));
}

static void die_wrong_kind(const command_line *l, int i, file_kind k)
{
    const char *subject = subject_of(l), *word = word_at(l, i), *a = l->a[i], *is = name_of_kind(k),
               *wanted = wanted_in(slot_at(l, i)), *fitting = 0;
    if (k == KIND_STATE && option_named(l->c, "-resume"))
        die("%s: %s: %s is %s, not %s; write: -resume %s", subject, word, a, is, wanted, a);
    if (slot_at(l, i) == SLOT_DATA && is_file_of_data(a))
        die("%s: %s: %s is %s; expected its folder: %.*s", subject, word, a, is, (int)(strrchr(a, '/') - a), a);
    if (slot_at(l, i) == SLOT_WEIGHTS && i && slot_at(l, i - 1) == SLOT_CFG && kind_of_file(l->a[i - 1]) == KIND_CFG)
        fitting = weights_for(l->a[i - 1]);
    die("%s: %s: %s is %s, not %s%s%s%s", subject, word, a, is, wanted, fitting ? "; " : "", fitting ? fitting : "",
        fitting ? " fits" : "");
}

/* The command checks further pictures itself; here one may be a misspelt net. */
static int is_checked(const command_line *l, int i)
{
    slot s = slot_at(l, i);
    if (s == SLOT_CFG || s == SLOT_WEIGHTS) return 1;
    if (i < l->nwords) return s != SLOT_ANY && s != SLOT_DIR; // which the command makes
    return has_nets(l) && !path_exists(l->a[i]) && similar_net(l->a[i], "cfg", ".cfg");
}

/* All arguments are there. */
static void check_kinds(const command_line *l)
{
    arrangement r = look_at(l, l->n);
    int wrong = -1;
    for (int i = l->n - 1; i >= 0; --i)
        if (is_checked(l, i) && !fits_slot(slot_at(l, i), kind_of_file(l->a[i]))) wrong = i;
    if (wrong < 0) return;
    if (wrong < r.n && arrange(l, &r, 0, 0)) die_swapped(l, &r);
    die_wrong_kind(l, wrong, kind_of_file(l->a[wrong]));
}

static void complete_line(command_line *l)
{
    read_form(l);
    name_files(l);
    for (int i = 0; i < l->n && l->n < l->need; ++i)
        if (!path_exists(l->a[i]) && (slot_at(l, i) == SLOT_CFG || meant_instead(slot_at(l, i), l->a[i])))
            die_missing(l, i);
    if (l->n < l->need) die_lacking(l);
    for (int i = 0; i < l->n; ++i)
        if (is_checked(l, i) && !path_exists(l->a[i])) die_missing(l, i);
    check_kinds(l);
}

int complete_arguments(const command_form *c, const char **given, int n)
{
    command_line l = {.c = c, .option = "", .a = given, .n = n};
    complete_line(&l);
    return l.n;
}

int complete_net_pair(const command_form *c, const option *o, char **text, const char *pair[2])
{
    char name[64];
    const char *given[2] = {text[0], text[1]};
    const command_form form = {.name = c->name, .arguments = strchr(o->name, ' ') + 1, .least = 2, .most = 2};
    command_line l = {.c = &form, .option = name, .a = given, .n = words_of_net(text)};
    int taken = l.n;
    snprintf(name, sizeof name, "%.*s", option_name_length(o), o->name);
    complete_line(&l);
    memcpy(pair, given, sizeof given);
    return taken;
}
