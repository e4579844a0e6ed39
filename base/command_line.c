#include <stdlib.h>
#include <string.h>
#include "base/command_line.h"
#include "base/errors.h"
#include "base/memory.h"
#include "base/printable.h"

static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=,@%+";

/* $'...', with quotes, backslashes and whatever must not reach a terminal escaped. */
static void write_escaped(FILE *to, const char *word)
{
    fputs("$'", to);
    for (const unsigned char *c = (const unsigned char *)word; *c; ++c)
        if (*c == '\'' || *c == '\\')
            fprintf(to, "\\%c", *c);
        else if (*c < ' ' || *c > '~')
            fprintf(to, "\\x%02x", *c);
        else
            fputc(*c, to);
    fputc('\'', to);
}

static void write_quoted(FILE *to, const char *word)
{
    fputc('\'', to);
    for (; *word; ++word)
        if (*word == '\'')
            fputs("'\\''", to);
        else
            fputc(*word, to);
    fputc('\'', to);
}

void write_shell_word(FILE *to, const char *word)
{
    if (*word && !word[strspn(word, plain)])
        fputs(word, to);
    else if (printable(word) == word)
        write_quoted(to, word);
    else
        write_escaped(to, word);
}

/* The words, each ending with a 0, with their number and total length. */
static char *read_words(size_t *n, size_t *bytes)
{
    char *text = 0;
    size_t got;
    FILE *f = fopen("/proc/self/cmdline", "r");
    *n = *bytes = 0;
    if (!f) return 0;
    do {
        text = checked_realloc(text, *bytes + 4096 + 1);
        *bytes += got = fread(text + *bytes, 1, 4096, f);
    } while (got);
    fclose(f);
    text[*bytes] = 0;
    for (size_t i = 0; i < *bytes; ++i) *n += !text[i];
    return text;
}

char **command_words(void)
{
    size_t n, bytes;
    char *text = read_words(&n, &bytes);
    if (!n) {
        free(text);
        return 0;
    }
    char **words = checked_malloc((n + 1) * sizeof *words + bytes + 1), *at = (char *)(words + n + 1);
    memcpy(at, text, bytes + 1);
    for (size_t i = 0; i < n; ++i, at += strlen(at) + 1) words[i] = at;
    words[n] = 0;
    free(text);
    return words;
}

char *command_line(void)
{
    char *line = 0, **words = command_words();
    size_t bytes;
    FILE *f = open_memstream(&line, &bytes);
    if (!f) die("out of memory for the command line");
    for (char **w = words; w && *w; ++w) {
        if (w > words) fputc(' ', f);
        write_shell_word(f, *w);
    }
    if (fclose(f)) die("out of memory for the command line");
    free(words);
    return line;
}
