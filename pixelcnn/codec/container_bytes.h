/* container_bytes.h - the offsets of the fields of a .gpc header, and little-endian numbers; for container.c,
   read_container.c and tests only. */
#pragma once
#include "pixelcnn/codec/container.h"

enum { GPC_MAGIC = 8 };
extern const unsigned char gpc_magic[GPC_MAGIC];

/* Bytes in the header. */
enum {
    AT_VERSION = 8,     // 2
    AT_ARITHMETIC = 10, // 2
    AT_IMAGES = 12,     // 4
    AT_MEANING = 16,    // 8
    AT_WEIGHTS = 24,    // 8
    AT_HEIGHT = 32,     // 4
    AT_WIDTH = 36,      // 4
    AT_CHANNELS = 40,   // 1
    AT_LEVELS = 41,     // 1: less 1
    AT_LABELS = 42,     // 1
    AT_QUANTISED = 43,  // 1
    AT_IN_BLOCK = 44,   // 2
    AT_TOGETHER = 46,   // 2
    AT_CLASSES = 48,    // 4
    AT_CLASS = 52,      // 4
    AT_ZERO = 56,       // 4
    AT_CHECK = 60       // 4
};

/* Little-endian. */
void put_number(unsigned char *to, uint64_t x, int bytes);
uint64_t number_at(const unsigned char *from, int bytes);

/* The low half of the XXH64 of the header's bytes before AT_CHECK. */
uint32_t check_of_header(const unsigned char *header);

/* Bytes of the label that follows the header; 0: none. */
size_t label_bytes(const gpc_header *h);
