/* found_files.h - finds files of a folder by name. Unlike glob, it takes a folder whose own name contains any
   character. */
#pragma once

/* Calls found(context, name) for each entry of the folder whose name matches the pattern (fnmatch), in no
   particular order; name does not include the folder. A folder that cannot be opened has no entries. */
void find_files(const char *folder, const char *pattern, void (*found)(void *context, const char *name), void *context);
