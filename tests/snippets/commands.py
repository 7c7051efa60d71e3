#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Checks that the programs, options, files and presets which pages name are there.

usage: commands.py SOURCE_FOLDER PAGE.md...

Looked at are shell blocks and code within a line. `build/examples/NAME` and `build/bench/NAME` must have a source,
paths that begin with a folder of the repository must exist, and an option that follows a program or script of Plait's
must be written in its source, or be one that every such program has. An option that stands alone must be some
program's.
"""
import functools
import os
import pathlib
import re
import sys

FOLDERS = ("bench", "docs", "examples", "include", "tests", ".ci")
BLOCK = re.compile(r"^```(?:sh|bash)\n(.*?)^```", re.MULTILINE | re.DOTALL)
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`([^`\n]+)`")
PROGRAM = re.compile(r"^(?:plait/|\./)?"
                     r"(build/(?:\w+/)?(?:examples|bench)/\w+|(?:bench|docs|examples|tests|\.ci)/[\w./]+)$")
OPTION = re.compile(r"^(--[\w-]+)")
COMMON_OPTIONS = {"--help"}
GOOGLE_BENCHMARK = "--benchmark_"
SEPARATORS = {"|", "&&", ";", "||"}


def words_of(command):
    """Words, of which those that end one command and begin another stand apart."""
    joined = re.sub(r"\\\n", " ", command)
    return re.sub(r"(\||&&|;|\n|\|\|)", r" \1 ", joined.replace("\n", " ; ")).split()


def source_of(root, program):
    """The file that says which options a program has; None where there is no such program."""
    if program.startswith("build/"):
        folder, name = program.split("/")[-2:]
        sources = [root / folder / f"{name}.cpp", root / folder / name / f"{name}.cpp"]
    else:
        sources = [root / program]
    return next((source for source in sources if source.is_file()), None)


def is_program(source):
    """Whether options may follow it: a file that is an argument has none."""
    return source.suffix == ".cpp" or os.access(source, os.X_OK)


def knows(source, option):
    """Whether a program has an option: a script's may be in the modules beside it, a program's in its headers."""
    parts = source.parent.rglob("*.py") if source.suffix == ".py" else ()
    if source.suffix == ".cpp":
        included = re.findall(r'^#include "([\w.]+)"', source.read_text(encoding="utf-8"), re.MULTILINE)
        parts = (file for file in source.parent.rglob("*.hpp") if file.name in included)
    return any(option.encode() in file.read_bytes() for file in (source, *parts))


@functools.cache
def own_options(root):
    """Whatever looks like an option in the programs and scripts."""
    sources = [file for folder in ("bench", "docs", "examples") for file in (root / folder).rglob("*")
               if file.is_file() and file.suffix in ("", ".cpp", ".py")]
    text = "".join(file.read_text(encoding="utf-8") for file in sources)
    return COMMON_OPTIONS | set(re.findall(r"--[\w-]+", text))


def faults_of(root, text):
    commands = BLOCK.findall(text) + INLINE.findall(FENCE.sub("", text))
    for command in commands:
        source = None
        for word in words_of(command):
            program = None if word.endswith("...") else PROGRAM.match(word)
            option = OPTION.match(word)
            if word in SEPARATORS:
                source = None
            elif program:
                found = source_of(root, program[1])
                if found is None and not (root / program[1]).is_dir():
                    yield f"{program[1]} is not there"
                if found is None or is_program(found):
                    source = found
            elif option and source and option[1] not in COMMON_OPTIONS:
                known = option[1].startswith(GOOGLE_BENCHMARK) and source.parent.name == "bench"
                if not known and not knows(source, option[1]):
                    yield f"{source.relative_to(root)} knows no {option[1]}"
            elif option and command.startswith("--") and option[1] not in own_options(root):
                yield f"no program knows {option[1]}"
        for preset in re.findall(r"cmake --preset (\w+)", command):
            if f'"name": "{preset}"' not in (root / "CMakePresets.json").read_text(encoding="utf-8"):
                yield f"there is no preset {preset}"


def main(arguments):
    if len(arguments) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    root, *pages = map(pathlib.Path, arguments)
    found = [f"{page.resolve().relative_to(root.resolve())}: {fault}" for page in pages
             for fault in faults_of(root, page.read_text(encoding="utf-8"))]
    print("\n".join(found) if found else f"what {len(pages)} pages name is there")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
