#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Looks into an object: every weak symbol that it defines has Plait's namespace, and so the instruction set, in its
name. Of another one, the standard library's say, the linker takes any unit's, which a processor may not run.

usage: unshared_symbols.py NM OBJECT
"""
import subprocess
import sys

# A pointer to the C++ library's own function, from which exceptions are unwound.
POINTERS = {"DW.ref.__gxx_personality_v0"}


def main():
    nm, path = sys.argv[1:]
    listed = subprocess.run([nm, "--demangle", "--defined-only", path], capture_output=True, text=True,
                            check=True).stdout
    weak = [line.split(" ", 2)[2] for line in listed.splitlines() if line.split(" ", 2)[1] in "vVwWu"]
    shared = [name for name in weak if "plait::" not in name and name not in POINTERS]
    print("\n".join(shared) if shared else f"{len(weak)} weak symbols, all of them Plait's")
    return 1 if shared or not weak else 0


if __name__ == "__main__":
    sys.exit(main())
