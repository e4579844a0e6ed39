/*
fuzz_names.c - fuzz target: files of class names. What is read and written again is read as the same names.
*/
#include <stdlib.h>
#include <string.h>
#include "pixelcnn/net/class_names.h"
#include "tests/fuzz/harness.h"

void prepare(void) {}

static void read_twice(void *file)
{
    int n, m;
    char **names = read_class_names(file, &n), *text = text_of_class_names(names, n);
    char **again = read_class_names(as_file(text, strlen(text)), &m);
    promise(m == n, "as many names are read again");
    for (int k = 0; k < n; ++k) promise(!strcmp(names[k], again[k]), "the same names are read again");
    free_class_names(again, m);
    free_class_names(names, n);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (attempt(read_twice, (void *)as_file(data, size))) must_be_empty();
    return 0;
}
