#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Looks into the objects of units that were compiled for one instruction set each, NAME_avx512.cpp.o and so on.

The linker may take any definition of a weak symbol for all, and an older processor may not have the
instructions of the one it took. So every symbol that a unit defines for others must have the namespace of its
instruction set in its name, but for its one entry point; and no code of it may run before main.

usage: symbols.py NM READELF OBJECT...
"""
import re
import subprocess
import sys

UNIT = re.compile(r"(\w+)_(avx512|avx2|sse4_2|baseline)\.cpp\.o(?:bj)?$")
DEFINED_FOR_OTHERS = re.compile(r"^[0-9a-f]+ ([A-TV-ZuvwiW]) (.*)$")
# A pointer to the C++ library's own function, from which exceptions are unwound.
POINTERS = {"DW.ref.__gxx_personality_v0"}
STARTERS = (".init_array", ".preinit_array", ".ctors", ".init", ".text.startup")


def output_of(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def faults(nm, readelf, path, name, target):
    entry = f"{name}_targets::{target}"
    entries = 0
    # Names with the characters of a template argument in them stay as they are: binutils 2.40 cannot demangle them.
    for line in output_of(nm, "--demangle", path).splitlines():
        symbol = DEFINED_FOR_OTHERS.match(line)
        if not symbol or symbol.group(2) in POINTERS:
            continue
        if symbol.group(2) == entry:
            entries += 1
        elif not any(own in symbol.group(2) for own in (f"plait::{target}::", f"5plait{len(target)}{target}")):
            yield f"{symbol.group(1)} {symbol.group(2)} could be another unit's"
    if entries != 1:
        yield f"{entries} entry points {entry} where 1 was expected"
    for section in re.findall(r"\] (\.\S+)", output_of(readelf, "--sections", "--wide", path)):
        if any(section == starter or section.startswith(starter + ".") for starter in STARTERS):
            yield f"section {section} runs before main"


def main():
    nm, readelf, *objects = sys.argv[1:]
    units = [(path, *unit.groups()) for path in objects if (unit := UNIT.search(path))]
    found = [f"{path}: {fault}" for path, name, target in units
             for fault in faults(nm, readelf, path, name, target)]
    print("\n".join(found) if found else f"{len(units)} units share no symbol")
    expected = {"avx512", "avx2", "sse4_2", "baseline"}
    if units and {target for _, _, target in units} != expected:
        print("units of all four instruction sets were expected")
        return 1
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
