/* state_header.h - the header of a .state file, for state.c and for tests that change what its hashes
   protect. */
#pragma once
#include <stddef.h>
#include "base/atomic_file.h"

enum { NET_SECTIONS = 4, SECTIONS }; // of version 1, of version 2

/* Both versions begin alike and have the same length. */
typedef struct {
    char magic[8];
    uint32_t version, sections;
    uint64_t bytes; // of the file
    union {
        struct {
            uint64_t meaning, schedule;
            file_mark weights, section[NET_SECTIONS];
        } v1;
        struct {
            file_mark weights, section[SECTIONS];
        };
    };
    uint64_t hash; // of all before it
} state_header;

static inline uint64_t hash_of_header(const state_header *h) { return XXH64(h, offsetof(state_header, hash), 0); }
