/*
commands.h - the commands of `./darknet pixelcnn`; each gets the arguments that follow its name.
*/
#pragma once
#include "pixelcnn/commands/options.h"

extern const command_form train_form, sample_form, complete_form, eval_form, score_form, classify_form, check_form,
    bench_form, version_form;

void run_train(int argc, char **argv);
void run_sample(int argc, char **argv);
void run_complete(int argc, char **argv);
void run_eval(int argc, char **argv);
void run_score(int argc, char **argv);
void run_classify(int argc, char **argv);
void run_check(int argc, char **argv);
void run_bench(int argc, char **argv);
void run_version(int argc, char **argv);
