#include <limits.h>
#include <stdio.h>
#include <string.h>
#include "base/text.h"
#include "pixelcnn/commands/argument_slots.h"
#include "pixelcnn/commands/net_files.h"

#define DEFAULT_NET "gated_pixelcnn"

/* ---- forms ---- */

static const struct {
    const char *word;
    unsigned allowed; // bits of file_kind
    const char *wanted;
} slots[] = {[SLOT_ANY] = {"", ~0u, ""},
             [SLOT_CFG] = {"CFG", 1 << KIND_CFG | 1 << KIND_OTHER, "a cfg"},
             [SLOT_WEIGHTS] = {"WEIGHTS", 1 << KIND_WEIGHTS | 1 << KIND_OTHER, "weights"},
             [SLOT_DATA] = {"DATA", 1 << KIND_FOLDER | 1 << KIND_ARRAYS, "a data set's folder"},
             [SLOT_DATA_OR_IMAGES] = {"DATA|IMAGES",
                                      1 << KIND_FOLDER | 1 << KIND_ARRAYS | 1 << KIND_PICTURE | 1 << KIND_OTHER,
                                      "a folder or a picture"},
             [SLOT_DIR] = {"DIR", 1 << KIND_FOLDER, "a folder to write"},
             [SLOT_COMPRESSED] = {"FILE.gpc", 1 << KIND_COMPRESSED | 1 << KIND_OTHER, "compressed images"},
             [SLOT_NETS] = {"NETS", ~0u, ""}};
enum { NSLOTS = sizeof slots / sizeof *slots };

int fits_slot(slot s, file_kind k) { return slots[s].allowed >> k & 1; }

const char *wanted_in(slot s) { return slots[s].wanted; }

static slot slot_of_word(const char *word)
{
    for (int s = SLOT_CFG; s < NSLOTS; ++s)
        if (!strcmp(slots[s].word, word)) return s;
    return SLOT_ANY;
}

void read_form(command_line *l)
{
    l->nets_at = INT_MAX;
    for (const char *at = l->c->arguments; *at && l->nwords < MOST_WORDS;) {
        at += strspn(at, " []");
        size_t n = strcspn(at, " []");
        if (!n) break;
        snprintf(l->words[l->nwords].text, sizeof l->words->text, "%.*s", (int)n, at);
        l->words[l->nwords].slot = slot_of_word(l->words[l->nwords].text);
        if (l->words[l->nwords].slot == SLOT_NETS) break;
        ++l->nwords;
        at += n;
    }
    l->need = l->c->least;
}

int has_nets(const command_line *l) { return l->nwords < MOST_WORDS && l->words[l->nwords].slot == SLOT_NETS; }

slot slot_at(const command_line *l, int i)
{
    if (i >= l->nets_at) return (i - l->nets_at) % 2 ? SLOT_WEIGHTS : SLOT_CFG;
    return l->nwords ? l->words[i < l->nwords ? i : l->nwords - 1].slot : SLOT_ANY;
}

const char *word_at(const command_line *l, int i)
{
    if (i >= l->nets_at) return slots[slot_at(l, i)].word;
    return l->nwords ? l->words[i < l->nwords ? i : l->nwords - 1].text : "";
}

/* ---- nets by name ---- */

/* The file of the net named by `text`, if no file has that name; NULL: none. A folder may have the name of a
   net. */
static const char *named_file(const char *text, const char *folder, const char *suffix)
{
    int in_the_way = is_net_name(text) ? kind_of_file(text) != KIND_FOLDER && path_exists(text) : path_exists(text);
    return in_the_way ? 0 : file_of_net(text, folder, suffix);
}

static int is_meant(const char *text, file_kind k, const char *folder, const char *suffix)
{
    return kind_of_file(text) == k || ends_with(text, suffix) ||
           (is_net_name(text) && named_file(text, folder, suffix));
}

/* Do weights have to follow a CFG here? */
static int needs_weights(const command_line *l, int i)
{
    if (!strncmp(l->c->arguments, "CFG [WEIGHTS]", 13)) return 0;
    return i >= l->nets_at || (i + 1 < l->nwords && l->words[i + 1].slot == SLOT_WEIGHTS);
}

/* If there are no weights, a NAME gives the net's weights too. */
static void find_cfg(command_line *l, int i)
{
    const char *text = l->a[i], *cfg = named_file(text, "cfg", ".cfg"), *weights = 0;
    if (!cfg) return;
    l->a[i] = cfg;
    if (!is_net_name(text) || !needs_weights(l, i) || l->n == l->c->most) return;
    if (i + 1 < l->n && is_meant(l->a[i + 1], KIND_WEIGHTS, "weights", ".weights")) return;
    if (!(weights = file_of_net(text, "weights", ".weights"))) return;
    memmove(l->a + i + 2, l->a + i + 1, (l->n - i - 1) * sizeof *l->a);
    l->a[i + 1] = weights;
    ++l->n;
}

static void find_weights(command_line *l, int i)
{
    const char *found = named_file(l->a[i], "weights", ".weights");
    if (found) l->a[i] = found;
}

void name_files(command_line *l)
{
    if (!l->n && !strncmp(l->c->arguments, "[CFG", 4)) l->a[l->n++] = DEFAULT_NET;
    if (l->n && !strncmp(l->c->arguments, "[CFG [WEIGHTS]]", 15)) l->need = 2;
    for (int i = 0; i < l->n; ++i) {
        if (has_nets(l) && i >= l->nwords && i < l->nets_at && is_meant(l->a[i], KIND_CFG, "cfg", ".cfg"))
            l->nets_at = i;
        if (slot_at(l, i) == SLOT_CFG) find_cfg(l, i);
        if (slot_at(l, i) == SLOT_WEIGHTS) find_weights(l, i);
    }
}

int words_of_net(char **text)
{
    if (!text[1] || text[1][0] == '-') return 1;
    int is_name = is_net_name(text[0]) && named_file(text[0], "cfg", ".cfg");
    return is_name && !is_meant(text[1], KIND_WEIGHTS, "weights", ".weights") ? 1 : 2;
}
