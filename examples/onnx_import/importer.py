# SPDX-License-Identifier: BSD-3-Clause
"""From a model to the text of its header, its weights and its check."""

import numpy as np

from . import graph as graphs
from .cpp import HeaderWriter, totals_of
from .fuse import Fuser
from .lowering import Lowering
from .memory import workspace_bound
from .naming import WITHOUT_NUMBER, name_tensors
from .outputs import output_table
from .recognise import Recogniser
from .refusal import Refusal
from .structure import Structure
from .words import comment, number

EXAMPLE = "plait.example."
CALIBRATION = "plait.calibration."


class Output:
    """An output of the file: its shape, and the network's outputs that it consists of along an axis."""

    def __init__(self, name, shape, axis, parts, logits=None):
        self.name = name
        self.source = logits or name  # the tensor whose values the network makes
        self.is_log_softmax = logits is not None
        self.shape = shape
        self.axis = axis
        self.parts = parts  # (index of the network's output, view, shape of the map)

    def maps_of(self, value):
        """For each of the network's outputs its values."""
        maps, begin = {}, 0
        for index, view, shape in self.parts:
            mine = value
            if self.axis is not None:
                size = view.shape[self.axis]
                mine = np.take(value, range(begin, begin + size), axis=self.axis)
                begin += size
            maps[index] = view.to_map(mine, shape)
        return maps


class Importer:
    def __init__(self, model, name, shapes, outputs=None, examples=None, source="the file"):
        self.name = name
        self.source = source
        self.graph = graphs.build(model, shapes, outputs, examples)
        self.nodes_in = len(self.graph.nodes)
        self.recognised = Recogniser(self.graph).run()
        lowering = Lowering(self.graph)
        self.program = lowering.run()
        self.notes = lowering.notes
        self.inputs = [lowering.seen[name].parts[0] for name in self.graph.inputs]
        self.outputs = [self.output_of(name, lowering.seen) for name in self.graph.outputs]
        if not self.program.steps:
            raise Refusal("the outputs are the inputs as they are, where a network of at least one layer was expected")
        self.fused = Fuser(self.program).run()
        self.epsilon = self.common_epsilon()
        self.flat_steps = list(self.program.steps)
        self.bound = workspace_bound(self.program)
        self.units = Structure(self.program).run()

    def common_epsilon(self):
        """That of all batch norms where they have one, otherwise PyTorch's."""
        found = {step.numbers.get("norm", step.numbers.get("epsilon")) for step in self.program.steps} - {None}
        return number_of(found.pop()) if len(found) == 1 else 1e-5

    def weights(self):
        return name_tensors(self.program.steps)

    def output_of(self, name, seen):
        found = seen[self.graph.alias.get(name, name)]
        index = {value: i for i, value in enumerate(self.program.outputs)}
        parts = [(index[part.value], part.view, part.value.shape) for part in found.parts]
        return Output(name, found.shape, found.axis, parts, found.logits)

    def check(self):
        """An input and what the network makes of it, as maps."""
        tensors = {}
        for index, (name, part) in enumerate(zip(self.graph.inputs, self.inputs)):
            value = np.asarray(self.graph.values[name], np.float32)
            tensors[f"{EXAMPLE}input{index or ''}"] = part.view.to_map(value, part.value.shape)
        maps = {}
        for output in self.outputs:
            value = np.asarray(self.graph.values[output.source], np.float32)
            maps.update(output.maps_of(value))
        for index in range(len(self.program.outputs)):
            tensors[f"{EXAMPLE}output{index}"] = maps[index]
        return tensors

    def calibration(self, arrays):
        """Of every input many, as maps; `arrays` has them in the file's layout."""
        tensors = {}
        for index, (name, part) in enumerate(zip(self.graph.inputs, self.inputs)):
            maps = [part.view.to_map(value[np.newaxis], part.value.shape) for value in arrays[name]]
            tensors[f"{CALIBRATION}input{index or ''}"] = np.stack(maps)
        return tensors

    def layers(self):
        """What each block of the network makes of the check's input, under its number and the file's name."""
        tensors = {name: array for name, array in self.check().items() if "input" in name}
        for step in self.program.steps:
            for block in step.children[-1:] if step.kind == "residual" else [step]:
                tensor = block.output.tensor
                if tensor is None or block.kind in WITHOUT_NUMBER:
                    continue
                name, view = tensor
                value = np.asarray(self.graph.values[name], np.float32)
                tensors[f"layer.{block.path} {comment(name)}"] = view.to_map(value, block.output.shape)
        return tensors

    def network_lines(self):
        """The declaration: the blocks that repeat and the network of them."""
        return HeaderWriter(self.program, self.units, self.name, self.graph.weight_names, self.epsilon).network_lines()

    def header(self):
        program = self.program
        parameters, multiply_adds = totals_of(program.steps)
        lines = []
        lines += [f"// Made of {comment(self.source)} by import_onnx.py: it is made again when that changes.",
                  "#pragma once", "", '#include "plait/blocks/blocks.hpp"', '#include "plait/io/file_tensor.hpp"',
                  '#include "plait/network/network.hpp"']
        table = output_table(self)
        lines += ["", *self.description(), f"namespace {self.name} {{", "", "using namespace plait;", ""]
        lines += self.network_lines()
        lines += ["", f"static_assert(network::parameters == {grouped(parameters)});",
                  f"static_assert(network::macs == {grouped(multiply_adds)});",
                  f"static_assert(network::workspace_bytes <= {grouped(self.bound)});"]
        lines += table.asserts
        lines += ["", *table.lines, "", f"}}  // namespace {self.name}"]
        return "\n".join(lines) + "\n"

    def description(self):
        lines = []
        for name, part in zip(self.graph.inputs, self.inputs):
            shape = self.graph.shapes[name]
            lines.append(f"/// Input '{comment(name, 40)}' {graphs.described(shape)}: {self.layout_of(part)}.")
        return lines

    @staticmethod
    def layout_of(part):
        roles = part.view.roles() or {}
        order = [axis for axis, _ in sorted(roles.items(), key=lambda item: item[1])]
        words = {"c": "channels", "h": "rows", "w": "columns"}
        usual = order == sorted(order, key="chw".index)
        text = ", ".join(words[axis] for axis in order) or "one value"
        return text if usual else f"{text} in the file, here channels x rows x columns"


def number_of(value):
    return float(number(value))


def grouped(value):
    text = f"{value:,}".replace(",", "'")
    return text
