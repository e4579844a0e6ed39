/*
options.h - command lines in Darknet's style: single dashes, values after a space; unknown options are errors.
*/
#ifndef OPTIONS_H
#define OPTIONS_H
#include <stdio.h>

typedef enum { OPTION_FLAG, OPTION_INT, OPTION_FLOAT, OPTION_TEXT } option_type;

typedef struct {
    const char *name; // with its dash
    option_type type;
    void *value; // int (flags and ints), double or const char *; holds the default before
    double lowest, highest;
    const char *meaning;
} option;

typedef struct {
    const char *name;      // of the command
    const char *arguments; // as the usage shows them
    const char *summary;
    int least, most; // arguments without dash
} command_form;

/* Reads options into their values and returns the arguments without dash, NULL-padded up to most. Exits 1 with
   one line where anything is wrong, and with the usage where arguments are missing. argv starts behind
   the command's name. */
const char **read_options(const command_form *c, const option *o, int noptions, int argc, char **argv);

/* Is that option on the command line? */
int has_option(const char *name, int argc, char **argv);

/* What CFG, DATA and the like mean, a line for each of them that is in the form. */
void explain_arguments(const char *form, FILE *to);

/* -help or --help. */
int is_help(const char *argument);

void print_usage(const command_form *c, const option *o, int noptions);

#endif
