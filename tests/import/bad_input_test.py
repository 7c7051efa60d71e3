# SPDX-License-Identifier: BSD-3-Clause
"""What the importer refuses: status 2, one sentence on stderr, and no file, wherever the fault is.

usage: bad_input_test.py
"""
import contextlib
import io
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

try:
    import numpy as np
    import onnx
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

import small_graphs
import zoo  # noqa: F401  (finds the importer)
from onnx_import.command import main as import_onnx

PROGRAM = zoo.TOP / "examples" / "import_onnx.py"


class Run:
    """One run of the importer in a folder of its own; `output` is where it may write."""

    def __init__(self, arguments, folder, process=False):
        self.output = folder / "output"
        before = listing(folder)
        command = [*map(str, arguments), "--output", str(self.output)]
        if process:
            done = subprocess.run([sys.executable, "-B", str(PROGRAM), *command], capture_output=True, cwd=folder,
                                  timeout=120, check=False)
            self.status, self.said = done.returncode, done.stderr.decode(errors="replace")
            self.table = done.stdout.decode(errors="replace")
        else:
            self.status, self.said, self.table = called(command)
        self.written = sorted(set(listing(folder)) - set(before))


def called(command):
    said, table = io.StringIO(), io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(table):
        try:
            status = import_onnx(command)
        except SystemExit as end:
            status = end.code
        except Exception as error:  # a fault of the importer, which the test reports
            return None, f"{type(error).__name__}: {error}", ""
    return status, said.getvalue(), table.getvalue()


def listing(folder):
    return [str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir()]


class Checks:
    def __init__(self, folder):
        self.folder, self.failures, self.count = folder, 0, 0

    def expect(self, condition, what, run, why):
        self.count += 1
        if not condition:
            self.failures += 1
            print(f"FAILED: {what}: {why}; status {run.status}, wrote {run.written}, said: {run.said[:500]}")

    def refuses(self, what, arguments, words=(), process=False):
        run = Run(arguments, self.folder, process)
        sentence = run.said[:-1]
        printable = all(letter.isprintable() for letter in sentence)
        self.expect(run.status == 2 and run.said.endswith("\n") and printable and not run.written and
                    all(word in sentence for word in words) and len(sentence) < 2000, what, run,
                    f"expected status 2, one line with {list(words)} and no file")

    def takes_or_refuses(self, what, arguments):
        """What chance has made of a file: no other end than these two, and files in the folder alone."""
        run = Run(arguments, self.folder)
        if run.status == 0:
            inside = all(path.startswith("output/") for path in run.written)
            self.expect(inside, what, run, "expected files in --output alone")
            for path in run.written:
                (self.folder / path).unlink()
        else:
            self.expect(run.status == 2 and run.said.count("\n") == 1 and not run.written, what, run,
                        "expected status 0, or 2 and one line")

    def takes(self, what, arguments, name):
        """Three files in the folder, and a table that no terminal takes for anything else."""
        run = Run(arguments, self.folder)
        wanted = [f"output/{name}{end}" for end in (".check.safetensors", ".hpp", ".safetensors")]
        printable = all(line.isprintable() and len(line) < 1000 for line in run.table.split("\n"))
        self.expect(run.status == 0 and run.said == "" and run.written == wanted and printable, what, run,
                    f"expected {wanted} and a table of printable lines")
        for path in run.written:
            (self.folder / path).unlink()

    def file(self, name, data):
        path = self.folder / name
        path.write_bytes(data)
        return path


def no_model(checks):
    """What is no file, or no ONNX."""
    folder = checks.folder
    checks.refuses("no such file", [folder / "none.onnx"], ["none.onnx", "No such file"], process=True)
    checks.refuses("a folder", [folder], ["folder"], process=True)
    checks.refuses("empty", [checks.file("empty.onnx", b"")], ["empty"], process=True)
    checks.refuses("text", [checks.file("text.onnx", b"hello world\n")], ["no ONNX"], process=True)
    checks.refuses("zip", [checks.file("zip.onnx", b"PK\3\4" + bytes(100))], ["no ONNX"])
    checks.refuses("zeros", [checks.file("zeros.onnx", bytes(1000))], ["no ONNX"])
    checks.refuses("safetensors", [checks.file("weights.onnx", b"\x10" + bytes(7) + b'{"a":{}}        ')], ["no ONNX"])
    checks.refuses("a name with a zero", ["a\0b.onnx"], [])
    checks.refuses("a name with a newline", [folder / "a\nb.onnx"], ["a\\nb"])
    checks.refuses("a device", ["/dev/zero"], ["/dev/zero"])
    large = folder / "large.onnx"
    with open(large, "wb") as file:
        file.truncate(2 * 10**9)
    checks.refuses("2 GB", [large], ["2.0 GB", "2 GB"], process=True)
    large.unlink()
    if os.geteuid() != 0:
        locked = checks.file("locked.onnx", b"x")
        locked.chmod(0)
        checks.refuses("a locked file", [locked], ["ermission"])


def cut_off(checks, model):
    """Every beginning of a model's bytes, or in steps where there are many."""
    data = model.SerializeToString()
    for length in [*range(1, 200), *range(200, len(data), 97)]:
        checks.refuses(f"cut off after {length} of {len(data)} bytes", [checks.file("cut.onnx", data[:length])])
    path = checks.file("cut.onnx", data[:len(data) // 2])
    checks.refuses("cut in half", [path], ["cut off"], process=True)


def damaged(checks, model):
    """Bytes that chance has changed."""
    data = model.SerializeToString()
    chance = random.Random(1)
    for index in range(400):
        changed = bytearray(data)
        for _ in range(chance.choice((1, 1, 2, 8))):
            changed[chance.randrange(len(data))] = chance.randrange(256)
        if chance.random() < 0.2:
            at = chance.randrange(len(data))
            changed[at:at] = changed[at:at + chance.randrange(60)]
        checks.takes_or_refuses(f"damage {index}", [checks.file("damaged.onnx", bytes(changed)), "--name", "damaged"])


def graphs(checks):
    for graph in small_graphs.refused_graphs():
        path = checks.file("model.onnx", graph.model.SerializeToString())
        checks.refuses(graph.name, [path, *graph.options], graph.words)
    graph = small_graphs.refused_graphs()[0]
    path = checks.file("model.onnx", graph.model.SerializeToString())
    checks.refuses(graph.name, [path], graph.words, process=True)


def hostile(checks):
    for graph in small_graphs.hostile_graphs():
        path = checks.file("model.onnx", graph.model.SerializeToString())
        checks.takes(graph.name, [path, "--name", "hostile"], "hostile")


def cut_before(checks):
    """What is refused is no obstacle behind the outputs that are asked for."""
    behind = ("control_flow", "another_domain", "unknown_operator", "no_operator", "name_that_ends_a_comment")
    for graph in small_graphs.refused_graphs():
        if graph.name.removeprefix("refused_") in behind:
            path = checks.file("model.onnx", graph.model.SerializeToString())
            checks.takes(f"{graph.name}, cut", [path, "--name", "cut", "--outputs", "t0_0"], "cut")


def bad_text(checks, model):
    """Names that are no UTF-8."""
    data = model.SerializeToString()
    for name in (b"relu_2", b"conv_0", b"t0_0", b"w0", b"Relu"):
        changed = data.replace(name, b"\xff\xfe" + name[2:])
        checks.refuses(f"{name} in no UTF-8", [checks.file("text.onnx", changed)], ["UTF-8"])


def arguments(checks, model):
    path = checks.file("sound.onnx", model.SerializeToString())
    for name in ("../escaped", "/tmp/escaped", "a/b", "", ".", "class", "1st", "a b", "a;b", "a\nb", "std", "plait",
                 "x" * 5000, "\u00e9t\u00e9", "a-b", "a.b", "a::b", "__a", "abs",
                 "conv", "size_t", "EOF"):
        checks.refuses(f"--name {name[:20]!r}", [path, "--name", name], ["--name"])
    for shape in ("", "1,2", "1,4,6,7,8", "1,4,0,7", "1,4,-6,7", "a,b", "1,4,6,7.5", "y:1,4,6,7", "1,5,6,7",
                  "1,4,99999999999,7", "1,4,1000000,1000000", ":"):
        checks.refuses(f"--input-shape {shape!r}", [path, "--input-shape", shape], [])
    for outputs in ("none", "t0_0,none", "x", "w0", ",", "t0_0,t0_0"):
        checks.refuses(f"--outputs {outputs!r}", [path, "--outputs", outputs], [])
    for what, array, words in (("of another shape", np.zeros((3, 4, 7, 6)), ["[3, 4, 7, 6]"]),
                               ("of none", np.zeros((0, 4, 6, 7)), ["[0, 4, 6, 7]"]),
                               ("of one number", np.zeros(()), ["[]"]),
                               ("that are not finite", np.full((2, 4, 6, 7), np.nan), ["not finite"]),
                               ("of text", np.full((2, 4, 6, 7), "a"), [])):
        given = checks.folder / "given.npy"
        np.save(given, array)
        checks.refuses(f"inputs {what}", [path, "--name", "sound", "--calibrate", given], ["--calibrate", *words])
    checks.refuses("no inputs", [path, "--calibrate", checks.folder / "none.npy"], ["none.npy"])
    checks.refuses("inputs of another name", [path, "--calibrate", f"y:{checks.folder / 'given.npy'}"], ["no input"])
    checks.refuses("no argument", [], [], process=True)
    checks.refuses("an option that is not there", [path, "--fast"], ["--fast"], process=True)
    checks.takes("a sound model", [path, "--name", "sound"], "sound")
    shutil.rmtree(checks.folder / "output", ignore_errors=True)
    checks.file("output", b"a file where the folder should be")
    checks.refuses("--output that is a file", [path, "--name", "sound"], ["output"])


def main():
    sound = small_graphs.GRAPHS["residual_units"]().model
    with tempfile.TemporaryDirectory() as folder:
        checks = Checks(pathlib.Path(folder).resolve())
        no_model(checks)
        graphs(checks)
        hostile(checks)
        cut_before(checks)
        bad_text(checks, small_graphs.GRAPHS["add_maps"]().model)
        cut_off(checks, small_graphs.GRAPHS["squeeze_and_excite"]().model)
        damaged(checks, sound)
        arguments(checks, small_graphs.GRAPHS["add_maps"]().model)
    print(f"{checks.count} checks, {checks.failures} failed")
    return 1 if checks.failures else 0


if __name__ == "__main__":
    sys.exit(main())
