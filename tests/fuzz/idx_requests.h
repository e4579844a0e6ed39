/*
idx_requests.h - an IDX file read as all that the project reads from IDX files.
*/
#pragma once
#include <stddef.h>

/* As images, class labels and label vectors. bytes: of its content; 0: not known. */
void read_as_each(const char *file, size_t bytes);
