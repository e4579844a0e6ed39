/*
found_files.h - finds files of a folder by name. Unlike glob, it takes a folder whose own name contains any
character.
*/
#pragma once

/* Calls found(of, name) for each entry of the folder whose name fits the pattern (fnmatch), in no order; name is without the
   folder. A folder that cannot be opened has none. */
void find_files(const char *folder, const char *pattern, void (*found)(void *of, const char *name), void *of);
