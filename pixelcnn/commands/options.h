/*
options.h - the arguments and options of commands, as tables from which parsing, help, the manual page and
bash completion follow.

Options have Darknet's style: a single dash, the value after a space. --option and -option=value are
understood too.
*/
#pragma once

typedef enum { OPTION_FLAG, OPTION_INT, OPTION_FLOAT, OPTION_TEXT, OPTION_PAIR } option_type;

typedef struct {
    const char *name; // with its dash and its value: "-out FILE" (see below)
    option_type type;
    void *value; // int (flags too), double, const char *, for a pair const char *[2]; has the default
    double lowest, highest;
    const char *meaning;
} option;

/* The value of an option is a word in capitals (FILE and DIR are completed as such), or a list of the values
   allowed: "-only training|sampling". A word in capitals in the list allows any other text: "-resume
   auto|none|FILE". A pair takes two values, a net: "-against CFG WEIGHTS". */

typedef struct {
    const char *name, *arguments, *summary; // as the help shows them
    int least, most;                        // number of arguments
    const option *options;
    int noptions;
    void (*run)(const char **arguments); // with the options in place; arguments NULL-padded up to `most`
    const char *example;                 // arguments and options, for a built tree with MNIST in data/mnist
    int shared;                          // 1: ranks share its work (base/ranks.h); main starts and ends them
} command_form;

/* A table and its length, for a command_form. */
#define WITH(table) .options = table, .noptions = sizeof(table) / sizeof *(table)

/* Turns --option into -option in argv, up to a "--", after which everything is an argument. */
void accept_double_dashes(int argc, char **argv);

/* Reads options into their values and returns the arguments, NULL-padded up to c->most + 1; free the array.
   argv starts after the command's name. Returns NULL if the help was requested; it has been printed. Exits 1
   with one line if an option is wrong or arguments are missing. */
const char **read_options(const command_form *c, int argc, char **argv);

/* Whether the last read_options found the option, such as "-seed". */
int is_given(const char *name);

/* -h, -help or --help. */
int is_help(const char *argument);

/* The option of this name, "-seed", or NULL. */
const option *option_named(const command_form *c, const char *name);

/* The length of an option's name, without what it takes. */
int option_name_length(const option *o);
