/*
fuzz_cfg.c - fuzz target: cfg files, from text to network.
*/
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include "pixelcnn/net/build_net.h"
#include "pixelcnn/net/cfg_keys.h"
#include "tests/fuzz/harness.h"

void prepare(void) {}

typedef struct {
    const char *file;
    net_overrides request;
} parsing;

static void parse_and_free(void *what)
{
    parsing *p = what;
    free_network(parse_pixelcnn_cfg(p->file, p->request));
}

/* A number that the text gives, to choose by. */
static unsigned hash_of(const uint8_t *data, size_t size)
{
    unsigned hash = 2166136261u;
    for (size_t i = 0; i < size; ++i) hash = (hash ^ data[i]) * 16777619u;
    return hash ^ hash >> 15;
}

/* Few get all the memory: large nets take long. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const net_overrides requests[] = {{0}, {0}, {0}, {.batch = 1}, {.batch = 64, .width = 9, .height = 7}};
    unsigned hash = hash_of(data, size);
    memory_limit = hash % 64 ? MEMORY_LIMIT >> 6 : MEMORY_LIMIT;
    parsing p = {as_file(data, size), requests[hash / 64 % 5]};
    if (attempt(parse_and_free, &p)) must_be_empty();
    return 0;
}

/* ---- mutations of lines ---- */

enum { MOST_LINES = 256, ROOM = 1 << 14 };

typedef struct {
    const char *text;
    int n; // without the newline
} line;

typedef struct {
    line lines[MOST_LINES];
    int n;
} text;

static text lines_of(const char *s, size_t size)
{
    text t = {.n = 0};
    for (const char *end = s + size; s < end && t.n < MOST_LINES;) {
        const char *stop = memchr(s, '\n', end - s);
        if (!stop) stop = end;
        t.lines[t.n++] = (line){s, stop - s};
        s = stop + 1;
    }
    return t;
}

static void insert(text *t, int at, line l)
{
    if (t->n == MOST_LINES) return;
    memmove(t->lines + at + 1, t->lines + at, (t->n++ - at) * sizeof(line));
    t->lines[at] = l;
}

static void take_out(text *t, int at) { memmove(t->lines + at, t->lines + at + 1, (--t->n - at) * sizeof(line)); }

/* A value that key may have, or just not; k may be NULL. */
static void write_value(dice *d, const cfg_key *k, char *to, size_t n)
{
    static const double numbers[] = {0,     -1,   255, 256,     65535,        65536,
                                     65537, 1e-9, 1e9, INT_MAX, 2147483648.0, 4294967296.0};
    unsigned how = roll(d, 16);
    if (k && k->type == KEY_WORD && how < 14) {
        const char *word = k->words;
        for (unsigned i = roll(d, 14); i && strchr(word, '|'); --i) word = strchr(word, '|') + 1;
        snprintf(to, n, "%.*s", (int)strcspn(word, "|"), word);
    } else if (k && k->highest > k->lowest && how < 3) {
        snprintf(to, n, "%.17g", roll(d, 2) ? k->highest + roll(d, 2) : k->lowest - roll(d, 2));
    } else if (how < 12) {
        snprintf(to, n, "%d", (int)roll(d, 10) - (how == 11 ? 9 : 0));
    } else if (how == 12) {
        snprintf(to, n, "%u", 1u << roll(d, 17));
    } else if (how == 13) {
        snprintf(to, n, "%u,%d,%u", roll(d, 9), -(int)roll(d, 5), roll(d, 90));
    } else {
        snprintf(to, n, "%.17g", numbers[roll(d, 12)]);
    }
}

static int count_keys(void)
{
    const char *section;
    int n = 0;
    while (nth_key(n, &section)) ++n;
    return n;
}

static const cfg_key *key_of(line l)
{
    int n = (const char *)memchr(l.text, '=', l.n) - l.text;
    const char *section;
    const cfg_key *k;
    for (int i = 0; (k = nth_key(i, &section)); ++i)
        if ((int)strlen(k->key) == n && !memcmp(k->key, l.text, n)) break;
    return k;
}

/* Another value in the line, where it has one. */
static void change_value(dice *d, line *l)
{
    static char new[256];
    const char *equals = memchr(l->text, '=', l->n);
    if (!equals || equals - l->text > 64) return;
    int key = equals + 1 - l->text;
    memcpy(new, l->text, key);
    write_value(d, key_of(*l), new + key, sizeof new - key);
    *l = (line){new, strlen(new)};
}

static void insert_key(dice *d, text *t, int at)
{
    static char new[256];
    const char *section;
    const cfg_key *k = nth_key(roll(d, count_keys()), &section);
    int n = snprintf(new, sizeof new, "%s=", k->key);
    write_value(d, k, new + n, sizeof new - n);
    insert(t, at, (line){new, strlen(new)});
}

static void insert_section(dice *d, text *t, int at)
{
    static char new[64];
    const char *section;
    nth_key(roll(d, count_keys()), &section);
    snprintf(new, sizeof new, "[%s]", section);
    insert(t, at, (line){new, strlen(new)});
}

static int is_section(line l) { return l.n && l.text[0] == '['; }

/* The section around line `from` once more before line `to`. */
static void repeat_section(text *t, int from, int to)
{
    static line copy[MOST_LINES];
    int n = 0;
    while (from > 0 && !is_section(t->lines[from])) --from;
    do copy[n++] = t->lines[from++];
    while (from < t->n && !is_section(t->lines[from]));
    while (to < t->n && !is_section(t->lines[to])) ++to;
    for (int i = 0; i < n; ++i) insert(t, to + i, copy[i]);
}

static void change(dice *d, text *t)
{
    int at = roll(d, t->n), other = roll(d, t->n);
    line here = t->lines[at];
    switch (roll(d, 10)) {
    case 0:
        take_out(t, at);
        break;
    case 1:
        insert(t, other, here);
        break;
    case 2:
        insert_key(d, t, at + 1);
        break;
    case 3:
        insert_section(d, t, at);
        break;
    case 4:
        repeat_section(t, at, other);
        break;
    case 5:
        t->lines[at] = t->lines[other];
        t->lines[other] = here;
        break;
    default:
        change_value(d, t->lines + at);
    }
}

static size_t join(const text *t, char *to, size_t room)
{
    size_t n = 0;
    for (int i = 0; i < t->n && n + t->lines[i].n + 1 <= room; ++i) {
        memcpy(to + n, t->lines[i].text, t->lines[i].n);
        n += t->lines[i].n;
        to[n++] = '\n';
    }
    return n;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    static char joined[ROOM];
    dice d = dice_of(seed);
    if (!roll(&d, 4)) return LLVMFuzzerMutate(data, size, max_size);
    text t = lines_of((char *)data, size);
    if (!t.n) return LLVMFuzzerMutate(data, size, max_size);
    change(&d, &t);
    size_t n = join(&t, joined, max_size < ROOM ? max_size : ROOM);
    memcpy(data, joined, n);
    return n;
}
