/*
shipped.h - finds files that ship with the program, from any working folder: nets, weights, pages, scripts.
*/
#pragma once

/* The path of a file that ships, such as "cfg/fashion.cfg": the name itself if the working folder has it,
   else where it is in the source tree that the program was built in (build/NAME/darknet), or where make
   install puts it: in ../share/pixelcnn or ../share/doc/pixelcnn, as seen from the program's folder. NULL:
   not found. Never freed. */
const char *shipped_file(const char *file);
