#include <stdio.h>
#include <string.h>
#include "base/errors.h"
#include "base/similar.h"
#include "pixelcnn/commands/commands.h"
#include "pixelcnn/commands/help.h"

const command_form *const commands[] = {&new_form,      &convert_form,    &train_form, &sample_form,
                                        &complete_form, &eval_form,       &score_form, &classify_form,
                                        &compress_form, &decompress_form, &check_form, &bench_form,
                                        &nets_form,     &version_form,    &help_form,  &completion_form};
const int ncommands = sizeof commands / sizeof *commands;

const char stock_commands[] = " average yolo super lsd detector detect cifar go rnn coco classify classifier regressor "
                              "isegmenter segmenter art tag 3d test nightmare rgbgr reset denormalize statistics "
                              "normalize rescale ops speed oneoff oneoff2 print partial visualize mkimg imtest ";

const command_form *find_command(const char *name)
{
    for (int i = 0; i < ncommands; ++i)
        if (!strcmp(commands[i]->name, name)) return commands[i];
    return 0;
}

void die_unknown_command(const char *name)
{
    const char *names[sizeof commands / sizeof *commands];
    char all[512] = "";
    for (int i = 0; i < ncommands; ++i) {
        names[i] = commands[i]->name;
        snprintf(all + strlen(all), sizeof all - strlen(all), " %s", names[i]);
    }
    const char *meant = most_similar(name, names, ncommands);
    if (meant) die("pixelcnn: unknown command '%s'; did you mean %s?", name, meant);
    die("pixelcnn: unknown command '%s'; commands are:%s (%s help explains them)", name, all, program_name());
}
