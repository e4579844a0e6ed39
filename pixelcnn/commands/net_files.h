/*
net_files.h - the nets that ship, by NAME: cfg/NAME.cfg and weights/NAME.weights (shipped.h).
*/
#pragma once

/* Whether a text may be the NAME of a net: no folder, no suffix. */
int is_net_name(const char *text);

/* The file of a net: folder "cfg" and suffix ".cfg", or "weights" and ".weights". text: a NAME, a NAME with the suffix, or a path
   such as cfg/NAME.cfg, which is then found from any working folder. Returns NULL if there is none. Never freed. */
const char *file_of_net(const char *text, const char *folder, const char *suffix);

/* The NAMEs of the nets that ship, sorted; their number in *n. Valid until the next call. */
const char *const *net_names(int *n);

/* The NAME of a net that has such a file and is named almost like the text, a NAME or a path in the folder; NULL: there is none. */
const char *similar_net(const char *text, const char *folder, const char *suffix);

/* Weights that belong to the cfg: those that ship under its name, those that a training of it wrote to backup/, or others that
   ship. Returns NULL if there are none. Exits 1 if the cfg is wrong. Free it. */
char *weights_for(const char *cfg);

/* The cfg that ships under the name of the weights, if they fit; NULL: none. Never freed. */
const char *cfg_for(const char *weights);
