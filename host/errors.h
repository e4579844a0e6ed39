/*
errors.h - one way to fail: one line on stderr, exit status 1.
*/
#ifndef ERRORS_H
#define ERRORS_H

/* 1 while stderr stands in the middle of a line that a message must not be appended to. */
extern int stderr_line_open;

/* NULL, or what is called in place of exit; it must not return. For programs that go on, as the fuzz targets do. */
extern void (*die_hook)(int status);

void die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* The same with another exit status. */
void die_with(int status, const char *format, ...) __attribute__((format(printf, 2, 3), noreturn));

#endif
