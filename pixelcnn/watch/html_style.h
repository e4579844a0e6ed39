/*
html_style.h - how the report of a training looks.
*/
#pragma once

static const char html_style[] =
    ":root { --paper: #fff; --card: #f4f5f7; --ink: #21262d; --faint: #5c636e; --line: #dfe2e7; --blue: #296eb5;\n"
    "  --green: #2f7d3b; --red: #b9322f; }\n"
    "@media (prefers-color-scheme: dark) {\n"
    "  :root { --paper: #16181d; --card: #1f2229; --ink: #e8ebf0; --faint: #9aa1ae; --line: #31353e; --blue: #66a8f2;\n"
    "    --green: #6cc47a; --red: #fa7869; } }\n"
    "* { box-sizing: border-box; }\n"
    "body { margin: 0 auto; padding: 1.5rem 1rem 3rem; max-width: 76rem; color: var(--ink); background: var(--paper);\n"
    "  font: 1rem/1.5 system-ui, sans-serif; }\n"
    "header { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem 1rem; }\n"
    "h1 { margin: 0; font-size: 1.7rem; overflow-wrap: anywhere; }\n"
    "h2 { margin: 2.2rem 0 .6rem; font-size: 1.2rem; }\n"
    ".state { margin: 0; padding: .1rem .7rem; border: 1px solid; border-radius: 1rem; color: var(--blue); }\n"
    ".finished { color: var(--green); }\n"
    ".failed { color: var(--red); }\n"
    ".message { padding: .7rem 1rem; border-left: .25rem solid var(--red); background: var(--card); overflow-wrap: "
    "anywhere; }\n"
    "progress { width: 100%; height: .6rem; margin: 1rem 0 .5rem; accent-color: var(--blue); }\n"
    "dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr)); gap: .6rem; margin: 0; }\n"
    "dl div { padding: .5rem .8rem; border-radius: .5rem; background: var(--card); }\n"
    "dt { color: var(--faint); font-size: .85rem; }\n"
    "dd { margin: 0; font-size: 1.3rem; font-variant-numeric: tabular-nums; }\n"
    "small { color: var(--faint); font-size: .85rem; }\n"
    "figure { margin: 0; }\n"
    "figcaption { color: var(--faint); font-size: .9rem; }\n"
    "img { display: block; max-width: 100%; height: auto; }\n"
    ".chart img { width: 100%; border: 1px solid var(--line); border-radius: .5rem; }\n"
    ".sheets { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 15rem), 1fr)); gap: 1rem; }\n"
    ".sheets img { width: 100%; image-rendering: pixelated; border-radius: .3rem; }\n"
    ".field img { width: min(100%, 24rem); image-rendering: pixelated; }\n"
    "pre { overflow-x: auto; margin: 0; padding: 1rem; border-radius: .5rem; background: var(--card); font-size: "
    ".9rem; }\n"
    "footer { margin-top: 2.5rem; color: var(--faint); font-size: .9rem; }\n";
