#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Programs that have their weights inside: the right class, no file but the picture, one sentence for a bad one.

usage: weights_in_the_binary_test.py PROGRAMS_FOLDER SOURCE_FOLDER
"""
import pathlib
import platform
import shutil
import subprocess
import sys
import tempfile

from program_checks import Checks

SKIPPED = 77
PROGRAMS = ["09_weights_in_the_binary", "09_weights_in_the_binary_half", "09_weights_in_the_binary_int8"]
CLASSES = {"bird": "bird", "cat": "cat", "deer": "deer", "dog": "dog", "duck": "bird", "horse": "horse",
           "kitten": "cat"}


def lacks_avx2():
    """Where x86-64's example, which is compiled for it, does not run."""
    info = pathlib.Path("/proc/cpuinfo")
    return platform.machine() == "x86_64" and info.exists() and " avx2 " not in info.read_text()


def test_program(checks, program, pictures):
    for name, expected in CLASSES.items():
        checks.accepts(program, pictures / f"{name}.jpg", words=[f"{name}.jpg shows: {expected} ("])
    checks.accepts(program, words=["cat.jpg shows: cat"])
    checks.accepts(program, "--startup", words=["model ready"])
    checks.accepts(program, "--help", words=["usage:"])
    checks.refuses(program, "--no-such-option", words=["usage:"])
    checks.refuses(program, checks.folder / "none.png", words=["none.png", "no such file"])
    checks.refuses(program, checks.folder, words=["is a directory"])
    text = checks.file("text.png", b"text")
    checks.refuses(program, text, words=["text.png", "is not a PNG"])
    checks.refuses(program, text, pictures / "cat.jpg", words=["text.png"], keeps="shows: cat")


def test_files(checks, program, picture):
    """It opens nothing but the picture and what the loader of a program that is not static opens."""
    if not shutil.which("strace"):
        print("skipped: which files are opened, since strace is not installed")
        return
    command = ["strace", "-f", "-e", "trace=open,openat,openat2", str(checks.programs / program), str(picture)]
    done = subprocess.run(command, capture_output=True, timeout=300)
    opened = [line for line in done.stderr.decode().splitlines() if "open" in line]
    others = [line for line in opened if not any(path in line for path in (str(picture), ".so", "/proc/"))]
    checks.expect(done.returncode == 0 and opened and not others, command, done, "expected to open the picture alone")


def main():
    programs, source = map(pathlib.Path, sys.argv[1:3])
    if lacks_avx2():
        print("skipped: this processor has no AVX2")
        return SKIPPED
    pictures = source / "examples/pictures"
    with tempfile.TemporaryDirectory() as folder:
        checks = Checks(programs, source, pathlib.Path(folder))
        for program in PROGRAMS:
            test_program(checks, program, pictures)
            test_files(checks, program, pictures / "cat.jpg")
    print(f"{checks.count} checks, {checks.failures} failed")
    return 1 if checks.failures else 0


if __name__ == "__main__":
    sys.exit(main())
