#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Checks which header may include which.

usage: include_layers.py include/plait

A header may include headers of its own folder and of folders in a lower tier. There is no cycle, and each
library is included only where the table below allows it.
"""
import pathlib
import re
import sys

TIERS = {
    "core": 0,
    "tensor": 1,
    "graph": 1,
    "simd": 1,
    "blocks": 2,
    "kernels": 2,
    "network": 3,
    "models": 4,
    "dispatch": 4,
    "train": 6,
    "io": 5,
    "embed": 6,
}
# Headers that lie in no folder.
TOP = {"version.hpp": 0, "plait.hpp": 6, "train.hpp": 7, "precision.hpp": 6}

# What units of different instruction sets share, and so is outside of the inline namespace.
SHARED = "dispatch/compiled_network.hpp"

LIBRARIES = {
    "xsimd": ["simd/"],
    "xtensor": ["tensor/xtensor.hpp", "io/npy.hpp"],
    "xtl": ["tensor/xtensor.hpp", "io/npy.hpp"],
    "stb": ["io/"],
}
SYSTEM = {"sys"}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)


def tier(header):
    folder = header.split("/")[0]
    return TOP.get(header) if folder == header else TIERS.get(folder)


def may_include(header, included):
    same_folder = "/" in header and header.split("/")[0] == included.split("/")[0]
    return same_folder or tier(included) < tier(header)


def library_fault(header, name):
    library = name.split("/")[0] if "/" in name else None
    if library is None or library in SYSTEM:
        return None
    if library not in LIBRARIES:
        return f"includes <{name}>, a library that the table in {pathlib.Path(__file__).name} does not know"
    if not header.startswith(tuple(LIBRARIES[library])):
        return f"includes <{name}>, which only {', '.join(LIBRARIES[library])} may"
    return None


def own_fault(header, name, headers):
    if not name.startswith("plait/"):
        return f'includes "{name}" where "plait/..." was expected'
    included = name.removeprefix("plait/")
    if included not in headers:
        return f'includes "{name}", which does not exist'
    if tier(included) is not None and not may_include(header, included):
        return (f'includes "{name}": tier {tier(header)} may include its own folder and lower tiers, '
                f"this is tier {tier(included)}")
    return None


def faults(header, text, headers):
    lines = text.splitlines()
    if lines[:1] != ["// SPDX-License-Identifier: BSD-3-Clause"]:
        yield "does not start with its SPDX line"
    if "#pragma once" not in lines[:3]:
        yield "has no #pragma once after its SPDX line"
    if tier(header) is None:
        yield f"lies where the table in {pathlib.Path(__file__).name} knows no tier"
        return
    if header == SHARED:
        if INCLUDE.search(text) or "PLAIT_TARGET {" in text or ") {" in text:
            yield "is shared by instruction sets, and may have no include and no function"
    elif "\nnamespace plait {" in text or "\nnamespace plait::detail" in text:
        yield "opens plait outside of the inline namespace PLAIT_TARGET"
    if "PLAIT_TARGET {" in text and header != "core/target.hpp" and '#include "plait/' not in text:
        yield "opens PLAIT_TARGET without core/target.hpp"
    for quote, name in INCLUDE.findall(text):
        fault = own_fault(header, name, headers) if quote == '"' else library_fault(header, name)
        if fault:
            yield fault


def find_cycle(graph):
    """One cycle as a list of headers that ends where it starts, or None."""
    finished = set()

    def visit(header, path):
        if header in path:
            return path[path.index(header):] + [header]
        if header in finished:
            return None
        for included in graph[header]:
            cycle = visit(included, path + [header])
            if cycle:
                return cycle
        finished.add(header)
        return None

    return next(filter(None, (visit(header, []) for header in graph)), None)


def main(arguments):
    if len(arguments) != 1 or not pathlib.Path(arguments[0]).is_dir():
        print(__doc__, file=sys.stderr)
        return 2
    root = pathlib.Path(arguments[0])
    headers = {path.relative_to(root).as_posix(): path.read_text(encoding="utf-8")
               for path in sorted(root.rglob("*.hpp"))}
    found = [f"{header} {fault}" for header, text in headers.items() for fault in faults(header, text, headers)]
    graph = {header: [name.removeprefix("plait/") for quote, name in INCLUDE.findall(text)
                      if quote == '"' and name.removeprefix("plait/") in headers]
             for header, text in headers.items()}
    cycle = find_cycle(graph)
    if cycle:
        found.append("a cycle: " + " -> ".join(cycle))
    print("\n".join(found) if found else f"{len(headers)} headers keep to their tiers")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
