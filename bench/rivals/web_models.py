#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Writes an exported ONNX network in the forms that web runtimes read: NAME.tflite for LiteRT, and for TensorFlow.js
NAME.layers.json, a list of its layers, with their weights in NAME.layers.bin. Maps lie as N, H, W, C there.

usage: web_models.py NAME FOLDER
"""
import json
import pathlib
import sys

import flatbuffers
import numpy
import onnx
from onnx import helper, numpy_helper


def attributes(node):
    return {a.name: helper.get_attribute_value(a) for a in node.attribute}


class Layers:
    """Walks an ONNX graph: its constants are computed, the rest becomes layers. Shapes are C, H, W."""

    def __init__(self, model):
        graph = model.graph
        self.constants = {i.name: numpy_helper.to_array(i) for i in graph.initializer}
        self.shapes = {graph.input[0].name: [d.dim_value for d in graph.input[0].type.tensor_type.shape.dim][1:]}
        self.output = graph.output[0].name
        self.layers = []
        self.pads = {}
        self.views = {}  # what a shuffle's first reshape and its transpose make
        for node in graph.node:
            if not self.compute(node):
                getattr(self, "add_" + node.op_type.lower())(node, attributes(node))

    def compute(self, node):
        """Whether it is a constant."""
        given = [self.constants.get(name) for name in node.input]
        name, kind = node.output[0], node.op_type
        if kind == "Constant":
            self.constants[name] = numpy_helper.to_array(node.attribute[0].t)
        elif kind == "Shape" and node.input[0] in self.shapes:
            self.constants[name] = numpy.array([1, *self.shapes[node.input[0]]])
        elif given and all(value is not None for value in given) and kind in ("Gather", "Add", "Div", "Mul", "Cast",
                                                                              "Concat", "Unsqueeze"):
            self.constants[name] = {"Gather": lambda: given[0][given[1]], "Add": lambda: given[0] + given[1],
                                    "Div": lambda: given[0] // given[1], "Mul": lambda: given[0] * given[1],
                                    "Cast": lambda: given[0], "Unsqueeze": lambda: numpy.reshape(given[0], -1),
                                    "Concat": lambda: numpy.concatenate([numpy.reshape(g, -1) for g in given])}[kind]()
        else:
            return False
        return True

    def add(self, kind, node, shape, **more):
        self.shapes[node.output[0]] = shape
        self.layers.append({"kind": kind, "in": [node.input[0]], "out": [node.output[0]], "act": "none", **more})

    def add_conv(self, node, given):
        weights, bias = (self.constants[name] for name in node.input[1:3])
        pads, stride = given["pads"], given["strides"][0]
        if len(set(pads)) != 1 or len(set(given["strides"])) != 1:
            raise ValueError(f"{node.name} has other pads or strides by side")
        grouped = given["group"] > 1
        if grouped and weights.shape[1] != 1:
            raise ValueError(f"{node.name} has groups")
        size = [(n + 2 * pads[0] - weights.shape[2]) // stride + 1 for n in self.shapes[node.input[0]][1:]]
        self.add("depthwise" if grouped else "conv", node, [weights.shape[0], *size], w=weights, b=bias, stride=stride,
                 pad=pads[0])

    def activate(self, node, word):
        before = self.layers[-1]
        if before["out"] == [node.input[0]] and before["kind"] in ("conv", "depthwise", "add"):
            before["act"] = word
            before["out"] = [node.output[0]]
            self.shapes[node.output[0]] = self.shapes[node.input[0]]
        else:
            self.add(word, node, self.shapes[node.input[0]])

    def add_relu(self, node, _):
        self.activate(node, "relu")

    def add_clip(self, node, _):
        if [float(self.constants[name]) for name in node.input[1:3]] != [0, 6]:
            raise ValueError(f"{node.name} clips to other than 0 and 6")
        self.activate(node, "relu6")

    def add_sigmoid(self, node, _):
        self.add("sigmoid", node, self.shapes[node.input[0]])

    def add_softmax(self, node, _):
        self.add("softmax", node, self.shapes[node.input[0]])

    def add_add(self, node, _):
        self.add("add", node, self.shapes[node.input[0]], **{"in": list(node.input)})

    def add_concat(self, node, _):
        shapes = [self.shapes[name] for name in node.input]
        self.add("concat", node, [sum(s[0] for s in shapes), *shapes[0][1:]], **{"in": list(node.input)})

    def add_slice(self, node, _):
        begin, end = (int(self.constants[name].reshape(-1)[0]) for name in node.input[1:3])
        channels, *size = self.shapes[node.input[0]]
        self.add("slice", node, [min(end, channels) - begin, *size], begin=begin, count=min(end, channels) - begin)

    def add_split(self, node, _):
        begin = 0
        for name, count in zip(node.output, self.constants[node.input[1]]):
            part = helper.make_node("Slice", [node.input[0]], [name])
            self.add("slice", part, [int(count), *self.shapes[node.input[0]][1:]], begin=begin, count=int(count))
            begin += int(count)

    def add_reshape(self, node, _):
        source = node.input[0]
        if source in self.views:
            origin, groups = self.views.pop(source)
            self.add("shuffle", node, self.shapes[origin], groups=groups, **{"in": [origin]})
        elif len(self.constants[node.input[1]]) == 5:
            groups, each = (int(n) for n in self.constants[node.input[1]][1:3])
            self.views[node.output[0]] = (source, groups if groups > 0 else self.shapes[source][0] // each)
        else:
            self.add("flatten", node, self.shapes[source])

    def add_transpose(self, node, _):
        self.views[node.output[0]] = self.views.pop(node.input[0])

    def pool(self, kind, node, given):
        kernel, stride, pad = given["kernel_shape"][0], given["strides"][0], given.get("pads", [0])[0]
        channels, *size = self.shapes[node.input[0]]
        size = [(n + 2 * pad - kernel) // stride + 1 for n in size]
        self.add(kind, node, [channels, *size], kernel=kernel, stride=stride, pad=pad)

    def add_maxpool(self, node, given):
        self.pool("max_pool", node, given)

    def add_averagepool(self, node, given):
        source, pad = self.pads.pop(node.input[0], (node.input[0], 0))
        part = helper.make_node("AveragePool", [source], [node.output[0]])
        self.pool("average_pool", part, {**given, "pads": [pad or given.get("pads", [0])[0]]})

    def add_pad(self, node, _):
        """Its average pool comes next."""
        self.pads[node.output[0]] = (node.input[0], int(self.constants[node.input[1]].reshape(-1)[2]))

    def add_resize(self, node, _):
        channels, height, width = self.shapes[node.input[0]]
        self.add("upsample", node, [channels, 2 * height, 2 * width])

    def add_reducemean(self, node, _):
        self.add("mean", node, [self.shapes[node.input[0]][0], 1, 1])

    add_globalaveragepool = add_reducemean

    def add_flatten(self, node, _):
        self.add("flatten", node, self.shapes[node.input[0]])

    def add_gemm(self, node, _):
        weights, bias = (self.constants[name] for name in node.input[1:3])
        self.add("dense", node, [weights.shape[0], 1, 1], w=weights, b=bias)


def write_layers(layers, path):
    blob, rows = [], []

    def put(values):
        begin = sum(map(len, blob)) // 4
        blob.append(numpy.ascontiguousarray(values, "<f4").tobytes())
        return [begin, list(values.shape)]

    for layer in layers.layers:
        row = {key: value for key, value in layer.items() if key not in ("w", "b")}
        if "w" in layer:
            order = {"conv": (2, 3, 1, 0), "depthwise": (2, 3, 0, 1), "dense": (1, 0)}[layer["kind"]]
            row["w"], row["b"] = put(layer["w"].transpose(order)), put(layer["b"])
        rows.append(row)
    path.with_suffix(".layers.json").write_text(json.dumps({"output": layers.output, "layers": rows}))
    path.with_suffix(".layers.bin").write_bytes(b"".join(blob))


class TfLite:
    """A TensorFlow Lite model, operator by operator, by the numbers of its schema."""

    ACTIVATIONS = {"none": 0, "relu": 1, "relu6": 3}
    SAME, VALID = 0, 1

    def __init__(self, layers):
        self.tensors, self.buffers, self.operators, self.codes = [], [b""], [], []
        self.index = {}
        self.shapes = layers.shapes
        self.input = self.tensor("input", self.nhwc("input"))
        for layer in layers.layers:
            self.add(layer)
        self.output = self.index[layers.output]

    def nhwc(self, name):
        channels, height, width = self.shapes[name]
        return [1, height, width, channels]

    def tensor(self, name, shape, values=None):
        kind = 2 if values is not None and values.dtype == numpy.int32 else 0
        buffer = 0
        if values is not None:
            self.buffers.append(numpy.ascontiguousarray(values).tobytes())
            buffer = len(self.buffers) - 1
        self.tensors.append((name, list(shape), buffer, kind))
        self.index[name] = len(self.tensors) - 1
        return self.index[name]

    def constant(self, values):
        return self.tensor(f"constant{len(self.tensors)}", values.shape, values)

    def integers(self, *values):
        return self.constant(numpy.array(values, numpy.int32))

    def operator(self, code, inputs, outputs, options=0, fields=()):
        if code not in self.codes:
            self.codes.append(code)
        self.operators.append((self.codes.index(code), inputs, outputs, options, fields))

    def padded(self, tensor, pad):
        _, height, width, channels = self.tensors[tensor][1]
        made = self.tensor(f"pad{len(self.tensors)}", [1, height + 2 * pad, width + 2 * pad, channels])
        amounts = self.constant(numpy.array([[0, 0], [pad, pad], [pad, pad], [0, 0]], numpy.int32))
        self.operator(34, [tensor, amounts], [made], 22)
        return made

    def add(self, layer):
        kind, source = layer["kind"], self.index[layer["in"][0]]
        act, made_shape = self.ACTIVATIONS[layer["act"]], self.nhwc(layer["out"][0])
        if kind in ("conv", "depthwise", "max_pool", "average_pool"):
            stride, pad, mode = layer["stride"], layer["pad"], self.VALID
            if pad and stride == 1 and kind in ("conv", "depthwise"):
                mode = self.SAME
            elif pad:  # which is exact of maxima after a ReLU, and of means that count what is padded
                source = self.padded(source, pad)
        made = self.tensor(layer["out"][0], made_shape)
        if kind in ("conv", "depthwise"):
            order, code, options = ((0, 2, 3, 1), 3, 1) if kind == "conv" else ((1, 2, 3, 0), 4, 2)
            weights = self.constant(layer["w"].transpose(order).astype("<f4"))
            bias = self.constant(layer["b"].astype("<f4"))
            multiplier = [] if kind == "conv" else [("int", 1)]
            fields = [("byte", mode), ("int", stride), ("int", stride), *multiplier, ("byte", act), ("one", 1),
                      ("one", 1)]
            self.operator(code, [source, weights, bias], [made], options, fields)
        elif kind in ("max_pool", "average_pool"):
            size = layer["kernel"]
            fields = [("byte", mode), ("int", stride), ("int", stride), ("int", size), ("int", size), ("byte", 0)]
            self.operator(17 if kind == "max_pool" else 1, [source], [made], 5, fields)
        elif kind == "dense":
            weights, bias = self.constant(layer["w"].astype("<f4")), self.constant(layer["b"].astype("<f4"))
            self.tensors[made] = (*self.tensors[made][:1], [1, layer["w"].shape[0]], *self.tensors[made][2:])
            flat = self.tensor(f"flat{len(self.tensors)}", [1, layer["w"].shape[1]])
            self.operator(22, [source, self.integers(1, layer["w"].shape[1])], [flat], 17)
            self.operator(9, [flat, weights, bias], [made], 8, [("byte", 0)])
        elif kind == "add":
            self.operator(0, [self.index[name] for name in layer["in"]], [made], 11, [("byte", act)])
        elif kind == "concat":
            self.operator(2, [self.index[name] for name in layer["in"]], [made], 10, [("int", 3)])
        elif kind == "slice":
            self.operator(65, [source, self.integers(0, 0, 0, layer["begin"]), self.integers(*made_shape)], [made], 49)
        elif kind == "shuffle":
            _, height, width, channels = made_shape
            groups, each = layer["groups"], channels // layer["groups"]
            apart = self.tensor(f"apart{len(self.tensors)}", [height * width, groups, each])
            turned = self.tensor(f"turned{len(self.tensors)}", [height * width, each, groups])
            self.operator(22, [source, self.integers(height * width, groups, each)], [apart], 17)
            self.operator(39, [apart, self.integers(0, 2, 1)], [turned], 26)
            self.operator(22, [turned, self.integers(*made_shape)], [made], 17)
        elif kind == "mean":
            self.operator(40, [source, self.integers(1, 2)], [made], 27, [("bool", 1)])
        elif kind == "flatten":
            self.operator(22, [source, self.integers(*made_shape)], [made], 17)
        elif kind == "softmax":
            self.operator(25, [source], [made], 9, [("real", 1.0)])
        elif kind == "upsample":
            self.operator(97, [source, self.integers(*made_shape[1:3])], [made], 74)
        elif kind in ("relu", "relu6", "sigmoid"):
            self.operator({"relu": 19, "relu6": 21, "sigmoid": 14}[kind], [source], [made])
        else:
            raise ValueError(f"no {kind}")

    def bytes(self):
        builder = flatbuffers.Builder(1 << 20)

        def integers(values):
            builder.StartVector(4, len(values), 4)
            for value in reversed(values):
                builder.PrependInt32(value)
            return builder.EndVector()

        def offsets(values):
            builder.StartVector(4, len(values), 4)
            for value in reversed(values):
                builder.PrependUOffsetTRelative(value)
            return builder.EndVector()

        def table(*fields):
            """Fields are functions that write themselves at their place."""
            builder.StartObject(len(fields))
            for place, field in enumerate(fields):
                if field:
                    field(place)
            return builder.EndObject()

        byte = lambda value: lambda place: builder.PrependInt8Slot(place, value, 0)  # noqa: E731
        flag = lambda value: lambda place: builder.PrependBoolSlot(place, value, 0)  # noqa: E731
        number = lambda value: lambda place: builder.PrependInt32Slot(place, value, 0)  # noqa: E731
        one = lambda value: lambda place: builder.PrependInt32Slot(place, value, 1)  # noqa: E731
        offset = lambda value: lambda place: builder.PrependUOffsetTRelativeSlot(place, value, 0)  # noqa: E731
        real = lambda value: lambda place: builder.PrependFloat32Slot(place, value, 0)  # noqa: E731
        writers = {"real": real, "byte": byte, "bool": flag, "int": number, "one": one}

        def buffer(data):
            if not data:
                return table(None)
            builder.StartVector(1, len(data), 16)
            builder.head -= len(data)
            builder.Bytes[builder.head:builder.head + len(data)] = data
            values = builder.EndVector()
            return table(offset(values))

        def tensor(name, shape, values, kind):
            sizes, word = integers(shape), builder.CreateString(name)
            return table(offset(sizes), byte(kind), number(values), offset(word))

        def operator(code, inputs, outputs, options, fields):
            read, made = integers(inputs), integers(outputs)
            chosen = table(*[writers[kind](value) for kind, value in fields]) if options else None
            return table(number(code), offset(read), offset(made), options and byte(options), chosen and offset(chosen))

        buffers = offsets([buffer(data) for data in self.buffers])
        codes = offsets([table(byte(min(code, 127)), None, one(1), number(code)) for code in self.codes])
        tensors = offsets([tensor(*row) for row in self.tensors])
        operators = offsets([operator(*row) for row in self.operators])
        inputs, outputs = integers([self.input]), integers([self.output])
        graph = offsets([table(offset(tensors), offset(inputs), offset(outputs), offset(operators))])
        builder.Finish(table(number(3), offset(codes), offset(graph), None, offset(buffers)), file_identifier=b"TFL3")
        return bytes(builder.Output())


def main():
    name, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    layers = Layers(onnx.load(folder / f"{name}.onnx"))
    write_layers(layers, folder / f"{name}.onnx")
    (folder / f"{name}.tflite").write_bytes(TfLite(layers).bytes())


if __name__ == "__main__":
    main()
