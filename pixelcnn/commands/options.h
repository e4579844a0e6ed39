/*
options.h - command lines in Darknet's style: single dashes, values after a space; unknown options are errors.
*/
#pragma once
#include <stdio.h>

typedef enum { OPTION_FLAG, OPTION_INT, OPTION_FLOAT, OPTION_TEXT } option_type;

typedef struct {
    const char *name; // with its dash and a placeholder: "-out FILE"
    option_type type;
    void *value; // int (flags too), double or const char *, with the default in it
    double lowest, highest;
    const char *meaning;
} option;

typedef struct {
    const char *name, *arguments, *summary; // as the usage shows them
    int least, most;                        // number of arguments
} command_form;

/* Reads options into their values and returns the arguments, NULL-padded up to c->most; free the array. argv starts after the
   command's name. Exits 1 with a line on a wrong option, with the usage when arguments are missing. */
const char **read_options(const command_form *c, const option *o, int noptions, int argc, char **argv);

int has_option(const char *name, int argc, char **argv);

/* Prints what CFG, DATA and the like mean, a line for each that is in the form. */
void explain_arguments(const char *form, FILE *to);

/* -help or --help. */
int is_help(const char *argument);

void print_usage(const command_form *c, const option *o, int noptions);
