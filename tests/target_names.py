#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""PLAIT_TARGET names what the compiler's flags let it use: flags that differ in that have different names, and the
levels of x86-64 have their plain ones. Looks at the compiler of the build, and at others that are installed.

usage: target_names.py COMPILER INCLUDE_FOLDER
"""
import pathlib
import re
import shutil
import subprocess
import sys

OTHERS = ["g++", "clang++", "clang++-19", "aarch64-linux-gnu-g++"]

# Features that no C++ but a call by their name brings, and which Plait does not call; EVEX512, without which Plait
# does not compile for AVX-512; ABM, which is LZCNT and POPCNT; what no value depends on.
LEFT_OUT = set("""
    ABM CLDEMOTE CLFLUSHOPT CLWB CLZERO ENQCMD EVEX256 EVEX512 FSGSBASE FXSR HLE HRESET INVPCID KL LAHF_SAHF MMX
    MOVDIR64B MOVDIRI MWAITX PCONFIG PKU PTWRITE RAOINT RDPID RDPRU RDRND RDSEED RTM SERIALIZE SGX SHSTK TSXLDTRK UINTR
    USERMSR WAITPKG WBNOINVD WIDEKL XSAVE XSAVEC XSAVEOPT XSAVES
    BTI MEMORY_TAGGING PAUTH RNG SVE_BITS SVE_VECTOR_OPERATORS LOCALLY_STREAMING SYSREG128
    NO_MATH_ERRNO NO_TRAPPING_MATH
""".split())

LEVELS = {"-march=x86-64": "baseline", "-march=x86-64-v2": "sse4_2", "-march=x86-64-v3": "avx2",
          "-march=x86-64-v4": "avx512"}
PROCESSORS = """
    nocona core2 nehalem westmere sandybridge ivybridge haswell broadwell skylake skylake-avx512 cascadelake cooperlake
    cannonlake icelake-client icelake-server tigerlake rocketlake alderlake sapphirerapids emeraldrapids graniterapids
    graniterapids-d sierraforest grandridge arrowlake arrowlake-s lunarlake pantherlake clearwaterforest diamondrapids
    bonnell silvermont goldmont goldmont-plus tremont knl knm
    k8 k8-sse3 amdfam10 btver1 btver2 bdver1 bdver2 bdver3 bdver4 znver1 znver2 znver3 znver4 znver5 native
""".split()
FEATURES = """
    sse3 ssse3 sse4.1 sse4.2 popcnt avx avx2 fma f16c bmi bmi2 lzcnt movbe aes pclmul sha adx prfchw sse4a gfni vaes
    vpclmulqdq fma4 xop tbm 3dnow avxvnni avxvnniint8 avxvnniint16 avxifma avxneconvert cmpccxadd sha512 sm3 sm4
    avx512f avx512cd avx512bw avx512dq avx512vl avx512vnni avx512bf16 avx512fp16 avx512vbmi avx512vbmi2 avx512ifma
    avx512bitalg avx512vpopcntdq avx512vp2intersect avx512er avx512pf prefetchwt1 prefetchi amx-tile amx-int8 amx-bf16
    amx-fp16 amx-complex avx10.1 avx10.1-512 avx10.2 apxf movrs
""".split()
X86 = [*LEVELS, *(f"-march={processor}" for processor in PROCESSORS),
       *(f"-march=x86-64 -m{feature}" for feature in FEATURES),
       "-march=x86-64 -mavx2 -mfma", "-march=x86-64-v3 -mno-bmi2", "-march=x86-64 -ffast-math",
       "-march=x86-64 -ffinite-math-only"]

ARM_FEATURES = """
    nothing crc crypto aes sha2 sha3 sm4 lse rdma rcpc fp16 fp16fml dotprod bf16 i8mm f32mm f64mm sve sve2 sve2-aes
    sve2-sm4 sve2-sha3 sve2-bitperm sve2p1 sme sme2 sme-i16i64 sme-f64f64 mops ls64 rng memtag cssc faminmax lut fp8
""".split()
ARM = ["-march=armv8-a", *(f"-march=armv{version}-a" for version in
                           "8.1 8.2 8.3 8.4 8.5 8.6 8.7 8.8 8.9 9 9.1 9.2 9.3 9.4".split()),
       *(f"-march=armv8.2-a+{feature}" for feature in ARM_FEATURES), "-march=armv8-a+sve -msve-vector-bits=256"]


class Failed(Exception):
    pass


def defined_and_named(command, flags, include):
    """What the compiler defines under the flags, and PLAIT_TARGET; None if it does not know them."""
    source = '#include "plait/core/target_name.hpp"\nthe_target PLAIT_TARGET\n'
    done = subprocess.run([*command, *flags.split(), "-std=c++20", "-I", include, "-E", "-dD", "-P", "-x", "c++", "-"],
                          input=source, capture_output=True, text=True)
    if done.returncode:
        return None
    defined = dict(re.findall(r"^#define (__\w+) (\S+)$", done.stdout, re.MULTILINE))
    return defined, re.search(r"^ *the_target (\w+)$", done.stdout, re.MULTILINE).group(1)


def used_features(defined, arm):
    """The features in `defined` that code may use, {name: value}."""
    if arm:
        found = {name.removeprefix("__ARM_FEATURE_"): value for name, value in defined.items()
                 if name.startswith("__ARM_FEATURE_")}
    else:
        found = {name[2:-2]: value for name, value in defined.items()
                 if re.fullmatch(r"__[A-Z0-9][A-Z0-9a-z]*(_[A-Z0-9]+)*__", name) and value == "1"}
    return {name: value for name, value in found.items()
            if name not in LEFT_OUT and not name.startswith(("FLT16", "CLANG"))}


def look_at(command, flag_sets, include, known, arm):
    plain = used_features(defined_and_named(command, flag_sets[0], include)[0], arm)
    names, sets = {}, {}
    for flags in flag_sets:
        answer = defined_and_named(command, flags, include)
        if answer is None:
            continue
        features = used_features(answer[0], arm)
        added = frozenset(features.items() ^ plain.items())
        if unknown := {name for name, _ in added} - known:
            raise Failed(f"{flags}: neither the name nor the list of what it leaves out has "
                         f"{', '.join(sorted(unknown))}")
        sets[flags] = added
        for other, name in names.items():
            if (name == answer[1]) != (sets[other] == added):
                differ = ", ".join(sorted(name for name, _ in added ^ sets[other])) or "nothing"
                raise Failed(f"'{other}' and '{flags}' are {name} and {answer[1]}, and differ in {differ}")
        names[flags] = answer[1]
    for flags, level in ({} if arm else LEVELS).items():
        if names.get(flags) != level:
            raise Failed(f"{flags} is {names.get(flags)} where {level} was expected")
    return names


def main():
    compiler, include = sys.argv[1:]
    header = (pathlib.Path(include) / "plait/core/target_name.hpp").read_text()
    known = {"AVX", "AVX512F", *re.findall(r"\bof\((\w+)\)", header)}
    commands = []
    for name in dict.fromkeys([compiler, *(found for other in OTHERS if (found := shutil.which(other)))]):
        machine = subprocess.run([name, "-dumpmachine"], capture_output=True, text=True, check=True).stdout
        is_clang = "clang" in subprocess.run([name, "--version"], capture_output=True, text=True, check=True).stdout
        if machine.startswith("x86_64"):
            commands.append(([name], False))
        if is_clang:
            commands.append(([name, "--target=aarch64-linux-gnu"], True))
        elif machine.startswith("aarch64"):
            commands.append(([name], True))
    for command, arm in commands:
        names = look_at([*command, "-nostdinc"], ARM if arm else X86, include, known, arm)
        print(f"{' '.join(command)}: {len(names)} sets of flags, {len(set(names.values()))} names, the longest "
              f"{max(names.values(), key=len)}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failed as failure:
        sys.exit(str(failure))
