#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Checks how every text file of the checkout is laid out.

usage: format.py TOP

C++ is what clang-format 14 makes of it with .clang-format. Every text has no tab, no blank at the end of a line
and a newline at its end; source begins with its SPDX line; lines have at most 120 characters, but for tables
and what programs print (```text) in Markdown. YAML parses. Where git does not know the files, or clang-format 14 or
PyYAML is missing, a sentence says what was skipped.
"""
import pathlib
import re
import shutil
import subprocess
import sys

try:
    import yaml
except ImportError:
    yaml = None

VERSION = 14
LONGEST = 120
PRINTED = re.compile(r"^```text\n.*?^```$", re.MULTILINE | re.DOTALL)
REGISTRY_FILES = "docs/packaging/"  # laid out as their registries want it
SPDX = "SPDX-License-Identifier: BSD-3-Clause"
CPP = {".cpp", ".hpp"}
PROSE = {".md"}
DATA = {".json", ".svg"}
SOURCE = {".py", ".js", ".cmake", ".yml"} | CPP
SOURCE_NAMES = {"CMakeLists.txt", ".clang-format", ".clang-tidy"}
SKIPPED = 77


def tracked(top):
    """Paths of what git tracks or would track; None where git knows nothing of this folder."""
    command = ["git", "-C", str(top), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    except (OSError, subprocess.CalledProcessError):
        return None
    return [path for path in (top / name for name in sorted(set(listed.split("\0"))) if name) if path.is_file()]


def is_source(path, text):
    return path.suffix in SOURCE or path.name in SOURCE_NAMES or text.startswith("#!")


def line_faults(line, may_be_long):
    if "\t" in line:
        yield "has a tab"
    if line != line.rstrip():
        yield "ends with a blank"
    if len(line) > LONGEST and not may_be_long:
        yield f"has {len(line)} characters where at most {LONGEST} were expected"


def faults(path, text):
    lines = text.split("\n")
    if text and lines[-1]:
        yield "does not end with a newline"
    if is_source(path, text) and REGISTRY_FILES not in path.as_posix() and not any(SPDX in line for line in lines[:2]):
        yield f"does not begin with '{SPDX}'"
    printed = {line for block in PRINTED.findall(text) for line in block.split("\n")} if path.suffix in PROSE else set()
    for number, line in enumerate(lines, 1):
        is_table = path.suffix in PROSE and line.lstrip().startswith("|")
        for fault in line_faults(line, is_table or line in printed):
            yield f"line {number} {fault}"


def text_faults(top, paths):
    for path in paths:
        if path.suffix in DATA:
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        for fault in faults(path, text):
            yield f"{path.relative_to(top)} {fault}"


def clang_format():
    """The command, or a sentence that says why there is none."""
    command = shutil.which(f"clang-format-{VERSION}") or shutil.which("clang-format")
    if not command:
        return None, f"skipped the layout of C++, since there is no clang-format {VERSION}"
    version = subprocess.run([command, "--version"], capture_output=True, text=True, check=True).stdout
    if not re.search(rf"version {VERSION}\.", version):
        return None, f"skipped the layout of C++, since clang-format {VERSION} was expected: {version.strip()}"
    return command, None


def layout_faults(top, command, paths):
    """Compares texts: clang-format --dry-run takes the last line of an inline namespace for one to change."""
    for path in paths:
        laid_out = subprocess.run([command, str(path)], capture_output=True, check=True).stdout
        if laid_out != path.read_bytes():
            name = path.relative_to(top)
            yield f"{name} is not laid out; this does it: clang-format -i {name}"


def yaml_faults(top, paths):
    for path in paths:
        try:
            yaml.safe_load(path.read_text(encoding="utf-8"))
        except yaml.YAMLError as error:
            yield f"{path.relative_to(top)} is not YAML: {' '.join(str(error).split())}"


def main(arguments):
    if len(arguments) != 1 or not pathlib.Path(arguments[0]).is_dir():
        print(__doc__, file=sys.stderr)
        return 2
    top = pathlib.Path(arguments[0]).resolve()
    paths = tracked(top)
    if paths is None:
        print("skipped, since git does not know the files of this folder")
        return SKIPPED
    found = list(text_faults(top, paths))
    command, why_not = clang_format()
    skipped = [why_not, None if yaml else "skipped the parsing of YAML, since there is no PyYAML"]
    if command:
        found += layout_faults(top, command, [path for path in paths if path.suffix in CPP])
    if yaml:
        found += yaml_faults(top, [path for path in paths if path.suffix == ".yml"])
    print("\n".join(found) if found else f"{len(paths)} files are laid out as they should be")
    for sentence in filter(None, skipped):
        print(sentence)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
