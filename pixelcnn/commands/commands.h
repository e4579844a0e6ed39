/* commands.h - the commands of `./darknet pixelcnn`. */
#pragma once
#include "pixelcnn/commands/options.h"

extern const command_form new_form, convert_form, train_form, sample_form, complete_form, eval_form, score_form,
    classify_form, compress_form, decompress_form, check_form, bench_form, nets_form, version_form, help_form,
    completion_form;

/* In the order in which the help lists them. */
extern const command_form *const commands[];
extern const int ncommands;

/* Darknet's own, with a space before and after each. */
extern const char stock_commands[];

/* NULL: there is none of this name. */
const command_form *find_command(const char *name);

/* Exits 1, and says which command may have been meant. */
void die_unknown_command(const char *name) __attribute__((noreturn));
