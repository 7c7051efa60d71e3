#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Writes what export.py has exported as ONNX Runtime computes it in int8: every map between a QuantizeLinear and a
DequantizeLinear, in bytes with a scale of its own, weights in int8 with a scale for each output.

usage: to_qdq.py NAME FOLDER           NAME_observed.onnx, whose outputs are all maps
       to_qdq.py NAME FOLDER RANGES    NAME_int8.onnx; RANGES says between which values each map lies
"""
import json
import pathlib
import sys

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

# A map that only these read is what they saturate to.
SATURATING = ("Relu", "Clip")
# Of whose inputs the second and third are weights and biases.
WEIGHTED = ("Conv", "Gemm")


def float_maps(graph):
    """Names of all maps of floats that nodes make, in their order."""
    kinds = {info.name: info.type.tensor_type.elem_type for info in graph.value_info}
    outputs = {output.name for output in graph.output}
    return [name for node in graph.node for name in node.output
            if node.op_type != "Constant" and (name in outputs or kinds.get(name) == TensorProto.FLOAT)]


def observed(model):
    """The model with all its maps as outputs."""
    graph = model.graph
    known = {output.name for output in graph.output}
    for name in float_maps(graph):
        if name not in known:
            graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, None))
    return model


class Quantiser:
    def __init__(self, model, ranges):
        self.graph, self.ranges = model.graph, ranges
        self.arrays = {tensor.name: numpy_helper.to_array(tensor) for tensor in self.graph.initializer}
        self.nodes, self.added, self.scales = [], [], {}

    def constant(self, name, array):
        self.added.append(numpy_helper.from_array(numpy.asarray(array), name))
        return name

    def quantise_map(self, name):
        """Bytes in which 0 is exact."""
        low, high = min(self.ranges[name][0], 0.0), max(self.ranges[name][1], 0.0)
        scale = max(high - low, 1e-8) / 255
        zero = int(round(-low / scale))
        self.scales[name] = scale
        numbers = [self.constant(f"{name}_scale", numpy.float32(scale)),
                   self.constant(f"{name}_zero", numpy.uint8(zero))]
        self.nodes += [helper.make_node("QuantizeLinear", [name, *numbers], [f"{name}_bytes"]),
                       helper.make_node("DequantizeLinear", [f"{name}_bytes", *numbers], [f"{name}_again"])]

    def quantise_weights(self, node):
        """Of a convolution or a linear layer, whose rows are outputs."""
        weight = self.arrays[node.input[1]]
        axis = 0 if node.op_type == "Conv" or self.attribute(node, "transB") else 1
        others = tuple(i for i in range(weight.ndim) if i != axis)
        scales = numpy.maximum(numpy.abs(weight).max(axis=others), 1e-8).astype("f4") / numpy.float32(127)
        spread = scales.reshape([-1 if i == axis else 1 for i in range(weight.ndim)])
        bytes_of = numpy.clip(numpy.rint(weight / spread), -127, 127).astype("i1")
        made = f"{node.output[0]}_weight"
        numbers = [self.constant(f"{made}_scale", scales),
                   self.constant(f"{made}_zero", numpy.zeros(len(scales), "i1"))]
        self.nodes.append(helper.make_node("DequantizeLinear", [self.constant(f"{made}_bytes", bytes_of), *numbers],
                                           [made], axis=axis))
        node.input[1] = made
        if len(node.input) > 2 and node.input[2]:
            of_sum = scales * numpy.float32(self.scales[self.source(node.input[0])])
            bias = numpy.rint(self.arrays[node.input[2]] / of_sum).astype("i4")
            numbers = [self.constant(f"{made}_bias_scale", of_sum),
                       self.constant(f"{made}_bias_zero", numpy.zeros(len(scales), "i4"))]
            self.nodes.append(helper.make_node(
                "DequantizeLinear", [self.constant(f"{made}_bias_bytes", bias), *numbers], [f"{made}_bias"], axis=0))
            node.input[2] = f"{made}_bias"

    @staticmethod
    def attribute(node, name):
        return next((helper.get_attribute_value(a) for a in node.attribute if a.name == name), 0)

    @staticmethod
    def source(name):
        return name.removesuffix("_again")

    def run(self):
        readers = {}
        for node in self.graph.node:
            for name in node.input:
                readers.setdefault(name, []).append(node)
        outputs = {output.name for output in self.graph.output}
        maps = set(float_maps(self.graph))

        def stays(name):
            follow = readers.get(name, [])
            return name in outputs or (len(follow) == 1 and follow[0].op_type in SATURATING)

        picture = self.graph.input[0].name
        self.quantise_map(picture)
        quantised = {picture}
        for node in self.graph.node:
            for i, name in enumerate(node.input):
                if name in quantised:
                    node.input[i] = f"{name}_again"
            if node.op_type in WEIGHTED and node.input[1] in self.arrays:
                self.quantise_weights(node)
            self.nodes.append(node)
            for name in node.output:
                if name in maps and not stays(name):
                    self.quantise_map(name)
                    quantised.add(name)


def main():
    name, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    model = onnx.shape_inference.infer_shapes(onnx.load(folder / f"{name}.onnx"))
    if len(sys.argv) == 3:
        onnx.save(observed(model), folder / f"{name}_observed.onnx")
        return
    quantiser = Quantiser(model, json.loads(pathlib.Path(sys.argv[3]).read_text()))
    quantiser.run()
    graph = model.graph
    nodes = [type(node).FromString(node.SerializeToString()) for node in quantiser.nodes]
    used = {name for node in nodes for name in node.input}
    kept = [tensor for tensor in graph.initializer if tensor.name in used]
    made = helper.make_graph(nodes, graph.name, graph.input, graph.output, kept + quantiser.added)
    written = helper.make_model(made, opset_imports=model.opset_import, ir_version=model.ir_version)
    onnx.checker.check_model(written)
    onnx.save(written, folder / f"{name}_int8.onnx")


if __name__ == "__main__":
    main()
