/*
similar.h - what somebody may have meant who wrote a name that does not exist.
*/
#pragma once

/* How many letters must be inserted, deleted or replaced, or exchanged with their neighbour, to turn a into b; capitals count as
   small letters. Beyond 63 bytes the names count as 64 apart. */
int edit_distance(const char *a, const char *b);

/* The word that is most like the given one, or NULL if none is like it: at most a third of its letters are wrong, or one of
   the two begins with the other, in at least three letters. */
const char *most_similar(const char *word, const char *const *words, int n);

/* The path of something that exists and is named like the path, which does not exist: a wrong name in a folder, or in a folder
   that itself has a wrong name. suffix: what its name must end with, such as ".cfg"; "/": it must be a folder; "": any name.
   Returns NULL if there is none; free the result. */
char *similar_path(const char *path, const char *suffix);

/* The path of a file to write, whose folder does not exist, in a folder that does and is named like it. Returns NULL if the folder
   exists or none is like it; free the result. */
char *similar_output(const char *path);
