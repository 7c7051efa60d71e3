#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Writes a network that export.py has exported to ONNX as ncnn reads it, NAME.param and NAME.bin. With RANGES, a
file that has the largest magnitude of every blob, as ncnn_worker prints it, NAME_int8.param and NAME_int8.bin:
convolutions and linear layers with a scale for each output and one for their input.

usage: to_ncnn.py NAME FOLDER [RANGES]
"""
import array
import dataclasses
import json
import pathlib
import struct
import sys

MAGIC = "7767517"
LARGEST_INT8 = 127
DEPTHWISE_INT8, DENSE_INT8 = 1, 2  # what ncnn calls "int8_scale_term"


@dataclasses.dataclass
class Constant:
    dims: list
    values: list  # or an array


@dataclasses.dataclass
class Node:
    kind: str
    inputs: list
    outputs: list
    attributes: dict = dataclasses.field(default_factory=dict)


@dataclasses.dataclass
class Graph:
    nodes: list
    constants: dict
    shapes: dict  # of blobs, without what is not known
    input: str
    outputs: list


@dataclasses.dataclass
class Layer:
    kind: str
    inputs: list
    outputs: list
    parameters: dict = dataclasses.field(default_factory=dict)
    weights: list = dataclasses.field(default_factory=list)  # floats, then what follows them
    outputs_of_weights: int = 0


class NotConverted(Exception):
    pass


def fold(kind, attributes, inputs):
    """What an operator makes of arrays, which PyTorch uses to compute sizes that are known; None of another."""
    import numpy

    axis = attributes.get("axis", 0)
    whole = inputs[0].dtype.kind == "i" if inputs else True
    return {
        "Identity": lambda x: x,
        "Cast": lambda x: x,
        "Floor": lambda x: numpy.floor(x),
        "Gather": lambda x, index: numpy.take(x, index, axis),
        "Concat": lambda *each: numpy.concatenate(each, axis),
        "Unsqueeze": lambda x, axes=attributes.get("axes"): numpy.expand_dims(x, tuple(int(i) for i in axes)),
        "Squeeze": lambda x, axes=None: numpy.squeeze(x),
        "Add": lambda x, y: x + y,
        "Sub": lambda x, y: x - y,
        "Mul": lambda x, y: x * y,
        "Div": lambda x, y: x // y if whole else x / y,
        "Slice": lambda x, begin, end, axes=None, steps=None: x[int(begin):int(end)],
    }.get(kind, lambda *_: None)(*inputs)


def folded(model):
    """The model without operators of constants and of shapes, and the shapes of its blobs. Shapes are known once
    sizes are constants, which are computed of shapes: so it is done until nothing changes."""
    import numpy
    from onnx import helper, numpy_helper, shape_inference

    while True:
        model = shape_inference.infer_shapes(model)
        graph = model.graph
        shapes = {info.name: [d.dim_value for d in info.type.tensor_type.shape.dim]
                  for info in [*graph.input, *graph.value_info, *graph.output]}
        arrays = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
        nodes = []
        for node in graph.node:
            attributes = {a.name: helper.get_attribute_value(a) for a in node.attribute}
            inputs = [name for name in node.input if name]
            made = None
            if node.op_type == "Constant":
                made = numpy_helper.to_array(attributes["value"])
            elif node.op_type == "Shape" and all(shapes.get(inputs[0], [0])):
                made = numpy.array(shapes[inputs[0]], "i8")
            elif all(name in arrays for name in inputs):
                made = fold(node.op_type, attributes, [arrays[name] for name in inputs])
            if made is None:
                nodes.append(node)
            else:
                arrays[node.output[0]] = numpy.asarray(made)
                graph.initializer.append(numpy_helper.from_array(arrays[node.output[0]], node.output[0]))
        if len(nodes) == len(graph.node):
            return graph, shapes, arrays
        kept = [type(node).FromString(node.SerializeToString()) for node in nodes]
        del graph.node[:]
        graph.node.extend(kept)


def read(path):
    """The graph of an ONNX file."""
    import onnx

    graph, shapes, arrays = folded(onnx.load(path))
    nodes = [Node(node.op_type, list(node.input), list(node.output),
                  {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}) for node in graph.node]
    constants = {}
    for name, values in arrays.items():
        flat = values.ravel()
        constants[name] = Constant(list(values.shape), array.array("f", flat.astype("f4").tobytes())
                                   if values.dtype.kind == "f" else flat.tolist())
    return Graph(nodes, constants, shapes, graph.input[0].name, [o.name for o in graph.output])


class Converter:
    """Goes through the nodes in order; what one layer of ncnn does with several of them is taken together."""

    def __init__(self, graph):
        self.graph = graph
        self.readers = {}
        for node in graph.nodes:
            for name in node.inputs:
                self.readers.setdefault(name, []).append(node)
        self.taken = set()
        self.layers = []

    def run(self):
        for node in self.graph.nodes:
            if id(node) in self.taken:
                continue
            convert = getattr(self, "convert_" + node.kind.lower(), None)
            if convert is None:
                raise NotConverted(f"ONNX's {node.kind} is not converted to ncnn")
            convert(node)
        return self.layers

    # What is around a node.

    def only_reader(self, name, *kinds):
        readers = self.readers.get(name, [])
        if len(readers) == 1 and name not in self.graph.outputs and readers[0].kind in kinds:
            return readers[0]
        return None

    def take(self, node):
        self.taken.add(id(node))
        return node.outputs[0]

    def constant(self, name):
        if name not in self.graph.constants:
            raise NotConverted(f"'{name}' is computed where a constant was expected")
        return self.graph.constants[name]

    def numbers(self, node, index, attribute=None):
        """Whole numbers that newer operators have as an input and older ones as an attribute."""
        if attribute in node.attributes:
            return list(node.attributes[attribute])
        return [int(v) for v in self.constant(node.inputs[index]).values]

    def add(self, kind, inputs, outputs, parameters=None, **weights):
        self.layers.append(Layer(kind, list(inputs), list(outputs), parameters or {}, **weights))

    def with_activation(self, output, parameters):
        """The activation that reads nothing but a convolution's output, which then is the layer's."""
        if act := self.only_reader(output, "Relu"):
            parameters[9] = 1
            return self.take(act)
        if act := self.only_reader(output, "Clip"):
            low, high = (self.constant(name).values[0] for name in act.inputs[1:3])
            parameters[9] = 3
            parameters[-23310] = f"2,{low:e},{high:e}"
            return self.take(act)
        return output

    # Operators.

    def convert_conv(self, node):
        weights, a = self.constant(node.inputs[1]), node.attributes
        outputs, _, height, width = weights.dims
        top, left, bottom, right = a.get("pads", [0, 0, 0, 0])
        strides, dilations = a.get("strides", [1, 1]), a.get("dilations", [1, 1])
        groups = a.get("group", 1)
        bias = self.constant(node.inputs[2]).values if len(node.inputs) > 2 else [0.0] * outputs
        parameters = {0: outputs, 1: width, 11: height, 2: dilations[1], 12: dilations[0], 3: strides[1],
                      13: strides[0], 4: left, 14: top, 15: right, 16: bottom, 5: 1, 6: len(weights.values)}
        if groups > 1:
            parameters[7] = groups
        output = self.with_activation(node.outputs[0], parameters)
        self.add("ConvolutionDepthWise" if groups > 1 else "Convolution", node.inputs[:1], [output], parameters,
                 weights=[weights.values, bias], outputs_of_weights=outputs)

    def convert_gemm(self, node):
        weights, bias = (self.constant(name) for name in node.inputs[1:3])
        if node.attributes.get("transB") != 1:
            raise NotConverted("a Gemm's weights are not [output][input]")
        parameters = {0: weights.dims[0], 1: 1, 2: len(weights.values)}
        output = self.with_activation(node.outputs[0], parameters)
        self.add("InnerProduct", node.inputs[:1], [output], parameters, weights=[weights.values, bias.values],
                 outputs_of_weights=weights.dims[0])

    def convert_batchnormalization(self, node):
        scale, bias, mean, variance = (self.constant(name).values for name in node.inputs[1:5])
        self.add("BatchNorm", node.inputs[:1], node.outputs[:1],
                 {0: len(scale), 1: f"{node.attributes.get('epsilon', 1e-5):e}"},
                 weights=[None, scale, mean, variance, bias])

    def convert_relu(self, node):
        self.add("ReLU", node.inputs, node.outputs)

    def convert_clip(self, node):
        low, high = (self.constant(name).values[0] for name in node.inputs[1:3])
        self.add("Clip", node.inputs[:1], node.outputs, {0: f"{low:e}", 1: f"{high:e}"})

    def convert_sigmoid(self, node):
        self.add("Sigmoid", node.inputs, node.outputs)

    def convert_hardsigmoid(self, node):
        a = node.attributes
        self.add("HardSigmoid", node.inputs, node.outputs,
                 {0: f"{a.get('alpha', 0.2):e}", 1: f"{a.get('beta', 0.5):e}"})

    def convert_hardswish(self, node):
        self.add("HardSwish", node.inputs, node.outputs, {0: f"{1 / 6:e}", 1: f"{0.5:e}"})

    def convert_softmax(self, node):
        self.add("Softmax", node.inputs, node.outputs, {0: 0, 1: 1})

    def convert_add(self, node):
        self.add("BinaryOp", node.inputs, node.outputs, {0: 0})

    def convert_mul(self, node):
        self.add("BinaryOp", node.inputs, node.outputs, {0: 2})

    def convert_concat(self, node):
        if node.attributes["axis"] != 1:
            raise NotConverted("a Concat is not of channels")
        self.add("Concat", node.inputs, node.outputs, {0: 0})

    def pool(self, node, source, pads, parameters):
        a = node.attributes
        top, left, bottom, right = pads
        kernel, strides = a["kernel_shape"], a.get("strides", [1, 1])
        self.add("Pooling", [source], node.outputs[:1],
                 {**parameters, 1: kernel[1], 11: kernel[0], 2: strides[1], 12: strides[0], 3: left, 13: top,
                  14: right, 15: bottom, 5: 0 if a.get("ceil_mode") else 1})

    def convert_maxpool(self, node):
        self.pool(node, node.inputs[0], node.attributes.get("pads", [0, 0, 0, 0]), {0: 0})

    def convert_averagepool(self, node):
        self.pool(node, node.inputs[0], node.attributes.get("pads", [0, 0, 0, 0]),
                  {0: 1, 6: node.attributes.get("count_include_pad", 0)})

    def convert_pad(self, node):
        """PyTorch exports the padding of an average pool by itself."""
        pads = self.numbers(node, 1, "pads")
        pool = self.only_reader(node.outputs[0], "AveragePool")
        if pool is None or any(pool.attributes.get("pads", [0])):
            if any(pads):
                raise NotConverted("a Pad is not before an AveragePool")
            return self.rename(node)
        self.take(pool)
        return self.pool(pool, node.inputs[0], [pads[2], pads[3], pads[6], pads[7]], {0: 1, 6: 1})

    def rename(self, node):
        self.add("Noop", node.inputs[:1], node.outputs[:1])

    convert_identity = rename
    convert_dropout = rename

    def convert_flatten(self, node):
        self.add("Flatten", node.inputs, node.outputs)

    def convert_globalaveragepool(self, node):
        output = node.outputs[0]
        if flatten := self.only_reader(output, "Flatten"):
            output = self.take(flatten)
            self.add("Pooling", node.inputs[:1], [output], {0: 1, 4: 1})
        else:  # ncnn leaves a vector, which layers that go on with a map take as one
            self.add("Pooling", node.inputs[:1], [output + "_mean"], {0: 1, 4: 1})
            self.add("Reshape", [output + "_mean"], [output], {0: 1, 1: 1, 2: -1})

    def convert_reducemean(self, node):
        if sorted(axis % 4 for axis in self.numbers(node, 1, "axes")) != [2, 3]:
            raise NotConverted("a ReduceMean is not over pixels")
        if node.attributes.get("keepdims", 1):
            return self.convert_globalaveragepool(node)
        return self.add("Pooling", node.inputs[:1], node.outputs, {0: 1, 4: 1})

    def convert_resize(self, node):
        before, after = self.graph.shapes[node.inputs[0]], self.graph.shapes[node.outputs[0]]
        if node.attributes.get("mode", b"nearest") != b"nearest":
            raise NotConverted("a Resize is not of nearest pixels")
        self.add("Interp", node.inputs[:1], node.outputs,
                 {0: 1, 1: f"{after[2] / before[2]:e}", 2: f"{after[3] / before[3]:e}"})

    def convert_reshape(self, node):
        """[groups][channels of each] transposed is a shuffle; else nothing but a vector comes of it."""
        sizes = [int(v) for v in self.constant(node.inputs[1]).values]
        turned = self.only_reader(node.outputs[0], "Transpose")
        if turned is not None and turned.attributes["perm"][:3] == [0, 2, 1]:
            back = self.only_reader(turned.outputs[0], "Reshape")
            if back is None:
                raise NotConverted("a Transpose is not of a shuffle")
            self.take(turned)
            channels = self.graph.shapes[node.inputs[0]][1]
            groups = sizes[1] if sizes[1] > 0 else channels // sizes[2]
            self.add("ShuffleChannel", node.inputs[:1], [self.take(back)], {0: groups})
        elif len(sizes) == 2:
            self.add("Flatten", node.inputs[:1], node.outputs)
        else:
            raise NotConverted("a Reshape is neither of a shuffle nor to a vector")

    def convert_split(self, node):
        if node.attributes.get("axis", 0) != 1:
            raise NotConverted("a Split is not of channels")
        self.slice(node.inputs[0], node.outputs, self.numbers(node, 1, "split"))

    def slice(self, source, outputs, sizes):
        self.add("Slice", [source], outputs, {-23300: ",".join(map(str, [len(sizes), *sizes]))})

    def convert_slice(self, node):
        """All slices of a map together, which must be every channel once."""
        source = node.inputs[0]
        channels = self.graph.shapes[source][1]
        parts = []
        for part in (reader for reader in self.readers[source] if reader.kind == "Slice"):
            self.take(part)
            begin, end, axis = (self.numbers(part, i)[0] for i in (1, 2, 3))
            step = self.numbers(part, 4)[0] if len(part.inputs) > 4 else 1
            if axis != 1 or step != 1:
                raise NotConverted("a Slice is not of channels one after another")
            parts.append((begin, min(end, channels), part.outputs[0]))
        parts.sort()
        if [begin for begin, _, _ in parts] != [0, *(end for _, end, _ in parts)][:-1] or parts[-1][1] != channels:
            raise NotConverted("slices are not every channel once")
        self.slice(source, [output for _, _, output in parts], [end - begin for begin, end, _ in parts])


def quantise(layers, ranges):
    """Scales beside the weights: of each output, by its largest weight, and of the input, by what was measured."""
    for layer in layers:
        if layer.outputs_of_weights == 0 or not ranges.get(layer.inputs[0]):
            continue
        if layer.parameters.get(7, layer.outputs_of_weights) != layer.outputs_of_weights:
            continue  # ncnn has one scale for each group
        values = layer.weights[0]
        each = len(values) // layer.outputs_of_weights
        scales = [LARGEST_INT8 / max(1e-9, *map(abs, values[i:i + each])) for i in range(0, len(values), each)]
        grouped = layer.kind == "ConvolutionDepthWise"
        layer.weights += [scales, [LARGEST_INT8 / ranges[layer.inputs[0]]]]
        layer.parameters[8] = DEPTHWISE_INT8 if grouped else DENSE_INT8


def written(graph, layers):
    """The text of the param file, and the bytes of the bin file."""
    readers = {}
    for layer in layers:
        for name in layer.inputs:
            readers[name] = readers.get(name, 0) + 1
    next_copy = {}

    def read_name(name):  # of several readers each has a copy, by ncnn's rules
        if readers[name] == 1:
            return name
        next_copy[name] = next_copy.get(name, -1) + 1
        return f"{name}_copy{next_copy[name]}"

    lines = []

    def line(kind, name, inputs, outputs, parameters):
        lines.append(" ".join([kind, name, str(len(inputs)), str(len(outputs)), *inputs, *outputs,
                               *(f"{key}={value}" for key, value in parameters.items())]))

    def split(name):
        if (count := readers.get(name, 0)) > 1:
            line("Split", "split_" + name, [name], [f"{name}_copy{i}" for i in range(count)], {})

    _, channels, height, width = graph.shapes[graph.input]
    line("Input", graph.input, [], [graph.input], {0: width, 1: height, 2: channels})
    split(graph.input)
    weights = bytearray()
    for number, layer in enumerate(layers):
        line(layer.kind, f"layer{number}", [read_name(name) for name in layer.inputs], layer.outputs,
             layer.parameters)
        for i, values in enumerate(layer.weights):
            if values is None:
                continue
            if i == 0:
                weights += struct.pack("<I", 0)  # floats, as they are
            weights += array.array("f", values).tobytes()
        for name in layer.outputs:
            split(name)
    blobs = sum(int(text.split()[3]) for text in lines)
    return "\n".join([MAGIC, f"{len(lines)} {blobs}", *lines]) + "\n", bytes(weights)


def convert(graph, ranges=None):
    layers = Converter(graph).run()
    if ranges:
        quantise(layers, ranges)
    return written(graph, layers)


def main():
    name, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    ranges = json.loads(pathlib.Path(sys.argv[3]).read_text()) if len(sys.argv) > 3 else None
    try:
        text, weights = convert(read(folder / f"{name}.onnx"), ranges)
    except NotConverted as why:
        sys.exit(f"{name}: {why}")
    stem = name + ("_int8" if ranges else "")
    (folder / f"{stem}.param").write_text(text)
    (folder / f"{stem}.bin").write_bytes(weights)


if __name__ == "__main__":
    main()
