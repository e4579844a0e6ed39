/*
errors.h - one way to fail: one line on stderr, exit status 1.
*/
#ifndef ERRORS_H
#define ERRORS_H

void die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

#endif
