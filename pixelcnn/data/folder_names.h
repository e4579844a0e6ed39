/*
folder_names.h - what is in a folder of images, in an order.
*/
#pragma once

typedef struct {
    char **name;
    int n;
} name_list;

typedef enum {
    ORDER_BYTES,  // as strcmp: the same whatever the machine's language
    ORDER_NATURAL // numbers within names by their value: 2 before 10
} name_order;

int compare_names(const char *a, const char *b, name_order order);

/* The folder's sub-folders, or else its files. Dot-files are left out, as are the folders that systems put beside those of their
   users (__MACOSX, lost+found, ...). Exits 1 where the folder cannot be read, or where what has a picture's name is neither a
   file nor a folder. free_names frees them. */
name_list list_folder(const char *folder, int folders, name_order order);
void free_names(name_list l);

/* folder/name; free it. */
char *join_path(const char *folder, const char *name);

/* Whether a picture, by its name, is in the folder or in one up to `depth` levels below. */
int has_picture(const char *folder, int depth);

/* The names separated by commas, for a message; free it. */
char *names_as_text(name_list l);
