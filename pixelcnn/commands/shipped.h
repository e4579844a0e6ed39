/*
shipped.h - files that come with the program: nets, weights, pages, scripts. They are found from any working folder.
*/
#pragma once

/* The path of a file that ships, such as "cfg/fashion.cfg": the name itself if the working folder has it, else where it is in
   the source tree that the program was built in (build/NAME/darknet), or where make install puts it: in ../share/pixelcnn or
   ../share/doc/pixelcnn, as seen from the program's folder. NULL: nowhere. Never freed. */
const char *shipped_file(const char *file);
