#!/usr/bin/env python3
"""Turns a .cu file into C++ for the emulator, line for line: translate.py IN.cu OUT.cc

    kernel<<<grid, block, ...>>>(arguments)  ->  cuemu::launch("kernel", __FILE__, __LINE__, kernel, grid, block, ...)(arguments)
    __shared__ float a[N][M];                ->  a reference to memory that all threads of a block see
    extern __shared__ float b[];             ->  a pointer to the launch's dynamic shared memory

The rest is left to include/cuemu_kernel.h. What it cannot translate is an error.
"""
import re
import sys

NAME = r"[A-Za-z_]\w*"
ALIGN = r"(?:__align__\s*\(\s*\d+\s*\)\s*)?"
DYNAMIC = re.compile(rf"\bextern\s+__shared__\s+{ALIGN}({NAME}(?:\s+{NAME})*)\s+{ALIGN}({NAME})\s*\[\s*\]\s*;")
STATIC = re.compile(rf"\b(?:static\s+)?__shared__\s+{ALIGN}({NAME}(?:\s+{NAME})*)\s+({NAME})\s*((?:\[[^;\]]*\]\s*)*);")
COMMENT_OR_STRING = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def blank(text):
    """The text with comments and strings blanked: the same length, the same lines."""
    return COMMENT_OR_STRING.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)


def die(path, text, at, what):
    sys.exit(f"{path}:{text.count(chr(10), 0, at) + 1}: {what}")


def kernel_start(text, end):
    """Where the name of the kernel that ends before `end` starts: name, ns::name or name<arguments>."""
    at = len(text[:end].rstrip())
    if text[at - 1] == ">":
        depth = 0
        while at > 0:
            at -= 1
            depth += (text[at] == ">") - (text[at] == "<")
            if depth == 0:
                break
    return re.search(r"[\w:]*\s*$", text[:at]).start()


def configuration_end(text, at):
    """Where the >>> stands that closes the <<< before `at`."""
    depth = 0
    while at < len(text):
        depth += (text[at] in "([{") - (text[at] in ")]}")
        if depth == 0 and text.startswith(">>>", at):
            return at
        at += 1
    return -1


def translate_launches(path, text):
    while True:
        plain = blank(text)
        at = plain.find("<<<")
        if at < 0:
            return text
        start, end = kernel_start(plain, at), configuration_end(plain, at + 3)
        kernel = " ".join(plain[start:at].split())
        if not kernel or end < 0 or not plain[end + 3 :].lstrip().startswith("("):
            die(path, text, at, "a <<< that is no launch the emulator knows")
        lines = "\n" * plain.count("\n", start, at)
        quoted = kernel.replace('"', "'")
        text = f'{text[:start]}cuemu::launch("{quoted}", __FILE__, __LINE__, {kernel}, {lines}{text[at + 3 : end]}){text[end + 3 :]}'


def translate_shared(path, text):
    def dynamic(m):
        return f"{m[1]} *{m[2]} = cuemu::dynamic_shared<{m[1]}>();" + "\n" * m[0].count("\n")

    def static(m):
        kind = f"cuemu_type_of_{m[2]}"
        return (
            f"typedef {m[1]} {kind}{m[3]}; {kind} &{m[2]} = cuemu::shared<{kind}>([] {{}});" + "\n" * (m[0].count("\n") - m[3].count("\n"))
        )

    for pattern, replace in (DYNAMIC, dynamic), (STATIC, static):
        while m := pattern.search(blank(text)):
            text = text[: m.start()] + replace(m) + text[m.end() :]
    left = re.search(r"\b__shared__\b", blank(text))
    if left:
        die(path, text, left.start(), "a __shared__ that the emulator does not know: one variable a line, no initialiser")
    return text


def main():
    source, target = sys.argv[1:]
    text = open(source, encoding="utf-8").read()
    text = translate_launches(source, translate_shared(source, text))
    with open(target, "w", encoding="utf-8") as out:
        out.write(f'#line 1 "{source}"\n{text}')


main()
