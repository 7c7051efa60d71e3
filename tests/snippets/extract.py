#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Turns every ```cpp block of Markdown files into a C++ file that can be compiled.

usage: extract.py SOURCE_FOLDER OUTPUT_FOLDER FILE.md...

Block number N of docs/blocks.md becomes OUTPUT_FOLDER/docs_blocks_N.cpp; compilers name the Markdown file and
line in their messages. Prints one line for each: its name, then "compile", or "run" where it has a main.

A comment on the line before a block says what the reader does not need to see:

    <!-- snippet: prelude=NAME -->   tests/snippets/NAME.hpp goes first
    <!-- snippet: continues -->      the blocks above it in the same file, back to the last one without this
                                     word, go first (statements go before statements)
    <!-- snippet: statements -->     the block is the inside of a function
    <!-- snippet: run -->            the same, and the function is run, from the source folder

Words combine: <!-- snippet: continues run -->. A block that includes nothing starts with plait/plait.hpp.
A block with a main is run, too. Shell blocks are not touched, nor blocks that belong to the reader's project, which
project.py builds: <!-- project: file=main.cpp -->.
"""
import pathlib
import re
import sys
import textwrap

BLOCK = re.compile(r"^(?:[ \t]*<!--\s*(?P<kind>snippet|project):(?P<words>[^>]*?)-->[ \t]*\n)?"
                   r"(?P<indent>[ \t]*)```(?:cpp|c\+\+)[ \t]*\n(?P<code>.*?)^(?P=indent)```", re.MULTILINE | re.DOTALL)
INCLUDE = re.compile(r"^\s*#\s*include\b.*\n", re.MULTILINE)
MAIN = re.compile(r"\bint\s+main\s*\(")
WORDS = {"continues", "statements", "run"}


class Page:
    """The blocks of one Markdown file, in order. A block that continues keeps what is above it."""

    def __init__(self, path):
        self.path = path
        self.declarations = ""
        self.statements = ""

    def located(self, code, line):
        """The code, in such a form that a compiler's message names its place in the Markdown file."""
        return f'#line {line} "{self.path}"\n{code}'

    def snippet(self, words, code, line):
        """The C++ file of the next block."""
        unknown = [word for word in words if word not in WORDS and not word.startswith("prelude=")]
        if unknown:
            return f'#error "{self.path}:{line}: unknown snippet word {unknown[0]}"\n'
        if "continues" not in words:
            self.declarations = self.statements = ""
        for word in words:
            if word.startswith("prelude="):
                self.declarations += f'#include "{word.removeprefix("prelude=")}.hpp"\n'
        if not INCLUDE.search(self.declarations + code):
            self.declarations += '#include "plait/plait.hpp"\n'
        if "statements" not in words and "run" not in words:
            self.declarations += self.located(code, line)
            return self.declarations
        self.declarations += "".join(INCLUDE.findall(code))
        self.statements += self.located(INCLUDE.sub("\n", code), line)
        function = "int main()" if "run" in words else "void snippet()"
        return f"{self.declarations}{function} {{\n{self.statements}}}\n"


def snippets(path, text):
    page = Page(path)
    for block in BLOCK.finditer(text):
        if block["kind"] == "project":
            continue
        line = text.count("\n", 0, block.start("code")) + 1
        words = (block["words"] or "").split()
        yield page.snippet(words, textwrap.dedent(block["code"]), line)


def main(arguments):
    if len(arguments) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    root, output = pathlib.Path(arguments[0]), pathlib.Path(arguments[1])
    output.mkdir(parents=True, exist_ok=True)
    for file in map(pathlib.Path, arguments[2:]):
        path = file.resolve().relative_to(root.resolve())
        stem = "_".join(path.with_suffix("").parts)
        for number, whole in enumerate(snippets(path.as_posix(), file.read_text(encoding="utf-8")), 1):
            name = f"{stem}_{number}"
            target = output / f"{name}.cpp"
            if not target.exists() or target.read_text(encoding="utf-8") != whole:
                target.write_text(whole, encoding="utf-8")
            print(name, "run" if MAIN.search(whole) else "compile")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
