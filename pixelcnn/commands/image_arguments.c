#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include "base/errors.h"
#include "base/input_file.h"
#include "base/memory.h"
#include "pixelcnn/commands/image_arguments.h"
#include "pixelcnn/pictures/picture.h"

image_arguments read_image_arguments(const char *const *a)
{
    image_arguments x = {.path = a};
    struct stat s;
    while (a[x.n] && is_loose_pictures(a[x.n])) ++x.n;
    x.loose = x.n > 0;
    if (a[x.n] && is_picture_name(a[x.n]) && stat(a[x.n], &s)) die_cannot_open(a[x.n], strerror(errno));
    if (!x.loose) x.n = 1;
    return x;
}

void need_no_more(const char *command, const image_arguments *x)
{
    const char *extra = x->path[x->n];
    if (extra && x->loose)
        die("pixelcnn %s: %s: neither a PNG or JPEG file nor a folder of them without sub-folders", command, extra);
    if (extra)
        die("pixelcnn %s: one argument too many: '%s'; only PNG and JPEG files and folders of them may be several",
            command, extra);
}

dataset load_images(const image_arguments *x, const network *net)
{
    return x->loose ? load_loose_pictures(x->path, x->n, net) : load_dataset(x->path[0], SPLIT_TEST, net);
}

named_path *name_inputs(const image_arguments *x, const named_path *more, int nmore)
{
    named_path *inputs = checked_calloc(x->n + nmore + 1, sizeof *inputs);
    for (int i = 0; i < x->n; ++i) inputs[i] = (named_path){x->path[i], x->path[i]};
    memcpy(inputs + x->n, more, nmore * sizeof *more);
    return inputs;
}
