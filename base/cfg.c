/*
cfg.c - see cfg.h.

Darknet's read_cfg drops line numbers, dereferences NULL if a key comes before any section, and ignores lines
that it cannot parse. Ours replaces it in parse_network_cfg.
*/
#include <stdarg.h>
#include "base/cfg.h"
#include "base/errors.h"
#include "base/input_file.h"
#include "base/memory.h"
#include "base/text.h"
#include "list.h"

/* Removes the comment and all white space from a line. */
static void squeeze(char *line)
{
    char *to = line;
    for (const char *from = line; *from && *from != '#' && *from != ';'; ++from)
        if (!strchr(" \t\r\v\f", *from)) *to++ = *from;
    *to = 0;
}

void cfg_add(cfg_section *s, const char *key, const char *value, int line)
{
    cfg_option *o = checked_calloc(1, sizeof *o);
    o->pair.key = copy_text(key);
    o->pair.val = copy_text(value);
    o->line = line;
    list_insert(s->options, o);
}

static void read_line(cfg_file *c, char *line, int number)
{
    squeeze(line);
    size_t n = strlen(line);
    if (!n) return;
    if (line[0] == '[') {
        if (n < 3 || line[n - 1] != ']') die("%s:%d: '%s': a section must be written [name]", c->file, number, line);
        c->sections = realloc(c->sections, ++c->n * sizeof *c->sections);
        if (!c->sections) die("%s:%d: out of memory", c->file, number);
        line[n - 1] = 0;
        c->sections[c->n - 1] = (cfg_section){.name = copy_text(line + 1), .line = number, .options = make_list()};
        return;
    }
    char *value = strchr(line, '=');
    if (!value || value == line || !value[1])
        die("%s:%d: '%s': expected [section] or key=value", c->file, number, line);
    if (!c->n) die("%s:%d: '%s' comes before any section; the first must be [net]", c->file, number, line);
    *value++ = 0;
    cfg_add(c->sections + c->n - 1, line, value, number);
}

/* Splits text, which is freed. */
static cfg_file *parse_text(const char *name, char *text)
{
    cfg_file *c = checked_calloc(1, sizeof *c);
    c->file = copy_text(name);
    char *line = text;
    if (!strncmp(line, "\xef\xbb\xbf", 3)) line += 3;
    for (int number = 1; line; ++number) {
        char *end = strchr(line, '\n');
        if (end) *end = 0;
        read_line(c, line, number);
        line = end ? end + 1 : 0;
    }
    free(text);
    if (!c->n) die("%s: has no sections; the first must be [net]", name);
    return c;
}

cfg_file *read_cfg_file(const char *file) { return parse_text(file, read_text_file(file, "a cfg file")); }

cfg_file *read_cfg_text(const char *name, const char *text)
{
    if (strlen(text) > LARGEST_TEXT) die("%s: larger than %d bytes: not a cfg", name, LARGEST_TEXT);
    return parse_text(name, copy_text(text));
}

void free_cfg(cfg_file *c)
{
    for (int i = 0; i < c->n; ++i) {
        for (node *o = c->sections[i].options->front; o; o = o->next) {
            free(((kvp *)o->val)->key);
            free(((kvp *)o->val)->val);
            free(o->val);
        }
        free_list(c->sections[i].options);
        free(c->sections[i].name);
    }
    free(c->sections);
    free(c->file);
    free(c);
}

cfg_option *cfg_find(const cfg_section *s, const char *key)
{
    for (node *o = s->options->front; o; o = o->next)
        if (!strcmp(((kvp *)o->val)->key, key)) return o->val;
    return 0;
}

void cfg_die(const cfg_file *c, const cfg_section *s, const char *key, const char *format, ...)
{
    char message[512];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    cfg_option *o = key ? cfg_find(s, key) : 0;
    if (!key) die("%s:%d: [%s]: %s", c->file, s->line, s->name, message);
    if (!o || !o->line) die("%s:%d: [%s] %s: %s", c->file, s->line, s->name, key, message);
    die("%s:%d: [%s] %s=%s: %s", c->file, o->line, s->name, key, o->pair.val, message);
}
