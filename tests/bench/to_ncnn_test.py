#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Holds bench/rivals/to_ncnn.py against ncnn's format, on small graphs of which every layer and byte is known.

usage: to_ncnn_test.py SOURCE_FOLDER
"""
import array
import pathlib
import struct
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(sys.argv.pop(1)) / "bench" / "rivals"))
import to_ncnn  # noqa: E402
from to_ncnn import Constant, Graph, Node  # noqa: E402


def graph(nodes, constants=None, shapes=None, outputs=("logits",)):
    return Graph(nodes, constants or {}, {"input": [1, 4, 6, 8], **(shapes or {})}, "input", list(outputs))


def lines_of(made):
    text, _ = to_ncnn.convert(made)
    magic, counts, *lines = text.splitlines()
    assert magic == "7767517"
    assert counts.split()[0] == str(len(lines))
    assert int(counts.split()[1]) == sum(int(line.split()[3]) for line in lines)
    return lines


def floats(*values):
    return array.array("f", values).tobytes()


class Layers(unittest.TestCase):
    def test_a_convolution_takes_its_activation_and_writes_weights_then_biases(self):
        constants = {"w": Constant([2, 4, 1, 3], [float(i) for i in range(24)]), "b": Constant([2], [0.5, -1])}
        conv = Node("Conv", ["input", "w", "b"], ["x"], {"strides": [2, 1], "pads": [0, 1, 0, 1]})
        made = graph([conv, Node("Relu", ["x"], ["logits"])], constants)
        self.assertEqual(lines_of(made), [
            "Input input 0 1 input 0=8 1=6 2=4",
            "Convolution layer0 1 1 input logits 0=2 1=3 11=1 2=1 12=1 3=1 13=2 4=1 14=0 15=1 16=0 5=1 6=24 9=1"])
        _, weights = to_ncnn.convert(made)
        self.assertEqual(weights, struct.pack("<I", 0) + floats(*range(24)) + floats(0.5, -1))

    def test_an_activation_that_is_read_twice_is_a_layer(self):
        constants = {"w": Constant([4, 4, 1, 1], [0.0] * 16)}
        made = graph([Node("Conv", ["input", "w"], ["x"]), Node("Relu", ["x"], ["y"]),
                      Node("Add", ["x", "y"], ["logits"])], constants)
        self.assertEqual([line.split()[0] for line in lines_of(made)],
                         ["Input", "Convolution", "Split", "ReLU", "BinaryOp"])
        self.assertEqual(lines_of(made)[2:], ["Split split_x 1 2 x x_copy0 x_copy1", "ReLU layer1 1 1 x_copy0 y",
                                              "BinaryOp layer2 2 1 x_copy1 y logits 0=0"])

    def test_groups_and_a_clip(self):
        constants = {"w": Constant([4, 1, 3, 3], [1.0] * 36), "low": Constant([], [0.0]), "high": Constant([], [6.0])}
        conv = Node("Conv", ["input", "w"], ["x"], {"group": 4, "pads": [1, 1, 1, 1]})
        line = lines_of(graph([conv, Node("Clip", ["x", "low", "high"], ["logits"])], constants))[1]
        self.assertTrue(line.startswith("ConvolutionDepthWise layer0 1 1 input logits 0=4 "))
        self.assertTrue(line.endswith("7=4 9=3 -23310=2,0.000000e+00,6.000000e+00"))

    def test_a_shuffle(self):
        constants = {"to": Constant([5], [1, 2, 2, 6, 8]), "back": Constant([4], [1, 4, 6, 8])}
        made = graph([Node("Reshape", ["input", "to"], ["x"]),
                      Node("Transpose", ["x"], ["y"], {"perm": [0, 2, 1, 3, 4]}),
                      Node("Reshape", ["y", "back"], ["logits"])], constants)
        self.assertEqual(lines_of(made)[1:], ["ShuffleChannel layer0 1 1 input logits 0=2"])

    def test_slices_of_every_channel_are_one_layer(self):
        constants = {name: Constant([1], [value]) for name, value in
                     {"zero": 0, "one": 1, "three": 3, "end": 1 << 62}.items()}
        nodes = [Node("Slice", ["input", "three", "end", "one", "one"], ["b"]),
                 Node("Slice", ["input", "zero", "three", "one", "one"], ["a"]),
                 Node("Concat", ["b", "a"], ["logits"], {"axis": 1})]
        self.assertEqual(lines_of(graph(nodes, constants))[1:],
                         ["Slice layer0 1 2 input a b -23300=2,3,1", "Concat layer1 2 1 b a logits 0=0"])

    def test_pools_and_a_linear_layer(self):
        constants = {"w": Constant([2, 4], [float(i) for i in range(8)]), "b": Constant([2], [1, 2])}
        nodes = [Node("MaxPool", ["input"], ["x"], {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 1, 1, 1]}),
                 Node("GlobalAveragePool", ["x"], ["y"]), Node("Flatten", ["y"], ["z"]),
                 Node("Gemm", ["z", "w", "b"], ["logits"], {"transB": 1})]
        self.assertEqual(lines_of(graph(nodes, constants))[1:],
                         ["Pooling layer0 1 1 input x 0=0 1=3 11=3 2=2 12=2 3=1 13=1 14=1 15=1 5=1",
                          "Pooling layer1 1 1 x z 0=1 4=1", "InnerProduct layer2 1 1 z logits 0=2 1=1 2=8"])

    def test_int8_has_a_scale_for_each_output_and_one_for_the_input(self):
        constants = {"w": Constant([2, 4], [0.5, -1, 0, 0, 4, 0, 0, 2]), "b": Constant([2], [1, 2])}
        made = graph([Node("Gemm", ["input", "w", "b"], ["logits"], {"transB": 1})], constants)
        text, weights = to_ncnn.convert(made, {"input": 2.0})
        self.assertIn(" 8=2", text)
        self.assertEqual(weights[-12:], floats(127, 127 / 4, 63.5))


class Refusals(unittest.TestCase):
    def refused(self, nodes, constants=None):
        with self.assertRaises(to_ncnn.NotConverted) as why:
            to_ncnn.convert(graph(nodes, constants))
        return str(why.exception)

    def test_an_operator_that_is_not_known(self):
        self.assertEqual(self.refused([Node("Erf", ["input"], ["logits"])]), "ONNX's Erf is not converted to ncnn")

    def test_slices_that_leave_channels_out(self):
        constants = {name: Constant([1], [value]) for name, value in {"zero": 0, "one": 1, "three": 3}.items()}
        self.assertEqual(self.refused([Node("Slice", ["input", "zero", "three", "one"], ["logits"])], constants),
                         "slices are not every channel once")

    def test_weights_that_are_computed(self):
        self.assertIn("'w' is computed", self.refused([Node("Conv", ["input", "w"], ["logits"])]))


if __name__ == "__main__":
    unittest.main()
