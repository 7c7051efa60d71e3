#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Imports every small graph and some that chance has drawn, and writes programs that run what was made.

usage: make_units.py FOLDER

For each graph of small_graphs.py that is to become a network, FOLDER has the importer's header, weights and check,
and in NAME.file.safetensors an input and the answers to it as they lie in the ONNX file's own tensors.
FOLDER/all_graphs.cpp names all of them and runs their calls as plain loops; FOLDER/kernels.cpp compiles the kernels
of some; FOLDER/zoo.cpp those of real models, held against the answers beside them, or it says that it skips where
../shared/zoo is not beside the checkout. All take FOLDER as their argument. Exit status 1 where a graph is refused
that is to become a network.
"""
import contextlib
import io
import pathlib
import sys

import numpy as np
import onnx

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "examples"))

import drawn_graphs  # noqa: E402
import small_graphs  # noqa: E402
import zoo  # noqa: E402
from onnx_import import safetensors  # noqa: E402
from onnx_import.command import main as import_onnx  # noqa: E402
from onnx_import.evaluator import evaluate  # noqa: E402
from onnx_import.graph import widened  # noqa: E402
from onnx_import.reader import rewrite_newer, sort_nodes  # noqa: E402

# Those whose kernels are compiled: each costs the compiler half a second.
WITH_KERNELS = ("conv_pads_differ", "conv_same_upper_stride_2", "conv_groups_2", "transposed_pads_behind",
                "batch_norm_before_relu_and_conv", "dense_from_nhwc", "max_pool_pads_ceil",
                "squeeze_and_excite", "prelu_c11", "gelu_by_erf", "softmax_channels", "resize_linear_align",
                "depth_to_space_dcr", "focus", "pad_reflect_and_conv", "split_13", "slice_every_second_channel",
                "gather_by_chance", "shuffle_5d", "shuffle_into_two_maps", "nhwc_between", "residual_units",
                "pyramid", "heads_in_rows", "feature_and_logits", "all_in_half", "names_that_end_comments")

# A handful of the real models; bench/import_table has all of them.
REAL = ("mnist_cntk", "mtcnn_onet", "mtcnn_pnet", "pfld_ghostone", "ppocr_cls")

DRAWN = 40
WINDOWS = 24

HEAD = """// SPDX-License-Identifier: BSD-3-Clause
// Made by make_units.py.
"""


WITHOUT_ZOO = HEAD + """#include <cstdio>

int main() {
    std::puts("skipped, since ../shared/zoo is not beside the checkout");
    return 77;
}
"""


class RealGraph:
    """A model of the zoo, as small_graphs.py has its own."""

    def __init__(self, model):
        self.name, self.model = model.name, onnx.load(str(model.path))
        self.inputs = {model.input_name: model.input}
        self.options = ("--input-shape", ",".join(map(str, model.input.shape)))
        self.answers = {output["name"]: np.load(model.folder / output["file"]) for output in model.answer["outputs"]}


def namespace(graph):
    return f"graph_{graph.name}"[:40].rstrip("_")


def imported(graph, folder):
    """None, or the importer's sentence."""
    path, given = folder / "model.onnx", folder / "input.npy"
    path.write_bytes(graph.model.SerializeToString())
    arguments = [str(path), "--name", namespace(graph), "--output", str(folder), *graph.options]
    if len(graph.inputs) == 1:
        np.save(given, *graph.inputs.values())
        arguments += ["--input", str(given)]
    said, refused = io.StringIO(), io.StringIO()
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(refused):
            status = import_onnx(arguments)
    except Exception as error:  # whatever it is, the other graphs are tried
        return f"{type(error).__name__}: {error}"
    return None if status == 0 else refused.getvalue().strip()


def write_answers(graph, folder):
    """What the evaluator makes of the graph's own input, without the importer's idea of maps."""
    model = widened(graph.model, np.float64)
    rewrite_newer(model, model.graph.node)
    sort_nodes(model.graph)
    inputs = {name: array.astype(np.float64) for name, array in graph.inputs.items()}
    names = [output.name for output in model.graph.output]
    answers = evaluate(model, inputs, names)
    write_tensors(graph, folder, inputs, [answers[name] for name in names])


def write_tensors(graph, folder, inputs, outputs):
    tensors = {f"input{index}": array.astype(np.float32) for index, array in enumerate(inputs.values())}
    tensors.update({f"output{index}": array.astype(np.float32) for index, array in enumerate(outputs)})
    safetensors.write(folder / f"{namespace(graph)}.file.safetensors", tensors)


def program(graphs, header, kind):
    lines = [HEAD + f'#include "{header}"', ""]
    lines += [f'#include "{namespace(graph)}.hpp"' for graph in graphs]
    lines += ["", "int main(int argc, char** argv) {", "    imported_graphs::run run(argc, argv);"]
    lines += [f'    run.{kind}<{name}::network>("{name}", {name}::inputs, {name}::outputs);'
              for name in map(namespace, graphs)]
    return "\n".join(lines + ["    return run.status();", "}", ""])


def main(arguments):
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    folder = pathlib.Path(arguments[0])
    folder.mkdir(parents=True, exist_ok=True)
    graphs, refused, failures = [], 0, 0
    drawn = drawn_graphs.drawn_graphs(0, DRAWN) + drawn_graphs.drawn_windows(0, WINDOWS)
    for graph in small_graphs.small_graphs() + small_graphs.hostile_graphs() + drawn:
        sentence, operator = imported(graph, folder), small_graphs.NOT_TAKEN.get(graph.name)
        if sentence is None:
            write_answers(graph, folder)
            graphs.append(graph)
        if operator is None and sentence is None:
            continue
        if operator and sentence and f"({operator}" in sentence and "\n" not in sentence:
            refused += 1
            continue
        failures += 1
        print(f"FAILED: {graph.name}: " + (sentence or "is imported, which small_graphs.NOT_TAKEN does not expect"))
    real = [RealGraph(zoo.Model(path)) for path in zoo.folders() if path.name in REAL]
    for graph in real:
        sentence = imported(graph, folder)
        if sentence is None:
            names = [output.name for output in graph.model.graph.output]
            write_tensors(graph, folder, graph.inputs, [graph.answers[name] for name in names])
        else:
            failures += 1
            print(f"FAILED: {graph.name}: {sentence}")
    with_kernels = [graph for graph in graphs if graph.name in WITH_KERNELS]
    (folder / "all_graphs.cpp").write_text(program(graphs, "plain_run.hpp", "plain_loops"))
    (folder / "kernels.cpp").write_text(program(with_kernels, "kernel_run.hpp", "kernels"))
    (folder / "zoo.cpp").write_text(program(real, "kernel_run.hpp", "kernels") if real else WITHOUT_ZOO)
    print(f"{len(graphs)} graphs were imported, {refused} refused, {failures} otherwise than expected")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
