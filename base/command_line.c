#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/command_line.h"
#include "base/errors.h"
#include "base/memory.h"
#include "base/shell_word.h"

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
