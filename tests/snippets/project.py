#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Does what a page tells its reader to do, in an empty folder beside Plait's source.

usage: project.py PAGE.md SOURCE_FOLDER EMPTY_FOLDER

A comment on the line before a block says what the block is:

    <!-- project: file=look/main.cpp -->   this file of the reader's
    <!-- project: run -->                  commands, which must succeed
    <!-- project: run fails -->            commands, of which the last must fail
    <!-- project: python -->               a Python program, which must succeed
    <!-- project: python offline -->       the same, but trained weights are on the network: untrained ones serve
    <!-- project: output -->               what the commands or the program before print; "..." stands for anything

A block that also says needs=MODULE is skipped where Python has no such module. Anywhere on the page,
<!-- project: needs=MODULE --> names one without which the whole page is skipped.
The reader's folder has Plait's source in `plait`.
"""
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys

BLOCK = re.compile(r"^<!-- project: (?P<words>[^\n]*) -->\n```\w+\n(?P<text>.*?)^```", re.MULTILINE | re.DOTALL)
NEEDS = re.compile(r"^<!-- project: needs=(\w+) -->$", re.MULTILINE)
SKIPPED = 77


def python_with(modules):
    """The first Python here that has these modules, or nothing."""
    imports = "import sys" + "".join(f", {module}" for module in modules)
    for candidate in (sys.executable, "/usr/bin/python3"):
        if subprocess.run([candidate, "-c", imports], capture_output=True).returncode == 0:
            return candidate
    return None


def environment(python, folder):
    """Commands find that Python, and build as the tests do."""
    tools = folder.resolve() / "tools"
    tools.mkdir()
    wrapper = tools / "python3"
    wrapper.write_text(f'#!/bin/sh\nexec {shlex.quote(python)} "$@"\n', encoding="utf-8")
    wrapper.chmod(0o755)
    return {**os.environ, "PATH": f"{tools}:{os.environ['PATH']}", "LC_ALL": "C.UTF-8"}


def matches(expected, printed):
    """Line by line, in order; lines of what was printed may be left out where a line begins with "..."."""
    lines = printed.splitlines()
    for wanted in expected.splitlines():
        pattern = ".*".join(map(re.escape, wanted.split("...")))
        if wanted.startswith("..."):
            while lines and not re.fullmatch(pattern, lines[0]):
                lines.pop(0)
        if not lines or not re.fullmatch(pattern, lines[0]):
            return False
        lines.pop(0)
    return True


def modules_needed(words):
    return [word.removeprefix("needs=") for word in words if word.startswith("needs=")]


class Reader:
    """Follows a page, block by block. Each step gives a sentence where it does not do what the page says."""

    def __init__(self, page, folder, env):
        self.page, self.folder, self.env = page, folder, env
        self.printed = ""

    def follow(self, words, text, line):
        place = f"{self.page}:{line}"
        kind, *details = words
        if not all(map(self.has_module, modules_needed(details))):
            print(f"skipped: {place} needs Python with {' and '.join(modules_needed(details))}")
            return None
        if kind.startswith("file="):
            return self.write(kind.removeprefix("file="), text)
        if kind == "output":
            return self.compare(place, text)
        if "offline" in details:
            text = text.replace('weights="DEFAULT"', "weights=None")
        if kind == "run":
            return self.run(place, ["bash", "-e", "-c", text], "fails" in details)
        if kind == "python":
            return self.run(place, ["python3", "-c", text])
        return f"{place}: unknown word {kind}"

    def has_module(self, module):
        return subprocess.run(["python3", "-c", f"import {module}"], env=self.env, capture_output=True).returncode == 0

    def write(self, name, text):
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def compare(self, place, expected):
        if not matches(expected, self.printed):
            return f"{place}: the page says that this is printed\n{expected}where it was\n{self.printed}"
        return None

    def run(self, place, command, fails=False):
        done = subprocess.run(command, cwd=self.folder, env=self.env, text=True, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.printed = "\n".join(line for line in done.stdout.splitlines() if not is_progress(line)) + "\n"
        if (done.returncode != 0) != fails:
            return f"{place}: exit status {done.returncode} of\n{command[-1]}which printed\n{self.printed}"
        return None


def is_progress(line):
    """What CMake and Ninja say of their work, which pages leave out."""
    return line.startswith(("-- ", "[", "ninja: "))


def main(arguments):
    if len(arguments) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    page, source, folder = map(pathlib.Path, arguments)
    text = page.read_text(encoding="utf-8")
    modules = NEEDS.findall(text)
    python = python_with(modules)
    if not python:
        print(f"skipped: {page.name} needs Python with {' and '.join(modules)} "
              f"(Debian: {' '.join(f'python3-{module}' for module in modules)})")
        return SKIPPED
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "plait").symlink_to(source.resolve())
    reader = Reader(page, folder, environment(python, folder))
    for block in BLOCK.finditer(text):
        fault = reader.follow(block["words"].split(), block["text"], text.count("\n", 0, block.start()) + 1)
        if fault:
            print(fault)
            return 1
    print(f"{page.name} does what it says")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
