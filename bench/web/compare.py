#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Times published networks in one Chromium on one thread, in turns: Plait (relaxed and plain SIMD), ONNX Runtime Web,
LiteRT and TensorFlow.js, with the multiply-add peak at 128 bits measured in WebAssembly in the same run.

bench/compare --web runs it. Rivals that are not installed are left out, with the reason.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests/web")]
from agreement import largest_difference  # noqa: E402
from browser import Browser, Server  # noqa: E402

BUILD = ROOT / "build"
RIVALS = BUILD / "rivals"
NETWORKS = {"augshufflenet_x0_5_cifar10": 32, "augshufflenet_x1_0_cifar10": 32, "torchvision_shufflenet_v2_x0_5": 224,
            "torchvision_shufflenet_v2_x1_0": 224, "torchvision_mobilenet_v2": 224, "fastestdet_coco": 352}
RUNTIMES = ["plait", "plait_plain", "onnxruntime", "litert", "tfjs"]
PACKAGES = ["onnxruntime-web", "@litertjs/core", "@tensorflow/tfjs-core", "@tensorflow/tfjs-backend-cpu",
            "@tensorflow/tfjs-backend-wasm"]


def export(name):
    folder = RIVALS / "networks"
    scripts = [ROOT / "bench/rivals/export.py", ROOT / "bench/rivals/web_models.py"]
    made = [folder / f"{name}.onnx", folder / f"{name}.layers.json"]
    for script, file in zip(scripts, made):
        if not file.exists():
            done = subprocess.run([sys.executable, "-W", "ignore", script, name, folder])
            if done.returncode and script is scripts[0]:
                sys.exit(f"{name} could not be exported: python3-torch, python3-torchvision, python3-onnx and "
                         "python3-flatbuffers were expected")


def site(folder):
    """What the page asks for, as links."""
    for name, target in {"plait": BUILD / "bench/web", "networks": RIVALS / "networks",
                         "node_modules": RIVALS / "node_modules", "compare.html": ROOT / "bench/web/compare.html",
                         "compare.js": ROOT / "bench/web/compare.js",
                         "peak.relaxed.wasm": BUILD / "examples/web/peak.relaxed.wasm"}.items():
        (folder / name).symlink_to(target)


def print_row(name, rows, left_out):
    least = {runtime: row["least_us"] for runtime, row in rows.items()}
    median = {runtime: row["us"] for runtime, row in rows.items()}
    macs = rows["plait"]["facts"]["multiply_adds"]
    peak = 48e6 / least["peak"] / 1000  # of a million turns
    bound = macs / peak / 1000
    print(f"{name}: {macs:,.0f} multiply-adds, {bound:.0f} us at the peak of {peak:.1f} G/s")
    for runtime in RUNTIMES:
        if runtime in rows:
            difference = largest_difference(rows["plait"]["output"], rows[runtime]["output"]) \
                if len(rows[runtime]["output"]) == len(rows["plait"]["output"]) else float("nan")
            print(f"  {runtime:12} median {median[runtime]:9.0f} us  least {least[runtime]:9.0f} us  of peak "
                  f"{bound / least[runtime]:5.3f}  {median[runtime] / median['plait']:5.2f}x  differs {difference:.0e}")
        else:
            print(f"  {runtime:12} left out: {left_out.get(runtime)}")
    sys.stdout.flush()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--networks", default=",".join(NETWORKS), help="a selection, separated by commas")
    parser.add_argument("--json", type=pathlib.Path, help="write the rows to this file")
    parser.add_argument("--rounds", type=int, default=15, help="turns that each runtime gets")
    parser.add_argument("--seconds", type=float, default=0.1, help="length of a turn")
    parser.add_argument("--no-build", action="store_true", help="take what is built and exported")
    options = parser.parse_args()
    names = options.networks.split(",")
    for name in names:
        if name not in NETWORKS:
            sys.exit(f"there is no network '{name}'; the networks are {', '.join(NETWORKS)}")
    if not (RIVALS / "node_modules/onnxruntime-web").is_dir():
        print(f"rivals are not installed, so they are left out: npm install --ignore-scripts --prefix build/rivals "
              f"{' '.join(PACKAGES)}")
        (RIVALS / "node_modules").mkdir(parents=True, exist_ok=True)
    if not options.no_build:
        for command in (["cmake", "-S", ROOT, "-B", BUILD, "-DCMAKE_BUILD_TYPE=Release"],
                        ["cmake", "--build", BUILD, "--target", "web_compare", "-j2"]):
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        for name in names:
            export(name)

    results = {}
    with tempfile.TemporaryDirectory() as folder:
        site(pathlib.Path(folder))
        server = Server(folder)
        with Browser() as browser:
            print(browser.call("Browser.getVersion")["product"])
            for name in names:
                page = browser.open(server.address + "compare.html")
                page.wait("window.measure !== undefined")
                size = NETWORKS[name]
                given = {"runtimes": RUNTIMES, "rounds": options.rounds, "warm_up": 5, "passes": 1 if size > 32 else 4,
                         "milliseconds": 1000 * options.seconds}
                found = page.evaluate(f"measure({json.dumps(name)}, [{size}, {size}], {json.dumps(given)})", 600)
                print_row(name, found["rows"], found["left_out"])
                results[name] = found
                page.close()
    if options.json:
        options.json.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
