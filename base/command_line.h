/* command_line.h - the command line of this process. */
#pragma once

/* The words that the process was started with, whatever has happened to argv since; the last is NULL. Returns
   NULL if they cannot be read. One free of the result frees all of them. */
char **command_words(void);

/* All of them as one line for a shell; "" if they cannot be read. Free it. */
char *command_line(void);
