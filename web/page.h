/* page.h - what the page gives to C: functions of web/engine.js. */
#pragma once

#define FROM_PAGE(name) __attribute__((import_module("page"), import_name(name)))

/* Throws an exception with this line; ends everything that runs in C. */
FROM_PAGE("fail") void fail_in_page(const char *line) __attribute__((noreturn));

/* A drawing begins row `row` of its images; those above it are complete. */
FROM_PAGE("row") void row_begins_in_page(int row);

/* A value of that row, drawn or given, as the net's input: 0 to 1. */
FROM_PAGE("value") void value_drawn_in_page(int image, int column, int colour, float x);
