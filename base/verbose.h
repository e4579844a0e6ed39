/* verbose.h - how much is printed on stderr. */
#pragma once

/* 1: the table of a net's layers, and what is loaded. The library, tests and stock commands leave it at 1;
   our commands set it to 0, except train, and -v sets it to 1. */
extern int verbose;
