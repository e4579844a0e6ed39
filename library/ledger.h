/*
ledger.h - memory and files of the call of the library that is under way, so that they can be released when it fails.

The linker leads malloc, calloc, realloc, aligned_alloc, free, fopen and fclose in all objects of the library, Darknet's
too, to the __wrap_ functions of ledger.c (--wrap, see the Makefile). The program's objects are the same and do without.
*/
#pragma once

/* The call succeeded: what it has made stays. */
void ledger_keep(void);

/* The call failed: frees and closes all that it has made. */
void ledger_release(void);
