/* similar.h - suggestions: which existing name a misspelt one may have meant. */
#pragma once

/* How many letters must be inserted, deleted, replaced or swapped with their neighbour to turn a into b,
   ignoring case. Names of more than 63 bytes count as 64 apart. */
int edit_distance(const char *a, const char *b);

/* The word most similar to the given one, or NULL if none is similar: at most a third of its letters are
   wrong, or one of the two begins with the other, which has at least three letters, or the word abbreviates
   the other. */
const char *most_similar(const char *word, const char *const *words, int n);

/* The path of something that exists and has a name similar to that of `path`, which does not exist; the name
   of its folder may be misspelt too. suffix: what the name must end with, such as ".cfg"; "/": it must be a
   folder; "": any name. Returns NULL if there is none; free the result. */
char *similar_path(const char *path, const char *suffix);

/* The path of a file to write, whose folder does not exist, in a folder that does and is named like it.
   Returns NULL if the folder exists or none is like it; free the result. */
char *similar_output(const char *path);
