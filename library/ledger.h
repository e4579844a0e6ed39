/*
ledger.h - records the memory and files of the current library call, so that they can be released if it fails.

The linker redirects malloc, calloc, realloc, aligned_alloc, free, fopen and fclose in all objects of the
library, including Darknet's, to the __wrap_ functions of ledger.c (--wrap, see the Makefile). The program
uses the same objects without the redirection.
*/
#pragma once

/* The call succeeded: keeps what it has allocated and opened. */
void ledger_keep(void);

/* The call failed: frees and closes everything that it has allocated and opened. */
void ledger_release(void);
