#include <stdlib.h>
#include <string.h>
#include "base/errors.h"
#include "base/printable.h"
#include "base/shell_word.h"

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

char *shell_word(const char *word)
{
    char *text = 0;
    size_t bytes;
    FILE *f = open_memstream(&text, &bytes);
    if (!f) die("out of memory for a word");
    write_shell_word(f, word);
    if (fclose(f)) die("out of memory for a word");
    return text;
}
