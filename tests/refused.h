/*
refused.h - helpers for the tests of bad input, which must be refused: exit status 1, a last line on stderr
that names the place, and nothing written. Each row of a table is a case; a test reports all failures of a
table before it fails.

Commands are shell lines. $DARKNET is the program. $CFG, $WEIGHTS and $DATA are valid, and so are $DROPOUT
($CFG with label dropout, for the same weights) and $PLAIN, $PLAIN_WEIGHTS and $RGB of a net for colours; $FEW
has nine images. A case damages $BAD, $BAD_WEIGHTS or $BAD_DATA. $EMPTY is an empty folder, $FULL a link to a
full disk, $SCRATCH the folder that contains all of these, and $OUT an empty folder that a refused command
must leave empty. A message must contain each part of "part & part". In cfg text '@' (removed) marks the line
that the message must name; comments such as #v1 give the cases something to replace.
*/
#pragma once
#include <stddef.h>
#include "tests/support.h"

#define TEXT 8192 // for the text of a damaged cfg
#define TRAIN "pixelcnn train $CFG $DATA -backup $OUT/b -seconds 2"
#define TRAIN_BAD "pixelcnn train $BAD $DATA -backup $OUT/b -seconds 2"
#define SAMPLE "pixelcnn sample $CFG $WEIGHTS -out $OUT/x.png"
#define EVAL "pixelcnn eval $CFG $WEIGHTS $DATA"
#define SMALL_DISK "ulimit -f 8; trap '' XFSZ;" // a write beyond 4 or 8 KiB fails
#define COUNT(table) (int)(sizeof(table) / sizeof *(table))

/* The cfgs $CFG and $PLAIN. GREY's layers: 0 label, 1 v1, 2 h1, 3 v2, 4 h2, 5 skip, 6 c1, 7 act, 8 c2, 9
   loss. */
extern const char GREY[], COLOUR[];

/* Those of the current test; need_world resets them. */
extern int cases, failures;

/* Call it at the start of every test: sets the paths and, the first time, creates data of several shapes, and
   weights by one update. */
void need_world(void);

/* The value of a command's variable: path_of("BAD"). */
const char *path_of(const char *variable);

/* Runs a command that must succeed. */
void shell(const char *command);

/* The last line of text, whose trailing newlines are removed. */
char *last_line(char *text);

/* Whether text contains each part of "part & part"; must_hold fails if it does not. */
int holds(const char *text, const char *parts);
void must_hold(const char *text, const char *parts);

/* Runs a command that must exit with that status. */
void run_to_status(run_result *r, int status, const char *command);

/* A case: a call of the library failed, and its error is one line that contains `says`. */
void call_refused(int failed, const char *error, const char *says);

/* Whether a command left anything in $OUT, or a temporary file. Empties $OUT. */
int left_something(void);

/* A case: `$DARKNET arguments` is refused with a message that contains `says`. `before` is a shell line that
   prepares the case; it may be NULL. A usage may be anywhere on stderr. */
void refused(const char *before, const char *arguments, const char *says);

/* A whole test: each of the n commands is refused. */
typedef struct {
    const char *arguments, *says, *before;
} bad_command;
void run_bad_commands(const bad_command *c, int n);
/* Call it at the end of every test: prints the number of cases, and fails if one failed. */
void report(void);

/* Writes `base`, with the n bytes at `at` replaced by `insert`, to text[TEXT]. Returns the line of the '@' in
   `insert`, which is removed, or 0. */
int splice_text(char *text, const char *base, const char *at, size_t n, const char *insert);

/* A case: training with text as $BAD is refused with a message that contains `says` and, unless it is 0,
   names the line. */
void cfg_refused(const char *text, int line, const char *says);

/* The first `from` in `base` becomes `to`. */
typedef struct {
    const char *base, *from, *to, *says;
} cfg_case;

/* A whole test: each of the n cfgs is refused. */
void run_cfg_cases(const cfg_case *c, int n);
