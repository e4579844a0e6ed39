/*
argument_slots.h - what each argument of a command line must be, from the command's form; for arguments.c.
*/
#pragma once
#include "pixelcnn/commands/file_kind.h"
#include "pixelcnn/commands/options.h"

/* What a form expects at one place. */
typedef enum {
    SLOT_ANY,
    SLOT_CFG,
    SLOT_WEIGHTS,
    SLOT_DATA,
    SLOT_DATA_OR_IMAGES,
    SLOT_DIR,
    SLOT_COMPRESSED,
    SLOT_NETS
} slot;

enum { MOST_WORDS = 8 };

typedef struct {
    const command_form *c;
    const char *option; // the option whose values these are; "": the command's own arguments
    const char **a;     // arguments
    int n;              // of them
    int need;           // the least number of arguments
    struct {
        slot slot;
        char text[24];
    } words[MOST_WORDS]; // of the form
    int nwords;          // without NETS
    int nets_at;         // the first argument of NETS, any number of CFG WEIGHTS
} command_line;

/* Reads c->arguments. The last word before NETS applies to all further arguments. */
void read_form(command_line *l);

/* Replaces NAMEs of nets by files, and takes the default net if a form starts with [CFG and nothing is
   given. */
void name_files(command_line *l);

/* How many words of the NULL-terminated text are CFG WEIGHTS: 1 if a NAME gives both, or if only an option
   follows. */
int words_of_net(char **text);

slot slot_at(const command_line *l, int i);
const char *word_at(const command_line *l, int i); // of the form
int has_nets(const command_line *l);

int fits_slot(slot s, file_kind k);
const char *wanted_in(slot s); // such as "a cfg", for a message
