/*
state_layout.h - recomputes the hashes of a changed .state file.
*/
#pragma once
#include <string.h>
#include "pixelcnn/train/state_header.h"

/* Puts the lengths and hashes of the sections into h; they are where the header of a valid file says. */
static inline void rehash_sections(const unsigned char *file, size_t size, state_header *h, const void *right)
{
    state_header of;
    memcpy(&of, right, sizeof of);
    int first = of.version == 1;
    const file_mark *r = first ? of.v1.section : of.section;
    file_mark *m = first ? h->v1.section : h->section;
    for (size_t i = 0, at = sizeof *h; i < (size_t)(first ? NET_SECTIONS : SECTIONS); at += r[i++].bytes)
        if (r[i].bytes && at + r[i].bytes <= size) m[i] = (file_mark){r[i].bytes, XXH64(file + at, r[i].bytes, 0)};
}

/* Recomputes all hashes of a file as long as the valid one, as if it had been written like that. */
static inline void rehash_state(unsigned char *file, size_t size, const void *right)
{
    state_header h;
    memcpy(&h, file, sizeof h);
    rehash_sections(file, size, &h, right);
    h.hash = hash_of_header(&h);
    memcpy(file, &h, sizeof h);
}
