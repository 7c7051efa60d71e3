# SPDX-License-Identifier: BSD-3-Clause
"""The command line of import_onnx.py."""

import argparse
import os
import pathlib
import sys

import numpy as np

from . import graph as graphs
from . import reader, safetensors
from .importer import Importer
from .refusal import Refusal, quoted
from .report import report
from .words import identifier

BAD_INPUT = 2


class Parser(argparse.ArgumentParser):
    def error(self, message):
        print(f"{self.prog}: {message}", file=sys.stderr)
        sys.exit(BAD_INPUT)


def parser():
    made = Parser(prog="import_onnx.py", description="Makes a Plait network of an ONNX file: NAME.hpp with the type "
                  "NAME::network, NAME.safetensors with its weights, and NAME.check.safetensors, which plait::verify "
                  "replays.")
    made.add_argument("model", metavar="MODEL.onnx")
    made.add_argument("--name", help="of the namespace and the files; otherwise made of the file's name")
    made.add_argument("--input-shape", action="append", default=[], metavar="[NAME:]1,3,224,224",
                      help="of an input whose sizes the file leaves open")
    made.add_argument("--outputs", metavar="A,B",
                      help="tensors at which the network ends, instead of the file's outputs")
    made.add_argument("--output", default=".", metavar="DIR", help="the folder that the files are written to")
    made.add_argument("--input", action="append", default=[], metavar="[NAME:]X.npy",
                      help="what the check puts in; otherwise waves with noise")
    made.add_argument("--calibrate", action="append", default=[], metavar="[NAME:]X.npy",
                      help="also write NAME.calibration.safetensors, with many inputs along the first dimension, for "
                      "int8")
    made.add_argument("--layers", action="store_true",
                      help="also write NAME.layers.safetensors, what every layer makes")
    return made


def shape_of(text):
    name, _, numbers = text.rpartition(":")
    try:
        shape = tuple(int(size) for size in numbers.replace("x", ",").split(","))
    except ValueError:
        shape = ()
    if not shape or min(shape) < 1 or max(shape) > 1 << 24:
        raise Refusal(f"--input-shape {quoted(text)}: positive sizes such as 1,3,224,224 were expected")
    return name or None, shape


def array_of(option, text, shapes):
    """The input that is meant, the file and what it holds."""
    name, _, path = text.rpartition(":")
    name = name or next(iter(shapes))
    if name not in shapes:
        raise Refusal(f"{option} {quoted(text)}: the graph has no input {quoted(name)}")
    try:
        array = np.load(path, allow_pickle=False)
        finite = np.all(np.isfinite(array))
    except (OSError, ValueError, EOFError, TypeError) as error:
        raise Refusal(f"{option} {quoted(path)}: {error}") from None
    if not finite:
        raise Refusal(f"{option} {quoted(path)}: has values that are not finite where numbers were expected")
    return name, path, array.astype(np.float32)


def example_of(text, shapes):
    name, path, array = array_of("--input", text, shapes)
    if array.shape != shapes[name]:
        raise Refusal(f"--input {quoted(path)}: has shape {graphs.described(array.shape)} where "
                      f"{graphs.described(shapes[name])} was expected")
    return name, array


def calibration_of(texts, shapes):
    """Many of every input; `shapes` begin with one."""
    found = {}
    for text in texts:
        name, path, array = array_of("--calibrate", text, shapes)
        expected = shapes[name][1:]
        if shapes[name][0] != 1 or array.shape[1:] != expected or array.ndim == 0 or len(array) == 0:
            raise Refusal(f"--calibrate {quoted(path)}: has shape {graphs.described(array.shape)} where some of "
                          f"{graphs.described(shapes[name])} along the first dimension were expected")
        if found and len(array) != len(next(iter(found.values()))):
            raise Refusal(f"--calibrate {quoted(path)}: has {len(array)} where as many as of the other inputs were "
                          "expected")
        found[name] = array
    lacking = [name for name in shapes if name not in found]
    if lacking:
        raise Refusal(f"--calibrate: nothing is given for input {quoted(lacking[0])}, where some of every input were "
                      "expected")
    return found


def run(options):
    outputs = [name for name in options.outputs.split(",") if name] if options.outputs else None
    model = reader.read_model(options.model, outputs)
    name = options.name if options.name is not None else identifier(pathlib.Path(options.model).stem)
    if options.name is not None and identifier(name) != name.lower() or not name.isidentifier() or not name.isascii() \
            or name.isupper():
        raise Refusal(f"--name {quoted(name)}: an identifier of at most 40 characters was expected that neither C++ "
                      f"nor Plait uses, such as {identifier(name)}")
    shapes = graphs.input_shapes(model, dict(shape_of(text) for text in options.input_shape), outputs)
    examples = dict(example_of(text, shapes) for text in options.input)
    imported = Importer(model, name, shapes, outputs, examples, pathlib.Path(options.model).name)
    weights, check, header = imported.weights(), imported.check(), imported.header()
    calibration = imported.calibration(calibration_of(options.calibrate, shapes)) if options.calibrate else None
    folder = pathlib.Path(options.output)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        safetensors.write(folder / f"{name}.safetensors", weights)
        safetensors.write(folder / f"{name}.check.safetensors", check)
        if calibration:
            safetensors.write(folder / f"{name}.calibration.safetensors", calibration)
        if options.layers:
            safetensors.write(folder / f"{name}.layers.safetensors", imported.layers())
        temporary = folder / f"{name}.hpp.new"
        temporary.write_text(header, encoding="ascii")
        os.replace(temporary, folder / f"{name}.hpp")
    except OSError as error:
        raise Refusal(f"{error.filename or folder}: {error.strerror}") from None
    print(report(imported, header))


def main(arguments):
    options = parser().parse_args(arguments)
    try:
        run(options)
    except Refusal as refusal:
        print(f"import_onnx.py: {refusal}", file=sys.stderr)
        return BAD_INPUT
    except RecursionError:
        print(f"import_onnx.py: {quoted(options.model)}: is nested too deeply", file=sys.stderr)
        return BAD_INPUT
    return 0
