/* help.h - prints the help, from the tables of the commands (options.h), and knows the program's name. */
#pragma once
#include "pixelcnn/commands/options.h"

/* Call first, with main's argv[0], so that the help shows what the user types. */
void set_program_name(const char *argv0);

/* What comes before a command: "./darknet pixelcnn", or "pixelcnn" if it was started under that name. */
const char *program_name(void);

/* Whether the program runs under the name pixelcnn, which has our commands only. */
int is_called_pixelcnn(void);

/* On stdout: one command's usage; all commands; those of ./darknet. */
void print_usage(const command_form *c);
void print_commands(void);
void print_darknet_help(void);
