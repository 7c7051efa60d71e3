#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Checks that Plait's picture headers leave every macro of stb as a program had it, defined or not.

usage: macros.py COMPILER INCLUDE STB_FOLDER

Every macro that the installed stb knows is tried.
"""
import pathlib
import re
import subprocess
import sys

HEADERS = {"plait/io/picture_reader.hpp": "stb_image.h", "plait/io/picture_writer.hpp": "stb_image_write.h"}
NAME = re.compile(r"^\s*#\s*(?:define|undef|ifdef|ifndef)\s+(\w+)|defined\s*\(\s*(\w+)", re.MULTILINE)
# The compiler's, and those that stb removes itself.
FOREIGN = re.compile(r"_|dct_|unused$")


def macros_of(text):
    return sorted({a or b for a, b in NAME.findall(text) if not FOREIGN.match(a or b)})


def compiled(compiler, include, stb, source, *flags):
    return subprocess.run([compiler, "-std=c++20", f"-I{include}", f"-idirafter{stb}", "-xc++", *flags, "-"],
                          input=source, capture_output=True, text=True)


def defined_after(compiler, include, stb, source):
    listed = compiled(compiler, include, stb, source, "-dM", "-E").stdout
    return dict(line.removeprefix("#define ").split(" ", 1) for line in listed.splitlines() if line.count(" ") > 1)


def main():
    compiler, include, stb = sys.argv[1:]
    status = 0
    for header, library in HEADERS.items():
        names = macros_of(pathlib.Path(stb, "stb", library).read_text(encoding="utf-8"))
        left = defined_after(compiler, include, stb, f'#include "{header}"\n')
        for name in names:
            if any(macro.split("(")[0] == name for macro in left):
                print(f"{header} leaves {name} defined")
                status = 1
        own = "".join(f"#define {name} own_{name}\n" for name in names)
        source = f'#include <cassert>\n{own}#include "{header}"\n'
        kept = defined_after(compiler, include, stb, source)
        for name in names:
            if kept.get(name) != f"own_{name}":
                print(f"{header} changes the program's {name}")
                status = 1
        result = compiled(compiler, include, stb, source, "-fsyntax-only")
        if result.returncode != 0:
            print(f"{header} depends on the program's macros:\n{result.stderr[:2000]}")
            status = 1
        print(f"{header}: {len(names)} macros of {library}")
    return status


if __name__ == "__main__":
    sys.exit(main())
