#!/usr/bin/env python3
"""A notebook with outputs from a script of `# %%` cells: notebook.py SCRIPT.py NOTEBOOK.ipynb

Runs the cells in one process, in order, in the working folder, and stores what each prints and the value of its last expression, as
Jupyter shows it: a PNG where it has one (_repr_png_), and its repr. The text of a `# %%` line becomes a cell of text. A cell that
fails ends it, and no notebook is written.

    notebook.py -check SCRIPT.py NOTEBOOK.ipynb     are the notebook's cells those of the script?
"""
import ast
import base64
import contextlib
import io
import json
import os
import sys


def split_cells(source):
    """[(text, code)]: of the script's docstring, then of each cell."""
    head, *cells = source.split("\n# %%")
    return [(ast.get_docstring(ast.parse(head)), "")] + [
        (text.strip(), code.strip("\n")) for text, _, code in (cell.partition("\n") for cell in cells)]


def run_cell(code, names):
    """What it prints, and the value of its last expression or None."""
    tree = ast.parse(code)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    printed, value = io.StringIO(), None
    with contextlib.redirect_stdout(printed):
        exec(compile(tree, "cell", "exec"), names)
        if last:
            value = eval(compile(ast.Expression(last.value), "cell", "eval"), names)
    return printed.getvalue(), value


def outputs(printed, value, number):
    if printed:
        yield {"output_type": "stream", "name": "stdout", "text": printed.splitlines(True)}
    if value is not None:
        data = {"text/plain": repr(value).splitlines(True)}
        if hasattr(value, "_repr_png_"):
            data["image/png"] = base64.b64encode(value._repr_png_()).decode()
        yield {"output_type": "execute_result", "execution_count": number, "metadata": {}, "data": data}


def make_notebook(cells):
    made, names = [], {"__name__": "__main__"}
    for number, (text, code) in enumerate(cells):
        made.append({"cell_type": "markdown", "id": f"text-{number}", "metadata": {}, "source": text.splitlines(True)})
        if code:
            shown = list(outputs(*run_cell(code, names), number))
            made.append({"cell_type": "code", "id": f"code-{number}", "metadata": {}, "execution_count": number,
                         "source": code.splitlines(True), "outputs": shown})
    return {"cells": made, "nbformat": 4, "nbformat_minor": 5,
            "metadata": {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
                         "language_info": {"name": "python"}}}


def check(cells, path):
    """Lines that say what differs."""
    with open(path, encoding="utf-8") as f:
        book = json.load(f)
    wanted = [part for cell in cells for part in cell if part]
    found = ["".join(cell["source"]) for cell in book["cells"]]
    if wanted != found:
        at = next((i for i, pair in enumerate(zip(wanted, found)) if pair[0] != pair[1]), min(len(wanted), len(found)))
        yield f"{path}: cell {at} is not that of the script; run scripts/notebook.py"
    for cell in book["cells"]:
        if cell["cell_type"] == "code" and not cell["outputs"] and ("print(" in "".join(cell["source"])):
            yield f"{path}: {cell['id']} prints, and has no output"


def main(arguments):
    checks = arguments[:1] == ["-check"]
    if len(arguments) != 2 + checks:
        sys.exit(__doc__)
    script, path = arguments[-2:]
    with open(script, encoding="utf-8") as f:
        cells = split_cells(f.read())
    if checks:
        wrong = list(check(cells, path))
        print("\n".join(wrong), end="\n" if wrong else "")
        return len(wrong) > 0
    book = make_notebook(cells)
    with open(path + ".tmp", "w", encoding="utf-8") as f:
        json.dump(book, f, indent=1, ensure_ascii=False)
        f.write("\n")
    os.replace(path + ".tmp", path)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
