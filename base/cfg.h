/* cfg.h - a cfg file with its line numbers, and errors that name file, line, section and key. */
#pragma once
#include "darknet.h"
#include "option_list.h"

typedef struct {
    kvp pair; // first: Darknet's option functions see this member only
    int line;
} cfg_option;

typedef struct {
    char *name; // without the brackets
    int line;
    list *options; // of cfg_option
} cfg_section;

typedef struct {
    char *file;
    int n;
    cfg_section *sections;
} cfg_file;

/* Reads a cfg in Darknet's syntax: [section], key=value, comments from # or ; to the end of the line, white
   space ignored. CRLF and a byte order mark are accepted. Exits 1 on a syntax error. */
cfg_file *read_cfg_file(const char *file);

/* The same from text in memory, which messages call `name`. */
cfg_file *read_cfg_text(const char *name, const char *text);
void free_cfg(cfg_file *c);

/* The option with this key, or NULL. */
cfg_option *cfg_find(const cfg_section *s, const char *key);
void cfg_add(cfg_section *s, const char *key, const char *value, int line);

/* Prints "file:line: [section] key=value: message" and exits 1. key may be NULL. */
void cfg_die(const cfg_file *c, const cfg_section *s, const char *key, const char *format, ...)
    __attribute__((format(printf, 4, 5), noreturn));
