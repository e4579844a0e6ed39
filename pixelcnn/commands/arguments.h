/* arguments.h - the arguments of a command: replaces NAMEs of nets by files, and reports arguments that are
   missing or in the wrong place. */
#pragma once
#include "pixelcnn/commands/options.h"

/* given[n], NULL-padded up to c->most. CFG and WEIGHTS may be the NAME of a net that ships (net_files.h);
   after a NAME as CFG, WEIGHTS may be omitted. A form that starts with [CFG takes the default net if there
   are no arguments. What a form calls CFG, WEIGHTS, DATA or IMAGES must exist and be of that kind; otherwise
   exits 1 with a line that names the argument and what to write. Returns the number of arguments, which may
   have grown. */
int complete_arguments(const command_form *c, const char **given, int n);

/* The same for CFG WEIGHTS as the values of an option of the command, from the NULL-terminated list `text`,
   of which text[0] exists. Sets both. Returns how many words it took: 1 if a NAME gives both. */
int complete_net_pair(const command_form *c, const option *o, char **text, const char *pair[2]);

/* Exits 1 if some of the n words, with a space between each two, are an existing path: it lacks quotes. */
void need_quotes(const command_form *c, const char *const *words, int n);
