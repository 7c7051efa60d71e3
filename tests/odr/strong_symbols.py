#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Looks into the objects of units that include the library: the only strong symbol that each defines for others is
its own function. A strong one from a header would be defined twice in a program of two units.

usage: strong_symbols.py NM OBJECT...
"""
import re
import subprocess
import sys

UNIT = re.compile(r"(first|second)\.cpp\.o(?:bj)?$")
STRONG = re.compile(r"^[0-9a-f]+ [TDBRGSCA] (.*)$")
# Marks of the link-time optimiser, not of the program.
MARKS = re.compile(r"__gnu_lto_\w+")


def strong_symbols(nm, path):
    listed = subprocess.run([nm, "--demangle", "--extern-only", "--defined-only", path], capture_output=True, text=True,
                            check=True).stdout
    names = [match.group(1) for line in listed.splitlines() if (match := STRONG.match(line))]
    return [name for name in names if not MARKS.fullmatch(name)]


def main():
    nm, *objects = sys.argv[1:]
    units = {match.group(1): path for path in objects if (match := UNIT.search(path))}
    if len(units) != 2:
        print(f"two units were expected, there are {len(units)}")
        return 1
    status = 0
    for unit, path in units.items():
        found = strong_symbols(nm, path)
        expected = re.compile(rf"{unit}_unit(\[abi:cxx11\])?\(\)")
        print(f"{unit}: {', '.join(found) or 'no strong symbol'}")
        if len(found) != 1 or not expected.fullmatch(found[0]):
            print(f"only {unit}_unit() was expected: functions and variables in headers must be inline")
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
