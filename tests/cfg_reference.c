/*
cfg_reference.c - prints the tables of docs/cfg.md from the parser's own: every key of every section, what is
allowed, the default, the meaning. scripts/reference.sh runs it.
*/
#include <limits.h>
#include <stdio.h>
#include "pixelcnn/net/cfg_keys.h"

static void print_words(const char *words)
{
    for (; *words; ++words) {
        if (*words == '|')
            printf(", ");
        else
            putchar(*words);
    }
}

static void print_range(const cfg_key *k, const char *kind)
{
    if (k->highest == INT_MAX)
        printf("%s, at least %g", kind, k->lowest);
    else if (k->lowest == k->highest)
        printf("%g", k->lowest);
    else
        printf("%s, %g to %s%g", kind, k->lowest, k->below ? "below " : "", k->highest);
}

static void print_allowed(const cfg_key *k)
{
    switch (k->type) {
    case KEY_INT:
        print_range(k, "integer");
        break;
    case KEY_FLOAT:
        print_range(k, "number");
        break;
    case KEY_INTS:
        print_range(k, "integers separated by commas");
        break;
    case KEY_FLOATS:
        print_range(k, "numbers separated by commas");
        break;
    case KEY_WORD:
        print_words(k->words);
        break;
    case KEY_LAYER:
        printf("layer number, or `image`");
        break;
    case KEY_LAYERS:
        printf("layer numbers separated by commas");
        break;
    }
}

static void print_key(const cfg_key *k)
{
    printf("| `%s` | ", k->key);
    print_allowed(k);
    printf(" | %s | %s |\n", !k->standard ? "" : *k->standard ? k->standard : "required", k->meaning);
}

int main(void)
{
    const char *section, *last = "";
    for (int i = 0; nth_key(i, &section); ++i) {
        if (strcmp(section, last))
            printf("\n## [%s]\n\n| key | allowed | default | meaning |\n| --- | --- | --- | --- |\n", section);
        print_key(nth_key(i, &section));
        last = section;
    }
    return 0;
}
