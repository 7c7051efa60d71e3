# SPDX-License-Identifier: BSD-3-Clause
"""The file's graph with every shape known and everything constant folded.

A pass of the evaluator over one input says what every tensor's shape is, and what is the same whatever the input.
"""

import numpy as np
import onnx
from onnx import helper, numpy_helper

from . import evaluator
from .refusal import Refusal, quoted

# Only the shape of what these read matters.
OF_SHAPES = {"Shape", "Size"}
PASSES_ON = {"Identity", "Dropout"}


class Node:
    """An operation of the file, or several that were recognised as one."""

    def __init__(self, op, name, inputs, outputs, attributes):
        self.op = op
        self.name = name
        self.inputs = list(inputs)
        self.outputs = list(outputs)
        self.attributes = attributes
        self.covers = 1  # nodes of the file

    def get(self, attribute, default=None):
        return self.attributes.get(attribute, default)

    def input(self, index):
        return self.inputs[index] if index < len(self.inputs) and self.inputs[index] else None


class Graph:
    def __init__(self):
        self.nodes = []
        self.constants = {}
        self.shapes = {}
        self.inputs = []
        self.outputs = []
        self.values = {}
        self.left = []  # nodes behind the outputs that were asked for
        self.opset = 0
        self.counts = {}  # of the table
        self.weight_names = set()

    def is_constant(self, name):
        return name in self.constants

    def number(self, name):
        """The number that a constant is everywhere; None where it is none."""
        array = self.constants.get(name) if name else None
        if array is None or array.size == 0 or not np.issubdtype(array.dtype, np.number):
            return None
        first = array.reshape(-1)[0]
        return float(first) if np.all(array == first) else None

    def readers(self):
        found = {}
        for node in self.nodes:
            for name in node.inputs:
                found.setdefault(name, []).append(node)
        return found

    def makers(self):
        return {name: node for node in self.nodes for name in node.outputs}

    def drop_unread(self):
        needed = set(self.outputs)
        kept = []
        for node in reversed(self.nodes):
            if any(name in needed for name in node.outputs):
                kept.append(node)
                needed.update(name for name in node.inputs if name)
        self.nodes = kept[::-1]


def attributes_of(proto):
    return {attribute.name: helper.get_attribute_value(attribute) for attribute in proto.attribute}


def described(shape):
    return "[" + ", ".join(str(size) for size in shape) + "]"


def opset_of(model):
    for opset in model.opset_import:
        if opset.domain in ("", "ai.onnx"):
            return opset.version
    return 1


def graph_inputs(model):
    stored = {tensor.name for tensor in model.graph.initializer}
    return [value for value in model.graph.input if value.name not in stored]


def input_shapes(model, asked, outputs=None):
    """The shape of each input that the outputs need; `asked` has those of the command line by name, or one under
    None."""
    wanted = outputs or [output.name for output in model.graph.output]
    read = {name for node in evaluator.needed_nodes(model.graph, wanted) for name in node.input}
    inputs = [value for value in graph_inputs(model) if value.name in read]
    if not inputs:
        raise Refusal("the graph has no input: a network of at least one was expected")
    names = [value.name for value in inputs]
    for name in asked:
        if name is not None and name not in names:
            raise Refusal(f"--input-shape: the graph has no input {quoted(name)}: it has "
                          f"{', '.join(map(quoted, names))}")
    if None in asked and len(inputs) > 1:
        raise Refusal(f"--input-shape: the graph has {len(inputs)} inputs, {', '.join(map(quoted, names))}: "
                      "NAME:SHAPE was expected")
    found = {}
    for value in inputs:
        kind = value.type.tensor_type
        if kind.elem_type not in (onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16, onnx.TensorProto.DOUBLE):
            word = onnx.TensorProto.DataType.Name(kind.elem_type).lower()
            raise Refusal(f"input {quoted(value.name)} is of type {word} where floats were expected")
        dims = [dim.dim_value if dim.HasField("dim_value") else 0 for dim in kind.shape.dim]
        words = [str(dim.dim_value) if dim.dim_value else "?" for dim in kind.shape.dim]
        wanted = asked.get(value.name, asked.get(None))
        if wanted is not None:
            if kind.HasField("shape") and len(wanted) != len(dims):
                raise Refusal(f"--input-shape {','.join(map(str, wanted))}: input {quoted(value.name)} is "
                              f"[{', '.join(words)}], "
                              f"of {len(dims)} dimensions")
            dims = list(wanted)
        if not dims or not kind.HasField("shape") and wanted is None:
            raise Refusal(f"input {quoted(value.name)} has no shape in the file: --input-shape 1,3,224,224 or the like "
                          "says it")
        if dims[0] < 1:
            dims[0] = 1
        if any(size < 1 for size in dims):
            example = ",".join(str(size) if size > 0 else "224" for size in dims)
            raise Refusal(f"input {quoted(value.name)} is [{', '.join(words)}], whose sizes are open: "
                          f"--input-shape {example} or the like says them")
        evaluator.check_size(dims, f"input {quoted(value.name)}")
        found[value.name] = tuple(dims)
    return found


def example_of(shape, seed, scale=1.0, offset=0.0):
    """Waves of several lengths and some noise, about from offset - scale to offset + scale."""
    random = np.random.default_rng(seed)
    wave = np.zeros(shape)
    for number, axis in enumerate(range(1, len(shape))):
        place = np.arange(shape[axis]).reshape([-1 if i == axis else 1 for i in range(len(shape))])
        wave = wave + np.sin(place * 0.11 * (number + 1) + 1.7 * number + seed) + 0.5 * np.cos(place * 0.7)
    wave = wave / (1.5 * max(1, len(shape) - 1)) + random.uniform(-0.25, 0.25, shape)
    return (np.clip(wave, -1, 1) * scale + offset).astype(np.float32)


# What networks are fed with: normalised pictures, and bytes.
RANGES = ((1.0, 0.0), (127.5, 127.5), (0.5, 0.5))
WELL_CONDITIONED = 2e-5


def evaluated(cut, shapes, examples, as_declared):
    """Every tensor in doubles for an input at which the network is well conditioned: floats give the same."""
    given = examples or {}
    best, least = None, None
    for scale, offset in RANGES:
        feeds = {name: np.asarray(given[name]) if name in given else example_of(shape, seed, scale, offset)
                 for seed, (name, shape) in enumerate(shapes.items())}
        wide = {name: array.astype(np.float64) for name, array in feeds.items()}
        values = evaluator.evaluate(widened(cut, np.float64), wide, as_declared=as_declared)
        if len(given) == len(shapes):
            return values
        narrow = evaluator.evaluate(widened(cut, np.float32), feeds, [output.name for output in cut.graph.output])
        worst = max(_deviation(narrow[output.name], values[output.name]) for output in cut.graph.output)
        if least is None or worst < least:
            best, least = values, worst
        if worst <= WELL_CONDITIONED:
            break
    return best


def _deviation(narrow, wide):
    if not np.issubdtype(np.asarray(wide).dtype, np.floating) or not np.all(np.isfinite(wide)):
        return np.inf
    largest = np.max(np.abs(wide), initial=0.0)
    return np.max(np.abs(narrow - wide), initial=0.0) / largest if largest > 0 else np.inf


def with_input_shapes(model, shapes):
    """The model whose inputs say these shapes."""
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    for value in copy.graph.input:
        if value.name not in shapes:
            continue
        del value.type.tensor_type.shape.dim[:]
        for size in shapes[value.name]:
            value.type.tensor_type.shape.dim.add().dim_value = size
    return copy


def widened(model, kind):
    """A copy that computes in this type where the file has halves or floats."""
    original, model = model, onnx.ModelProto()
    model.CopyFrom(original)
    half, single, double = onnx.TensorProto.FLOAT16, onnx.TensorProto.FLOAT, onnx.TensorProto.DOUBLE
    wide = double if kind == np.float64 else single

    def widen(tensor):
        if tensor.data_type in (half, single):
            tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor).astype(kind), tensor.name))

    for tensor in model.graph.initializer:
        widen(tensor)
    for node in model.graph.node:
        if node.op_type == "ConstantOfShape" and not node.attribute:
            node.attribute.append(helper.make_attribute("value", numpy_helper.from_array(np.zeros(1, kind))))
        for attribute in node.attribute:
            if attribute.type == onnx.AttributeProto.TENSOR:
                widen(attribute.t)
            if node.op_type == "Cast" and attribute.name == "to" and attribute.i in (half, single, double):
                attribute.i = wide
            if node.op_type == "Constant" and attribute.name in ("value_float", "value_floats"):
                values = attribute.f if attribute.name == "value_float" else list(attribute.floats)
                tensor = numpy_helper.from_array(np.asarray(values, kind))
                attribute.CopyFrom(helper.make_attribute("value", tensor))
    return model


def prune(model, outputs):
    """What is needed for the outputs, and the nodes that are not."""
    needed = set(outputs)
    kept = []
    left = []
    for node in reversed(model.graph.node):
        if any(name in needed for name in node.output if name):
            kept.append(node)
            needed.update(name for name in node.input if name)
        else:
            left.append(node)
    return kept[::-1], left[::-1]


def build(model, shapes, outputs=None, examples=None):
    """The graph up to `outputs` (names; otherwise the file's). `examples` has an array for each input."""
    graph = Graph()
    graph.opset = opset_of(model)
    file_outputs = [value.name for value in model.graph.output]
    graph.outputs = list(outputs) if outputs else file_outputs
    made = {name for node in model.graph.node for name in node.output if name}
    for name in graph.outputs:
        if name not in made:
            near = sorted(made, key=lambda other: (not other.startswith(name[:3]), len(other)))[:3]
            raise Refusal(f"--outputs: no node makes {quoted(name)}; the graph makes "
                          f"{', '.join(map(quoted, near))} and others")
    if not graph.outputs:
        raise Refusal("the graph has no output: a network of at least one was expected")
    kept, graph.left = prune(model, graph.outputs)

    declared = evaluator.declared_shapes(model.graph)
    changed = any(evaluator.contradicts(declared.get(name), shape) for name, shape in shapes.items())
    cut = onnx.ModelProto()
    cut.CopyFrom(with_input_shapes(model, shapes))
    del cut.graph.node[:]
    cut.graph.node.extend(kept)
    if outputs:
        del cut.graph.output[:]
        for name in graph.outputs:
            cut.graph.output.add().name = name
    values = evaluated(cut, shapes, examples, not changed)
    graph.values = values

    graph.inputs = list(shapes)
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    graph.weight_names = set(constants)
    moving = set(graph.inputs)
    nodes = []
    for proto in kept:
        names = [name for name in proto.input]
        fixed = proto.op_type in OF_SHAPES or not any(name in moving for name in names if name)
        if fixed:
            for name in proto.output:
                if name:
                    made = np.asarray(values[name])
                    constants[name] = made.astype(np.float32) if made.dtype == np.float64 else made
            continue
        moving.update(name for name in proto.output if name)
        nodes.append(Node(proto.op_type, proto.name, names, list(proto.output), attributes_of(proto)))
        if proto.domain not in ("", "ai.onnx"):
            nodes[-1].op = f"{proto.domain}.{proto.op_type}"
    graph.constants = constants
    graph.shapes = {name: tuple(np.shape(values[name])) for name in values}
    for name, array in constants.items():
        graph.shapes[name] = array.shape
    graph.nodes = nodes
    graph.counts = {"nodes": len(model.graph.node), "left": len(graph.left), "folded": len(kept) - len(nodes)}
    pass_on(graph)
    return graph


def pass_on(graph):
    """Leaves out what does nothing when a network runs."""
    instead = {}
    kept = []
    for node in graph.nodes:
        node.inputs = [instead.get(name, name) for name in node.inputs]
        source = node.inputs[0] if node.inputs else None
        nothing = node.op in PASSES_ON or (node.op == "Cast" and graph.shapes.get(source) is not None
                                           and node.get("to") in (1, 10, 11))
        if nothing:
            instead[node.outputs[0]] = source
        else:
            kept.append(node)
    graph.counts["gone"] = len(graph.nodes) - len(kept)
    graph.nodes = kept
    graph.alias = instead
