/*
peak_memory.h - how much memory training takes.
*/
#ifndef PEAK_MEMORY_H
#define PEAK_MEMORY_H

/* Bytes: the most that a process held in memory which built the net of a cfg and trained it for three updates of
   `batch` random images. It is a child of this one and starts with what this one holds: call it first, and before
   the first thread. Exits 1 where that process failed. */
double peak_memory_of_training(const char *cfg, int batch);

#endif
