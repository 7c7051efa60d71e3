#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Counts, in the machine code of the hot kernels, multiply-adds that read memory (g++ 12 likes to read a loaded
value again for each of its uses, and the kernel is then bound by loads) and those that read the stack (sums that
did not fit the registers). Compiles AugShuffleNet 0.5x, a dense network in groups and one by Winograd for AVX2 and
AVX-512, and fails where either is found.

usage: assembly.py COMPILER INCLUDE_FOLDER
"""
import pathlib
import re
import subprocess
import sys
import tempfile

PROGRAM = """
#include "plait/models/augshufflenet.hpp"
#include "plait/network/model.hpp"
#include "plait/network/winograd.hpp"
using namespace plait;
template <class Network>
void run(const model<Network>& model, const tensor<float, Network::input>& picture,
         typename Network::workspace& scratch, tensor<float, Network::output>& output) {
    output = model(picture, scratch);
}
using dense = network<shape{3, 56, 56}, conv{.out = 64, .kernel = 7, .stride = 2}, conv{.out = 64, .kernel = 3},
                      conv{.out = 128, .kernel = 3, .stride = 2}>;
using by_winograd = winograd<network<shape{64, 28, 28}, conv{.out = 64, .kernel = 3}>>;
auto* volatile run_published = run<augshufflenet_x0_5<10>>;
auto* volatile run_dense = run<dense>;
auto* volatile run_by_winograd = run<by_winograd>;
"""
KERNEL = re.compile(r"plait::\w+::detail::(pointwise_planes|pointwise_groups|dense_planes|dense_groups|"
                    r"window_groups|"
                    r"row_window|even_odd_window|flat_window)<|"
                    r"plait::\w+::detail::(winograd_kernel)<.*>::multiply\(")
# Nine weights of a window, a row's taps and sums do not fit 16 registers.
MAY_OVERFLOW = {"-march=x86-64-v3": {"row_window", "even_odd_window", "flat_window"}, "-march=x86-64-v4": set()}
FUNCTION = re.compile(r"^(\S.*):$")
MULTIPLY_ADD = re.compile(r"^\s+vfmadd\S+\s+(.*)$")


def assembly(compiler, include, architecture):
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder) / "network.cpp"
        source.write_text(PROGRAM)
        command = [compiler, "-std=c++20", "-O3", architecture, f"-I{include}", "-S", "-o", "-", source]
        mangled = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return subprocess.run(["c++filt"], input=mangled, capture_output=True, text=True, check=True).stdout


def counted(text):
    """Kernel to [multiply-adds, of them with a memory operand, of these on the stack]."""
    counts, kernel = {}, None
    for line in text.splitlines():
        if function := FUNCTION.match(line):
            if not line.startswith(".L"):
                named = KERNEL.search(function.group(1))
                kernel = named.group(1) or named.group(2) if named else None
        elif kernel and (operands := MULTIPLY_ADD.match(line)):
            count = counts.setdefault(kernel, [0, 0, 0])
            count[0] += 1
            count[1] += "(" in operands.group(1)
            count[2] += "(%rsp)" in operands.group(1)
    return counts


def main():
    compiler, include = sys.argv[1:]
    if not subprocess.check_output([compiler, "-dumpmachine"], text=True).startswith("x86_64"):
        print("skipped: this looks at x86-64 code")
        return 0
    if "Free Software Foundation" not in subprocess.check_output([compiler, "--version"], text=True):
        print("skipped: this looks at g++'s code")
        return 0
    failed = False
    for architecture, may_overflow in MAY_OVERFLOW.items():
        counts = counted(assembly(compiler, include, architecture))
        expected = {"pointwise_planes", "pointwise_groups", "dense_planes", "dense_groups", "window_groups",
                    "winograd_kernel"}
        failed |= not expected <= counts.keys()
        for kernel, (all_of_them, memory, stack) in sorted(counts.items()):
            print(f"{architecture} {kernel}: {all_of_them} multiply-adds, {memory} read memory, "
                  f"{stack} of these the stack")
            failed |= 20 * memory > all_of_them and kernel not in may_overflow
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
