#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Ordinary units of one program that are compiled for different instruction sets (ordinary.cpp): the linker takes one
function of a name for all of them, and an older processor may not run that. They share no function but those of the
standard library that are listed here, and none at all where each keeps its functions to itself, as
docs/how_to/install.md tells. Both kinds are linked in both orders, and loaded as libraries that see each other's
symbols, and run on processors that lack what the first was compiled for.

usage: ordinary_units.py NM LD OBJCOPY COMPILER EMULATOR PICTURE OBJECT...   (in folders ordinary_LEVEL_O2.dir)
"""
import itertools
import json
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile

SKIPPED = 77
OBJECT = re.compile(r"ordinary_(avx512|avx2|baseline)_(O\d)\.dir/")
DEFINED_FOR_OTHERS = re.compile(r"^[0-9a-f]+ ([A-TV-Zuvwi]) (.*)$")
# Of the standard library: text, vectors of numbers and their ends, names of files; and how clang ends a program.
ALLOWED = re.compile(r"""
    std::(__cxx11::)?basic_string(_view)?<char.* | .*\ std::operator\+<char.* | std::__cxx11::to_string\(.*
    | .*std::__detail::__to_chars_.* | (void\ )?std::(_Vector_base|vector)<.* | std::(filesystem|unique_ptr<std::file).*
    | __clang_call_terminate
    """, re.VERBOSE)
# Objects of which a program has one, such as tables of digits: no code.
DATA = set("BDGRSVuv")

# What qemu-x86_64 emulates, and which levels it runs.
PROCESSORS = {"Haswell": ["avx2", "baseline"], "Nehalem": ["baseline"]}

MAIN = """
#include <cstdio>
#include <cstring>
#include <dlfcn.h>
using classify = int(const char* weights, const char* picture, float* logits, char* sentence, int size);
extern "C" classify {names};
int run(classify* unit, const char* weights, const char* picture) {{
    float logits[3] = {{}};
    char sentence[1000] = "";
    const int found = unit(weights, picture, logits, sentence, sizeof sentence);
    return std::printf("%d %.5f %.5f %.5f %s\\n", found, logits[0], logits[1], logits[2], sentence), 0;
}}
int main(int, char** arguments) {{
    for (int i = 3; arguments[i]; ++i) {{
        classify* unit = nullptr;
        {choose}
        if (!unit) return std::puts(dlerror()), 1;
        run(unit, arguments[1], arguments[2]);
    }}
}}
"""


class Failed(Exception):
    pass


def run(*command):
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=300)
    if done.returncode:
        raise Failed(f"{' '.join(map(str, command))}: status {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout


def functions(nm, path):
    found = set()
    for line in run(nm, "--demangle", path).splitlines():
        symbol = DEFINED_FOR_OTHERS.match(line)
        if symbol and symbol.group(1) not in DATA:
            found.add(symbol.group(2))
    return found


def shared_functions(nm, units):
    """Those that are in units of two levels."""
    defined = {unit: functions(nm, path) for unit, path in units.items()}
    return {name for one, other in itertools.combinations(units, 2) if one.split("_")[0] != other.split("_")[0]
            for name in defined[one] & defined[other]}


def look_for_shared(nm, units):
    shared = shared_functions(nm, units)
    if unexpected := sorted(name for name in shared if not ALLOWED.fullmatch(name)):
        raise Failed("\n".join([f"{len(unexpected)} functions could be another unit's:", *unexpected]))
    print("\n".join([f"{len(shared)} functions of the standard library are shared:", *sorted(shared)]))


def kept_to_itself(ld, objcopy, unit, path, folder):
    """The object with one symbol for others, its entry point, as docs/how_to/install.md makes it."""
    kept = folder / f"{unit}.o"
    run(ld, "-r", "--force-group-allocation", path, "-o", kept)
    run(objcopy, f"--keep-global-symbol={unit}", kept)
    return kept


def write_tensors(path, tensors):
    """{name: (shape, first value)}, in small steps from the first value."""
    header, data = {}, b""
    for name, (shape, first) in tensors.items():
        count = 1
        for size in shape:
            count *= size
        values = struct.pack(f"<{count}f", *(first + (i * 37 % 17 - 8) / 64 for i in range(count)))
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + len(values)]}
        data += values
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def weights_of_ordinary_network():
    def norm(name, channels):
        return {f"{name}.weight": ([channels], 1), f"{name}.bias": ([channels], 0),
                f"{name}.running_mean": ([channels], 0), f"{name}.running_var": ([channels], 1)}

    return {"0.0.weight": ([8, 3, 3, 3], 0), **norm("0.1", 8), "1.0.weight": ([8, 1, 3, 3], 0), **norm("1.1", 8),
            "3.weight": ([3, 8], 0), "3.bias": ([3], 0)}


def programs(compiler, units, folder):
    """Commands that take files and names of units: linked in both orders, and with libraries loaded in both."""
    for label, order in ("in order", list(units)), ("in reverse", list(units)[::-1]):
        choose = "\n".join(f'if (!std::strcmp(arguments[i], "{unit}")) unit = {unit};' for unit in order)
        source = folder / "main.cpp"
        source.write_text(MAIN.format(names=", ".join(order), choose=choose))
        program = folder / f"linked_{label.replace(' ', '_')}"
        run(compiler, "-std=c++20", source, *(units[unit] for unit in order), "-o", program, "-ldl")
        yield f"linked {label}", program

        opened = "\n".join(f'void* {unit}_library = dlopen("{folder}/{unit}.so", RTLD_NOW | RTLD_GLOBAL); '
                           f'if ({unit}_library && !std::strcmp(arguments[i], "{unit}")) '
                           f'unit = reinterpret_cast<classify*>(dlsym({unit}_library, "{unit}"));' for unit in order)
        source.write_text(MAIN.format(names="unused", choose=opened))
        program = folder / f"loaded_{label.replace(' ', '_')}"
        run(compiler, "-std=c++20", source, "-o", program, "-ldl")
        yield f"loaded {label}", program


def look_for_crashes(compiler, emulator, picture, units, folder):
    good, short, broken = folder / "good", folder / "short", folder / "broken"
    tensors = weights_of_ordinary_network()
    write_tensors(good, tensors)
    write_tensors(short, dict(list(tensors.items())[:-1]))
    broken.write_bytes(b"\x20" + bytes(7) + b'{"a": [1, 2')
    for unit, path in units.items():
        run(compiler, "-shared", path, "-o", folder / f"{unit}.so")
    answers = {}
    for label, program in programs(compiler, units, folder):
        for processor, levels in PROCESSORS.items():
            able = [unit for unit in units if unit.split("_")[0] in levels]
            for files in (good, picture), (short, picture), (broken, picture), ("missing", picture), (good, broken), \
                    (good, "missing"):
                said = run(emulator, "-cpu", processor, program, *files, *able).splitlines()
                if len(said) != len(able):
                    raise Failed(f"{label}, {processor}: {said}")
                for unit, line in zip(able, said):
                    if answers.setdefault(files, line).split()[0] != line.split()[0]:
                        raise Failed(f"{label}, {processor}, {unit} says {line} where {answers[files]} was expected")
        print(f"{label}: runs on {', '.join(PROCESSORS)}")
    for files, line in answers.items():
        if (files == (good, picture)) == line.startswith("-1"):
            raise Failed(f"{files}: {line}")
        print(line.replace(str(folder) + "/", ""))


def main():
    nm, ld, objcopy, compiler, emulator, picture, *objects = sys.argv[1:]
    units = {"_".join(match.groups()): path for path in objects if (match := OBJECT.search(path))}
    if {unit.split("_")[0] for unit in units} != {"avx512", "avx2", "baseline"}:
        raise Failed(f"units of three levels were expected, there are {', '.join(units) or 'none'}")
    look_for_shared(nm, units)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        kept = {unit: kept_to_itself(ld, objcopy, unit, path, folder) for unit, path in units.items()}
        if shared := shared_functions(nm, kept):
            raise Failed("\n".join(["units that keep their functions to themselves share", *sorted(shared)]))
        if not shutil.which(emulator):
            print(f"skipped: {emulator} is not installed (Debian has it in qemu-user)")
            return SKIPPED
        for form in units, kept:
            look_for_crashes(compiler, emulator, picture, form, folder)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failed as failure:
        sys.exit(str(failure))
