# SPDX-License-Identifier: BSD-3-Clause
"""Holds the importer's evaluator against the answers of the real models beside the checkout, and against small answers
of PyTorch, of ONNX's pages and by hand that are written down here."""
import sys

try:
    import numpy as np
    import onnx
    from onnx import helper
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

import zoo
from onnx_import.evaluator import evaluate
from onnx_import.refusal import Refusal
from agreement import largest_difference


def one_node(operator, inputs, opset, constants=(), **attributes):
    """What a graph of one node makes of its inputs; `constants` are of the file."""
    names = [f"x{index}" if value is not None else "" for index, value in enumerate(inputs)]
    node = helper.make_node(operator, names, ["y"], name="only", **attributes)
    graph = helper.make_graph([node], "g", [], [helper.make_tensor_value_info("y", 1, None)])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    return evaluate(model, {name: value for name, value in zip(names, inputs) if name})["y"]


def row(*values):
    return np.array(values, np.float32)


def picture(*rows):
    return np.array([[rows]], np.float32)


ROW = picture([1, 2, 3, 4])
NOTHING = row()  # an input that is there and empty


def known():
    """Names, what was found, what is right."""
    yield ("Resize of opset 10 takes the next pixel when it shrinks",
           one_node("Resize", [picture([1, 2, 3, 4], [5, 6, 7, 8]), row(1, 1, .6, .6)], 10), [1, 3])
    yield ("Resize linear of opset 10 is asymmetric",
           one_node("Resize", [picture([1, 2, 3, 4], [5, 6, 7, 8]), row(1, 1, .6, .6)], 10, mode="linear"),
           [1, 2.66666651])
    yield ("Resize linear, half_pixel",
           one_node("Resize", [picture([1, 2], [3, 4]), NOTHING, row(1, 1, 2, 2)], 13, mode="linear"),
           [1, 1.25, 1.75, 2, 1.5, 1.75, 2.25, 2.5, 2.5, 2.75, 3.25, 3.5, 3, 3.25, 3.75, 4])
    yield ("Resize linear, align_corners",
           one_node("Resize", [picture([1, 2], [3, 4]), NOTHING, row(1, 1, 2, 2)], 11, mode="linear",
                    coordinate_transformation_mode="align_corners"),
           [1, 4 / 3, 5 / 3, 2, 5 / 3, 2, 7 / 3, 8 / 3, 7 / 3, 8 / 3, 3, 10 / 3, 3, 10 / 3, 11 / 3, 4])
    yield ("Resize cubic",
           one_node("Resize", [picture([1, 2, 3, 4]), NOTHING, row(1, 1, 1, 2)], 11, mode="cubic"),
           [0.89453125, 1.19140625, 1.66796875, 2.296875, 2.703125, 3.33203125, 3.80859375, 4.10546875])
    yield ("Resize cubic that leaves the outside out",
           one_node("Resize", [picture([1, 2, 3, 4]), NOTHING, row(1, 1, 1, .8)], 11, mode="cubic",
                    cubic_coeff_a=-0.5, exclude_outside=1),
           [1.0736253, 2.375, 3.7188354])
    yield ("Resize nearest by sizes with floor and asymmetric",
           one_node("Resize", [picture([1, 2, 3]), NOTHING, NOTHING, np.array([1, 1, 1, 7])], 11,
                    coordinate_transformation_mode="asymmetric", nearest_mode="floor"), [1, 1, 1, 2, 2, 3, 3])
    yield ("Resize nearest, halves down", one_node("Resize", [ROW, NOTHING, row(1, 1, 1, .5)], 11), [1, 3])
    yield ("Resize nearest, halves up",
           one_node("Resize", [ROW, NOTHING, row(1, 1, 1, .5)], 11, nearest_mode="round_prefer_ceil"), [2, 4])
    yield ("Resize crops",
           one_node("Resize", [ROW, row(0, 0, 0, .5, 1, 1, 1, 1.5), NOTHING, np.array([1, 1, 1, 3])], 11,
                    mode="linear", coordinate_transformation_mode="tf_crop_and_resize", extrapolation_value=9.0),
           [2.5, 4, 9])
    yield ("Upsample linear of opset 9 keeps the edge",
           one_node("Upsample", [picture([1, 3]), row(1, 1, 1, 2)], 9, mode="linear"), [1, 2, 3, 3])
    yield ("Upsample of opset 7", one_node("Upsample", [picture([1, 3])], 7, scales=[1., 1., 2., 1.]), [1, 3, 1, 3])
    yield ("AveragePool leaves pads out",
           one_node("AveragePool", [ROW], 7, kernel_shape=[1, 3], pads=[0, 1, 0, 1]), [1.5, 2, 3, 3.5])
    yield ("AveragePool counts pads",
           one_node("AveragePool", [ROW], 7, kernel_shape=[1, 3], pads=[0, 1, 0, 1], count_include_pad=1),
           [1, 2, 3, 7 / 3])
    yield ("AveragePool, ceil_mode",
           one_node("AveragePool", [ROW], 10, kernel_shape=[1, 3], strides=[1, 2], ceil_mode=1), [2, 3.5])
    yield ("AveragePool, ceil_mode that counts pads",
           one_node("AveragePool", [ROW], 10, kernel_shape=[1, 3], strides=[1, 4], pads=[0, 1, 0, 1], ceil_mode=1,
                    count_include_pad=1), [1, 2])
    yield ("MaxPool, ceil_mode without a window of pads alone",
           one_node("MaxPool", [picture([1, 5, 3])], 10, kernel_shape=[1, 1], strides=[1, 3], ceil_mode=1), [1])
    yield ("MaxPool, dilations", one_node("MaxPool", [ROW], 10, kernel_shape=[1, 2], dilations=[1, 2]), [3, 4])
    yield ("MaxPool, SAME_LOWER",
           one_node("MaxPool", [ROW], 7, kernel_shape=[1, 2], auto_pad="SAME_LOWER"), [1, 2, 3, 4])
    yield ("Conv, SAME_UPPER pads behind",
           one_node("Conv", [ROW, picture([1, 10])], 7, auto_pad="SAME_UPPER"), [21, 32, 43, 4])
    yield ("Conv, SAME_LOWER pads in front",
           one_node("Conv", [ROW, picture([1, 10])], 7, auto_pad="SAME_LOWER"), [10, 21, 32, 43])
    yield ("ConvTranspose, output_padding",
           one_node("ConvTranspose", [picture([1, 2]), picture([1, 10])], 11, strides=[1, 3],
                    output_padding=[0, 1]), [1, 10, 0, 2, 20, 0])
    yield ("ConvTranspose, one-sided pads",
           one_node("ConvTranspose", [picture([1, 2]), picture([1, 10, 100])], 11, strides=[1, 2],
                    pads=[0, 0, 0, 1]), [1, 10, 102, 20])
    yield ("ConvTranspose, output_shape",
           one_node("ConvTranspose", [picture([1, 2]), picture([1, 10, 100])], 11, strides=[1, 2],
                    output_shape=[1, 4]), [10, 102, 20, 200])
    yield ("ConvTranspose, output_shape and SAME_UPPER",
           one_node("ConvTranspose", [picture([1, 2]), picture([1, 10, 100])], 11, strides=[1, 2],
                    output_shape=[1, 4], auto_pad="SAME_UPPER"), [1, 10, 102, 20])
    yield ("Softmax of opset 11 is over all that follows",
           one_node("Softmax", [np.zeros((1, 2, 2), np.float32)], 11), [.25] * 4)
    yield ("Softmax of opset 13 is over one axis", one_node("Softmax", [np.zeros((1, 2, 2), np.float32)], 13), [.5] * 4)
    depth = np.arange(8, dtype=np.float32).reshape(1, 8, 1, 1)
    yield ("DepthToSpace, DCR", one_node("DepthToSpace", [depth], 11, blocksize=2), [0, 2, 4, 6, 1, 3, 5, 7])
    yield ("DepthToSpace, CRD", one_node("DepthToSpace", [depth], 11, blocksize=2, mode="CRD"), range(8))
    yield ("Slice backwards",
           one_node("Slice", [ROW, *(np.array([each]) for each in (-1, -2**63, 3, -2))], 10), [4, 2])
    yield ("Pad, reflect", one_node("Pad", [ROW], 7, mode="reflect", pads=[0, 0, 0, 2, 0, 0, 0, 1]),
           [3, 2, 1, 2, 3, 4, 3])
    yield ("Pad that cuts", one_node("Pad", [ROW, np.array([0, 0, 0, -1, 0, 0, 0, 1]), row(7)], 11), [2, 3, 4, 7])
    yield "Div of integers goes towards 0", one_node("Div", [np.array([-7]), np.array([2])], 7), [-3]
    yield ("Gemm", one_node("Gemm", [row(1, 2).reshape(2, 1), row(3, 4).reshape(1, 2), row(1)], 9, alpha=.5, beta=2.,
                            transA=1, transB=1), [.5 * 11 + 2])
    yield ("HardSigmoid", one_node("HardSigmoid", [row(-9, 0, 1, 9)], 7), [0, .5, .7, 1])
    yield ("Clip of opset 6 and of 11", one_node("Clip", [row(-9, 9)], 7, min=-1.), [-1, 9])
    yield ("Clip by inputs", one_node("Clip", [row(-9, 9), None, row(6).reshape(())], 11), [-9, 6])
    yield ("BatchNormalization",
           one_node("BatchNormalization", [ROW, row(2), row(1), row(3), row(4)], 9, epsilon=0.), [-1, 0, 1, 2])
    yield ("LRN", one_node("LRN", [np.ones((1, 3, 1, 1), np.float32)], 7, size=3, alpha=3., beta=1., bias=1.),
           [1 / 3, 1 / 4, 1 / 3])


def main():
    failures = 0
    for name, found, expected in known():
        expected = list(expected)
        difference = largest_difference(found.reshape(-1).astype(float).tolist(), expected)
        if not difference <= 1e-5 * max(1, max(map(abs, expected))):
            failures += 1
            print(f"FAILED: {name}: expected {expected}, found {found.reshape(-1)}")
    for folder in zoo.folders():
        model = zoo.Model(folder)
        try:
            answers = evaluate(onnx.load(str(model.path)), {model.input_name: model.input})
            worst = max(model.differences(answers).values())
        except (Refusal, ValueError) as error:
            failures += 1
            print(f"FAILED: {model.name}: {error}")
            continue
        failures += worst > 1
        print(f"{'FAILED: ' if worst > 1 else ''}{model.name}: {worst:.3f} of the difference that is allowed")
    if not zoo.folders():
        print("skipped the real models, since ../shared/zoo is not beside the checkout")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
