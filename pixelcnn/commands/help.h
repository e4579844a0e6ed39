/*
help.h - the help that the program prints, from the tables of its commands (options.h), and how the program calls itself there.
*/
#pragma once
#include "pixelcnn/commands/options.h"

/* Call first, with main's argv[0]: what the user types is what the help shows. */
void set_program_name(const char *argv0);

/* "./darknet pixelcnn", or "pixelcnn" where it was started under that name: what comes before a command. */
const char *program_name(void);

/* The program is installed under the name pixelcnn, too, for our commands only. */
int is_called_pixelcnn(void);

/* On stdout: one command's usage; all commands; those of ./darknet. */
void print_usage(const command_form *c);
void print_commands(void);
void print_darknet_help(void);
