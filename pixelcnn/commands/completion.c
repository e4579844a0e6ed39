#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include "pixelcnn/commands/commands.h"
#include "pixelcnn/commands/net_files.h"
#include "pixelcnn/commands/standard_streams.h"

/* After the tables. command is "" until a command has been typed. */
static const char head[] = "# Completion for bash, written by `pixelcnn completion`.\n"
                           "_pixelcnn()\n"
                           "{\n"
                           "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} "
                           "second=${COMP_WORDS[COMP_CWORD-2]}\n"
                           "    local command= options= words= takes= nets= i\n"
                           "    local ours=0\n"
                           "    [[ ${COMP_WORDS[0]##*/} = pixelcnn* ]] && ours=1\n"
                           "    for ((i = 1; i < COMP_CWORD && ! ${#command}; ++i)); do\n"
                           "        case ${COMP_WORDS[i]} in\n"
                           "            -i) ((++i)) ;;\n"
                           "            -*) ;;\n"
                           "            pixelcnn) if ((ours)); then command=pixelcnn; else ours=1; fi ;;\n"
                           "            *) command=${COMP_WORDS[i]} ;;\n"
                           "        esac\n"
                           "    done\n";

static const char tail[] =
    "    if [[ $takes = CFG || $takes = WEIGHTS ]]; then\n"
    "        compopt -o filenames 2>/dev/null\n"
    "        mapfile -t COMPREPLY < <(compgen -f -X \"!*.${takes,,}\" -- \"$word\"; compgen -d -- \"$word\"; compgen "
    "-W "
    "\"$nets\" -- \"$word\")\n"
    "    elif [[ $takes = FILE || ( ! $takes && ! $words && $word != -* ) ]]; then\n"
    "        compopt -o filenames 2>/dev/null\n"
    "        mapfile -t COMPREPLY < <(compgen -f -- \"$word\"; compgen -W \"$words $nets\" -- \"$word\")\n"
    "    elif [[ $takes = DIR ]]; then\n"
    "        compopt -o filenames 2>/dev/null\n"
    "        mapfile -t COMPREPLY < <(compgen -d -- \"$word\")\n"
    "    elif [[ ! $takes && $word = -* ]]; then\n"
    "        mapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$word\")\n"
    "    else\n"
    "        mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
    "    fi\n"
    "}\n"
    "complete -F _pixelcnn pixelcnn darknet\n";

/* The names of all commands. */
static void print_names(const char *before, const char *after)
{
    printf("%s", before);
    for (int i = 0; i < ncommands; ++i) printf("%s%s", i ? " " : "", commands[i]->name);
    printf("%s", after);
}

static void print_options(const command_form *c)
{
    printf("            options='-h -help -v -i -nogpu -tf32 -deterministic");
    for (int i = 0; i < c->noptions; ++i) printf(" %.*s", option_name_length(c->options + i), c->options[i].name);
    printf("'\n");
}

/* The values to complete after an option's name: FILE, DIR, or words, possibly none; for a pair its first
   value. */
static void print_value(const option *o)
{
    const char *value = o->name + option_name_length(o), *takes = "TEXT";
    if (o->type == OPTION_FLAG) return;
    if (o->type == OPTION_PAIR) {
        printf("                %.*s) takes=CFG ;;\n", option_name_length(o), o->name);
        return;
    }
    if (strstr(value, "FILE")) takes = "FILE";
    if (strstr(value, "DIR")) takes = "DIR";
    printf("                %.*s) takes=%s words='", option_name_length(o), o->name, takes);
    for (const char *at = value; *at;) {
        size_t n = strcspn(++at, "|");
        if (!isupper((unsigned char)*at)) printf("%.*s ", (int)n, at);
        at += n;
    }
    printf("' ;;\n");
}

/* The second value of a pair. After the NAME of a net, which is enough by itself, anything may follow. */
static void print_second_values(const command_form *c)
{
    for (int i = 0; i < c->noptions; ++i)
        if (c->options[i].type == OPTION_PAIR)
            printf("            [[ $second != %.*s || \" $nets \" = *\" $before \"* ]] || takes=WEIGHTS\n",
                   option_name_length(c->options + i), c->options[i].name);
}

static void print_command(const command_form *c)
{
    printf("        %s)\n", c->name);
    print_options(c);
    if (strstr(c->arguments, "CFG")) {
        int n;
        const char *const *names = net_names(&n);
        printf("            nets='");
        for (int i = 0; i < n; ++i) printf("%s%s", i ? " " : "", names[i]);
        printf("'\n");
    }
    if (!strcmp(c->arguments, "[COMMAND]")) print_names("            words='", "'\n");
    printf("            case $before in\n");
    for (int i = 0; i < c->noptions; ++i) print_value(c->options + i);
    printf("            esac\n");
    print_second_values(c);
    printf("            ;;\n");
}

static void run_completion(const char **a)
{
    (void)a;
    need_stdout("completion", 1);
    fputs(head, stdout);
    printf("    case $command in\n");
    printf("        '')\n            options='-h -help -version'\n");
    print_names("            if ((ours)); then words='", "'\n");
    printf("            else words='pixelcnn version help%s'; fi ;;\n", stock_commands);
    for (int i = 0; i < ncommands; ++i) print_command(commands[i]);
    printf("    esac\n");
    fputs(tail, stdout);
}

const command_form completion_form = {.name = "completion",
                                      .arguments = "",
                                      .summary = "print a script that completes command lines in bash",
                                      .run = run_completion,
                                      .example = ">completion.bash"};
