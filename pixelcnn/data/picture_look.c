/* What the files of a picture data set are like: look_at_data in dataset.h. */
#include <stdlib.h>
#include "pixelcnn/data/dataset_formats.h"
#include "pixelcnn/data/picture_list.h"
#include "pixelcnn/pictures/compose.h"

enum {
    MOST_READ = 64,      // pictures, evenly from all
    COLOUR = 24,         // by which red, green and blue of a coloured pixel differ at least
    COLOURED_PART = 1000 // a picture has colours if more than one pixel in this many is coloured
};

static int is_coloured(const decoded_picture *d)
{
    size_t n = (size_t)d->h * d->w, coloured = 0;
    for (size_t i = 0; i < n; ++i) {
        const unsigned char *p = d->samples + 3 * i;
        int most = p[0] > p[1] ? p[0] : p[1], least = p[0] < p[1] ? p[0] : p[1];
        if (p[2] > most) most = p[2];
        if (p[2] < least) least = p[2];
        coloured += most - least >= COLOUR;
    }
    return coloured > n / COLOURED_PART;
}

static int by_number(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }

/* Smallest, median and largest of n, which are sorted. */
static void take_sides(int *side, int n, int *smallest, int *median, int *largest)
{
    qsort(side, n, sizeof *side, by_number);
    *smallest = side[0];
    *median = side[n / 2];
    *largest = side[n - 1];
}

static void look_at_files(data_look *l, const picture_list *list)
{
    int n = list->n < MOST_READ ? list->n : MOST_READ, heights[MOST_READ], widths[MOST_READ];
    l->c = 1;
    for (int i = 0; i < n; ++i) {
        const char *path = list->file[(long long)i * list->n / n].path;
        decoded_picture d = decode_picture(path, 1);
        heights[i] = oriented_height(&d);
        widths[i] = oriented_width(&d);
        int bytes = compose_picture(path, &d, 3);
        l->values += mark_values(l->seen, d.samples, (size_t)d.h * d.w * bytes);
        if (bytes == 3 && is_coloured(&d)) l->c = 3;
        free(d.samples);
    }
    take_sides(heights, n, l->smallest, &l->h, l->largest);
    take_sides(widths, n, l->smallest + 1, &l->w, l->largest + 1);
    l->sizes_differ = l->smallest[0] != l->largest[0] || l->smallest[1] != l->largest[1];
}

/* One class is none. */
void look_at_pictures(data_look *l, const char *folder)
{
    int classes = count_class_folders(folder);
    if (classes < 2) classes = 0;
    picture_list list = list_pictures(folder, SPLIT_TRAIN, classes, 0);
    l->images = list.n;
    l->classes = classes;
    look_at_files(l, &list);
    for (int i = 0; i < list.n; ++i) free(list.file[i].path);
    free(list.file);
    free_names(list.classes);
}
