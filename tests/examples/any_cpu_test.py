#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""One binary for any processor: the right instruction set, the same answer, and one sentence for any other.

usage: any_cpu_test.py PROGRAM            on this processor
       any_cpu_test.py PROGRAM EMULATOR   on older ones, which qemu-x86_64 emulates: an instruction that they
                                          do not have ends the program
"""
import pathlib
import platform
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from agreement import largest_deviation  # noqa: E402

SKIPPED = 77
ALL = ["avx512", "avx2", "sse4_2", "baseline"]
TOLERANCE = 1e-4  # of the largest logit

# Models of qemu-x86_64, and what they run. The last has AVX2, but no operating system that keeps its registers.
PROCESSORS = {
    "qemu64,-sse3,-ssse3": ["baseline"],
    "core2duo": ["baseline"],
    "Nehalem": ["sse4_2", "baseline"],
    "SandyBridge": ["sse4_2", "baseline"],
    "Haswell": ["avx2", "sse4_2", "baseline"],
    "Haswell,-fma": ["sse4_2", "baseline"],
    "Haswell,-bmi2": ["sse4_2", "baseline"],
    "Haswell,-movbe": ["sse4_2", "baseline"],
    "Haswell,-abm": ["sse4_2", "baseline"],
    "Nehalem,-popcnt": ["baseline"],
    "Haswell,-xsave": ["sse4_2", "baseline"],
}


class Failed(Exception):
    pass


def expect(condition, sentence):
    if not condition:
        raise Failed(sentence)


def run(command, target=None):
    options = ["--target", target] if target is not None else []
    return subprocess.run([*command, *options], capture_output=True, text=True, timeout=300)


def answer(command, target=None):
    """(taken, [all that it runs], {class: logit})"""
    done = run(command, target)
    expect(done.returncode == 0, f"{command} --target {target}: status {done.returncode}: {done.stderr}")
    first, *lines, last = done.stdout.splitlines()
    taken, targets = first.removeprefix("instruction set: ").split(", of ")
    expect(last.endswith("shows: cat"), f"{command} --target {target}: {last}")
    return taken, targets.split(), {name: float(logit) for name, logit in map(str.split, lines)}


def refused(command, target, word):
    done = run(command, target)
    lines = [line for line in done.stderr.splitlines() if "warning: TCG" not in line]
    expect(done.returncode == 2 and len(lines) == 1 and word in lines[0] and not done.stdout,
           f"{command} --target {target}: status {done.returncode}, {done.stdout}{done.stderr}")


def check(command, expected, logits_of):
    """All that a processor runs, and what it does not. `logits_of` gathers every target's logits."""
    taken, targets, logits = answer(command)
    print(f"{' '.join(command[:-1]) or 'this processor'}: takes {taken} of {', '.join(targets)}")
    expect(taken == targets[0], f"{taken} was taken where {targets[0]} was expected")
    expect(targets == expected, f"{targets} where {expected} was expected")
    logits_of.setdefault(taken, []).append(logits)
    for target in targets:
        taken, _, logits = answer(command, target)
        expect(taken == target, f"{taken} was taken where {target} was asked for")
        logits_of.setdefault(target, []).append(logits)
    for target in ALL:
        if target not in targets:
            refused(command, target, "beyond this processor")
    refused(command, "mmx", "not compiled in")


def compare(logits_of):
    """One target's logits are the same bits wherever it ran, and all agree."""
    for target, logits in logits_of.items():
        expect(all(other == logits[0] for other in logits), f"{target} does not give the same bits every time")
    first = next(iter(logits_of.values()))[0]
    for target, (logits, *_) in logits_of.items():
        expect(logits.keys() == first.keys(), f"{target} has other classes")
        furthest = largest_deviation([logits[name] for name in first], list(first.values()))
        print(f"{target}: differs by at most {furthest:.1e} of the largest logit")
        expect(furthest < TOLERANCE, f"{target} differs by more than {TOLERANCE}")


def main():
    program, *emulator = sys.argv[1:]
    if platform.machine() != "x86_64":
        print("skipped: this looks at x86-64 code")
        return SKIPPED
    logits_of = {}
    best, targets, _ = answer([program])
    if not emulator:
        check([program], ALL[ALL.index(best):], logits_of)
    else:
        if not shutil.which(emulator[0]):
            print(f"skipped: {emulator[0]} is not installed (Debian has it in qemu-user)")
            return SKIPPED
        for processor, expected in PROCESSORS.items():
            check([*emulator, "-cpu", processor, program], expected, logits_of)
        for target in targets:
            logits_of.setdefault(target, []).append(answer([program], target)[2])
    compare(logits_of)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failed as failure:
        sys.exit(str(failure))
