#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""examples/microcontroller on two emulated boards: the classes and logits that the programs of this machine give, in
the memory that the chip has. What does not fit fails the build.

usage: microcontroller_test.py PROGRAMS_FOLDER SOURCE_FOLDER BINARY_FOLDER

The programs are built in BINARY_FOLDER. Skipped without gcc-arm-none-eabi, libnewlib-arm-none-eabi,
libstdc++-arm-none-eabi-newlib and qemu-system-arm.
"""
import json
import pathlib
import re
import shlex
import shutil
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from agreement import largest_difference  # noqa: E402
from program_checks import Checks  # noqa: E402

SKIPPED = 77
WEIGHTS = "examples/weights/augshufflenet_microcontroller_cifar10.safetensors"
WEIGHTS_INT8 = "examples/weights/augshufflenet_microcontroller_cifar10_int8.safetensors"
BOARDS = {"cortex_m7": "mps2-an500", "cortex_m4": "mps2-an386"}
CLASSES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
FLASH, RAM, STACK = 1024 * 1024, 256 * 1024, 4096
TOLERANCE = 1e-5


def lacking():
    """What is not installed, or None."""
    for program in ["arm-none-eabi-g++", "qemu-system-arm", "cmake", "ninja"]:
        if not shutil.which(program):
            return program
    header = "#include <string>\n#include <cstdio>\n"
    done = subprocess.run(["arm-none-eabi-g++", "-fsyntax-only", "-x", "c++", "-"], input=header.encode(),
                          capture_output=True)
    return None if done.returncode == 0 else "the C++ library of gcc-arm-none-eabi"


def expect_success(checks, command, **options):
    done = subprocess.run([str(word) for word in command], capture_output=True, timeout=600, **options)
    checks.expect(done.returncode == 0, command, done, "expected status 0\n" + done.stdout.decode(errors="replace"))
    return done.stdout.decode() + done.stderr.decode()  # where the emulator writes what the program prints


def build(checks, folder):
    example = checks.source / "examples/microcontroller"
    if not (folder / "build.ninja").exists():
        expect_success(checks, ["cmake", "-S", example, "-B", folder, "-G", "Ninja", "--toolchain",
                                example / "arm_none_eabi.cmake", "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON"])
    expect_success(checks, ["cmake", "--build", folder])


def run_on_board(checks, program, board):
    """{picture: (class, logits)}, and the numbers of the last lines: {"flash": [used, size], ...}."""
    text = expect_success(checks, ["qemu-system-arm", "-M", board, "-nographic", "-monitor", "none", "-semihosting",
                                   "-kernel", program])
    found = re.findall(r"^(\S+) shows: (\w+)\nlogits( .*)$", text, re.MULTILINE)
    verdicts = {picture: (name, [float(x) for x in logits.split()]) for picture, name, logits in found}
    memory = {what: [int(n) for n in re.findall(r"\d+", rest)]
              for what, rest in re.findall(r"^(flash|RAM|stack): (.*)$", text, re.MULTILINE)}
    return verdicts, memory


def npy(values, dimensions):
    """An array of float32, as NumPy's format version 1.0 has it."""
    header = str({"descr": "<f4", "fortran_order": False, "shape": tuple(dimensions)}).encode()
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + struct.pack(f"<{len(values)}f", *values)


def native_verdicts(checks, prepared):
    """The same of this machine's programs: classes of the pictures' files, logits of the prepared values."""
    text = prepared.read_text()
    arrays = [[float.fromhex(value.rstrip("F")) for value in row.split(",") if value]
              for row in re.findall(r"\[\] = \{(.*)\};", text)]
    pictures = re.findall(r'\{"(\S+)", values_\d+\}', text)
    flat = [value for array in arrays for value in array]
    given = checks.file("x.npy", npy(flat, (len(arrays), 3, 32, 32)))
    made = checks.folder / "y.npy"
    expect_success(checks, [checks.programs / "forward", "--weights", checks.source / WEIGHTS, "--input", given,
                            "--output", made])
    count = 10 * len(arrays)
    logits = struct.unpack(f"<{count}f", made.read_bytes()[-4 * count:])
    files = [checks.source / "examples/pictures" / name for name in pictures]
    verdicts = json.loads(expect_success(checks, [checks.programs / "classify", "--json", "--weights",
                                                  checks.source / WEIGHTS, *files]))
    verdicts = verdicts if isinstance(verdicts, list) else verdicts["pictures"]
    classes = [verdict["classes"][0]["label"] for verdict in verdicts]
    return {name: (classes[i], logits[10 * i:10 * (i + 1)]) for i, name in enumerate(pictures)}


def native_int8_verdicts(checks, program):
    """The same in int8, which gives the same bits on every processor."""
    lines = expect_success(checks, [program, checks.source / WEIGHTS_INT8]).splitlines()
    verdicts = {}
    for name, *logits in map(str.split, lines):
        values = [float(logit) for logit in logits]
        verdicts[name] = (CLASSES[values.index(max(values))], values)
    return verdicts


def test_answers(checks, program, board, expected):
    verdicts, memory = run_on_board(checks, program, board)
    command = [program, board]
    done = subprocess.CompletedProcess(command, 0, b"", str((verdicts, memory)).encode())
    checks.expect(verdicts.keys() == expected.keys() and len(verdicts) == 7, command, done, "expected every picture")
    for picture, (name, logits) in expected.items():
        there, found = verdicts.get(picture, ("", []))
        checks.expect(there == name, command, done, f"{picture}: expected {name}")
        difference = largest_difference(found, logits) if len(found) == len(logits) else float("inf")
        checks.expect(difference <= TOLERANCE, command, done, f"{picture}: logits differ by {difference}")
    (flash, flash_size), (ram, ram_size, _), (stack, stack_size) = (memory[what] for what in ("flash", "RAM", "stack"))
    checks.expect((flash_size, ram_size, stack_size) == (FLASH, RAM, STACK) and 0 < flash <= FLASH and
                  0 < ram <= RAM and 0 < stack < STACK, command, done, "expected to fit the chip")
    # The numbers are the linker's.
    sizes = [int(n) for n in expect_success(checks, ["arm-none-eabi-size", program]).splitlines()[1].split()[:3]]
    checks.expect(flash == sizes[0] + sizes[1] and ram == sizes[1] + sizes[2], command, done,
                  f"expected the linker's sizes, {sizes}")


def test_symbols(checks, folder, program):
    """Of libraries the network needs memcpy and, for arithmetic, the compiler's own functions."""
    unit = folder / f"CMakeFiles/{program}.dir/classify.cpp.obj"
    undefined = expect_success(checks, ["arm-none-eabi-nm", "--undefined-only", "--demangle", unit]).split()
    own = r"U|memcpy|__aeabi_\w+|flash_used|ram_used|board::\S+|examples::\S+|classifier_weights::\S+"
    others = [name for name in undefined if not re.fullmatch(own, name) and not name.startswith("const")]
    done = subprocess.CompletedProcess([], 0, b"", b"")
    checks.expect(not others, ["arm-none-eabi-nm", unit], done, f"needs {others}")
    symbols = expect_success(checks, ["arm-none-eabi-nm", folder / f"{program}.elf"])
    found = re.findall(r" (malloc|_?free|_sbrk|printf|abort|__cxa_\w+|_Unwind_\w+|_Znwj|_ZdlPv|memset|memmove)$",
                       symbols, re.MULTILINE)
    checks.expect(not found, ["arm-none-eabi-nm", program], done, f"has {found}")


def test_what_does_not_fit(checks, folder, program):
    def fails(command, words):
        done = subprocess.run(command, cwd=folder, capture_output=True, timeout=300)
        output = done.stderr.decode(errors="replace") + done.stdout.decode(errors="replace")
        checks.expect(done.returncode != 0 and all(word in output for word in words), command, done,
                      f"expected to fail with {words}")

    # The compiler knows it from the network's type.
    example = checks.source / "examples/microcontroller"
    text = (example / "classify.cpp").read_text()
    smaller = text.replace("1024 * 1024", "800 * 1024").replace("256 * 1024", "200 * 1024")
    unit = checks.file("smaller.cpp", smaller.encode())
    commands = json.loads((folder / "compile_commands.json").read_text())
    command = next(shlex.split(entry["command"]) for entry in commands
                   if entry["file"].endswith("classify.cpp") and program in entry["command"])
    command = [word for word in command[:command.index("-MD")] if word] if "-MD" in command else command
    command = command[:command.index("-o")] if "-o" in command else command
    fails([*command, "-fsyntax-only", str(unit)], ["must fit the flash", "must fit the RAM"])

    # The linker knows it of all that there is.
    script = (example / "memory.ld").read_text()
    line = expect_success(checks, ["ninja", "-C", folder, "-t", "commands", f"{program}.elf"]).splitlines()[-1]
    for region, size, small in (("FLASH", "1M", "800K"), ("RAM", "256K", "200K")):
        changed = checks.file(f"{region}.ld", script.replace(f"LENGTH = {size}", f"LENGTH = {small}").encode())
        linked = line.replace(str(example / "memory.ld"), str(changed)).replace(
            f"-o {program}.elf", f"-o {checks.folder / 'smaller.elf'}")
        fails(["sh", "-c", linked], [f"region `{region}' overflowed"])


def main():
    programs, source, binary = map(pathlib.Path, sys.argv[1:4])
    missing = lacking()
    if missing:
        print(f"skipped: {missing} is not installed")
        return SKIPPED
    folder = binary / "microcontroller"
    with tempfile.TemporaryDirectory() as temporary:
        checks = Checks(programs, source, pathlib.Path(temporary))
        build(checks, folder)
        expected = native_verdicts(checks, folder / "pictures.cpp")
        in_int8 = native_int8_verdicts(checks, folder / "answers_int8")
        for processor, board in BOARDS.items():
            for program, answers in ((f"classify_{processor}", expected), (f"classify_int8_{processor}", in_int8)):
                test_answers(checks, folder / f"{program}.elf", board, answers)
                test_symbols(checks, folder, program)
        test_what_does_not_fit(checks, folder, "classify_cortex_m7")
    print(f"{checks.count} checks, {checks.failures} failed")
    return 1 if checks.failures else 0


if __name__ == "__main__":
    sys.exit(main())
