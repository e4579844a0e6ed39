/*
cfg_keys.h - every key that a net with our layers may have: type, range, default, meaning.
*/
#ifndef CFG_KEYS_H
#define CFG_KEYS_H
#include "pixelcnn/net/cfg.h"

typedef enum { KEY_INT, KEY_FLOAT, KEY_WORD, KEY_LAYER, KEY_LAYERS, KEY_INTS, KEY_FLOATS } key_type;

typedef struct {
    const char *section, *key;
    key_type type;
    double lowest, highest; // numbers
    int below;              // 1: less than highest, not equal
    const char *words;      // KEY_WORD: the allowed ones, "a|b"
    const char *standard;   // the default; "" required; NULL: absent means something (see meaning)
    const char *meaning;
} cfg_key;

extern const cfg_key cfg_keys[];
extern const int cfg_nkeys;

/* Exits 1 unless every key of the section is known there and its value of the right type and range and no
   key stands twice or is missing; then adds the defaults. */
void check_keys(const cfg *c, cfg_section *s);

#endif
