/* net_files.h - the nets that ship, by NAME: cfg/NAME.cfg and weights/NAME.weights (shipped.h). */
#pragma once

/* Whether a text can be the NAME of a net: without folder and suffix. */
int is_net_name(const char *text);

/* The file of a net: folder "cfg" and suffix ".cfg", or "weights" and ".weights". text: a NAME, a NAME with
   the suffix, or a path such as cfg/NAME.cfg, which is then found from any working folder. Returns NULL if
   there is none. Never freed. */
const char *file_of_net(const char *text, const char *folder, const char *suffix);

/* The NAMEs of the nets that ship, sorted, without Darknet's classifiers, which do not draw; their number in
   *n. Valid until the next call. */
const char *const *net_names(int *n);

/* A net with such a file whose NAME is similar to the text, which is a NAME or a path in the folder; NULL:
   none. */
const char *similar_net(const char *text, const char *folder, const char *suffix);

/* Weights that fit the cfg: those that ship under its name, those that training it wrote to backup/ or backup/NAME/, or
   others that ship. Returns NULL if there are none. Exits 1 if the cfg is invalid. Free it. */
char *weights_for(const char *cfg);

/* The cfg that ships under the weights' name, if they fit; NULL: none. Never freed. */
const char *cfg_for(const char *weights);
