/* folder_names.h - lists a folder of images, sorted. */
#pragma once

typedef struct {
    char **name;
    int n;
} name_list;

typedef enum {
    ORDER_BYTES,  // as strcmp: independent of the locale
    ORDER_NATURAL // numbers within names by value: 2 before 10
} name_order;

int compare_names(const char *a, const char *b, name_order order);

/* The folder's sub-folders (folders 1) or its files (0), without dot-files and without folders that systems
   create (__MACOSX, lost+found, ...). Exits 1 if the folder cannot be read, or if an entry with a picture's
   name is neither a file nor a folder. Free with free_names. */
name_list list_folder(const char *folder, int folders, name_order order);
void free_names(name_list l);

/* folder/name; free it. */
char *join_path(const char *folder, const char *name);

/* Whether the folder, or one up to `depth` levels below it, contains a file with a picture's name. */
int has_picture(const char *folder, int depth);

/* The names separated by commas, for a message; free it. */
char *names_as_text(name_list l);
