# SPDX-License-Identifier: BSD-3-Clause
"""Small ONNX graphs, one for each operator and attribute that the importer takes, each with an input.

    small_graphs()    those that become networks, but for NOT_TAKEN
    hostile_graphs()  those whose names try to be something else than names; they become networks, too
    refused_graphs()  those that the importer must refuse, with words that its sentence has

Run as a program, `small_graphs.py FOLDER` writes each as NAME.onnx with NAME.npy, its input.
"""
import pathlib
import sys
import zlib

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SHAPE = (1, 4, 6, 7)
GRAPHS = {}

# What ONNX allows and no network of Plait's can say: the importer refuses these in a sentence that names the operator.
NOT_TAKEN = {
    "softplus": "Softplus", "mish_by_parts": "Softplus", "exp": "Exp",
    "prelu_of_a_map": "PRelu", "add_of_a_stored_map": "Add", "mul_of_a_stored_map": "Mul",
    "resize_nearest_fraction": "Resize", "resize_linear_fraction": "Resize", "resize_cubic": "Resize",
    "resize_cubic_align": "Resize", "resize_nearest_sizes_half_pixel": "Resize",
    "resize_linear_sizes_pytorch": "Resize", "resize_crop": "Resize", "nearest_by_expand": "Expand",
    "pad_edge": "Pad", "pad_edge_and_conv": "Pad", "slice_columns_backwards": "Slice",
    "nhwc_resize_of_pixels": "Resize", "nhwc_slice": "Conv",
}


class SmallGraph:
    """A model, an array for each input, and what the command line needs beside it."""

    def __init__(self, name, model, inputs, options=(), words=()):
        self.name, self.model, self.inputs, self.options, self.words = name, model, inputs, list(options), list(words)


class Builder:
    """Appends nodes and weights; tensors are their names."""

    def __init__(self, name, opset):
        self.name, self.opset = name, opset
        self.random = np.random.default_rng(zlib.crc32(name.encode()))
        self.nodes, self.weights, self.inputs, self.infos = [], [], {}, []
        self.rename = lambda name: name

    def input(self, shape, name="x", declared=None, kind=np.float32):
        self.inputs[name] = self.random.uniform(-6, 6, shape).astype(kind)
        proto = TensorProto.FLOAT16 if kind == np.float16 else TensorProto.FLOAT
        self.infos.append((name, proto, list(shape) if declared is None else declared))
        return name

    def c(self, values, kind=np.float32, name=None):
        """An initialiser."""
        name = name or f"c{len(self.weights)}"
        self.weights.append((name, np.array(values, kind)))
        return name

    def i(self, *values):
        return self.c(values, np.int64)

    def w(self, *shape, kind=np.float32):
        """A random weight whose sums stay near 1."""
        fan = max(1, int(np.prod(shape[1:])))
        return self.c(self.random.normal(0, fan**-.5, shape), kind, f"w{len(self.weights)}")

    def positive(self, *shape):
        return self.c(self.random.uniform(.5, 1.5, shape))

    def constant(self, values, kind=np.float32):
        """A Constant node."""
        value = numpy_helper.from_array(np.array(values, kind), "value")
        return self.op("Constant", value=value)

    def op(self, operator, *inputs, outputs=1, **attributes):
        made = [f"t{len(self.nodes)}_{index}" for index in range(outputs)]
        self.nodes.append((operator, [each or "" for each in inputs], made, f"{operator.lower()}_{len(self.nodes)}",
                           attributes))
        return made[0] if outputs == 1 else made

    def conv(self, x, channels, out=4, kernel=3, bias=True, group=1, **attributes):
        kernel = (kernel, kernel) if isinstance(kernel, int) else kernel
        weights = [self.w(out, channels // group, *kernel)] + ([self.w(out)] if bias else [])
        attributes.setdefault("kernel_shape", kernel)
        if "pads" not in attributes and "auto_pad" not in attributes:
            attributes["pads"] = [size // 2 for size in kernel] * 2
        return self.op("Conv", x, *weights, **(dict(group=group) if group > 1 else {}), **attributes)

    def batch_norm(self, x, channels, **attributes):
        return self.op("BatchNormalization", x, self.positive(channels), self.w(channels), self.w(channels),
                       self.positive(channels), **attributes)

    def gemm(self, x, inner, out=5, **attributes):
        return self.op("Gemm", x, self.w(out, inner), self.w(out), transB=1, **attributes)

    def model(self, outputs, listed=False, sound=True):
        n = self.rename
        nodes = [helper.make_node(operator, [n(each) if each else "" for each in inputs], [n(each) for each in made],
                                  name=n(name), **attributes) for operator, inputs, made, name, attributes in
                 self.nodes]
        infos = [helper.make_tensor_value_info(n(name), kind, shape) for name, kind, shape in self.infos]
        weights = [numpy_helper.from_array(array, n(name)) for name, array in self.weights]
        if listed:
            infos += [helper.make_tensor_value_info(each.name, each.data_type, each.dims) for each in weights]
        for node in nodes if sound and n("x") != "x" else []:
            node.doc_string = n("doc")
        ends = []
        for output in outputs:
            info = onnx.ValueInfoProto()
            info.name = n(output)
            info.type.tensor_type.elem_type = self.infos[0][1]
            ends.append(info)
        graph = helper.make_graph(nodes, n(self.name), infos, ends, weights)
        model = helper.make_model(graph, producer_name=n("small_graphs.py"),
                                  opset_imports=[helper.make_opsetid("", self.opset)])
        model.ir_version = 7
        if n("x") != "x":  # names that try to be something else, wherever text may stand
            model.doc_string, graph.doc_string = n("model doc"), n("graph doc")
            model.producer_version, model.domain = n("version"), n("domain")
            model.metadata_props.add(key=n("key"), value=n("value"))
            model.graph.input[0].type.tensor_type.shape.dim[0].dim_param = n("batch")
            model.graph.input[0].doc_string = n("input doc")
        if sound:  # others end the process
            inferred = onnx.shape_inference.infer_shapes(model).graph.output
            for output, found in zip(model.graph.output, inferred):
                output.CopyFrom(found)
        return model


def graph(name, opset=13, shape=SHAPE, options=(), listed=False, declared=None, kind=np.float32, **numbers):
    """Adds what the function builds: (builder, input) to the output's name or names."""
    def add(function):
        def make():
            builder = Builder(name, opset)
            x = builder.input(shape, declared=declared, kind=kind)
            outputs = function(builder, x, **numbers)
            outputs = [outputs] if isinstance(outputs, str) else list(outputs)
            return SmallGraph(name, builder.model(outputs, listed), builder.inputs, options)
        if name in GRAPHS:
            raise ValueError(f"two graphs are named {name}")
        GRAPHS[name] = make
        return function
    return add


def each(names, **common):
    """One graph for each entry, whose numbers the function is given."""
    def add(function):
        for name, numbers in names.items():
            graph(name, **{**common, **numbers})(function)
        return function
    return add


# --- convolutions

@each({
    "conv_plain": {}, "conv_no_bias": dict(bias=False), "conv_1x1": dict(kernel=1), "conv_5x5": dict(kernel=5),
    "conv_1x3": dict(kernel=(1, 3)), "conv_5x1": dict(kernel=(5, 1)),
    "conv_stride_2": dict(strides=[2, 2]), "conv_stride_2_by_1": dict(strides=[2, 1]),
    "conv_1x1_stride_2": dict(kernel=1, strides=[2, 2]),
    "conv_dilation_2": dict(dilations=[2, 2], pads=[2, 2, 2, 2]),
    "conv_dilation_1_by_2": dict(dilations=[1, 2], pads=[1, 2, 1, 2]),
    "conv_groups_2": dict(group=2, out=6), "conv_depthwise": dict(group=4),
    "conv_depthwise_stride_2": dict(group=4, strides=[2, 2]), "conv_depthwise_5x5": dict(group=4, kernel=5),
    "conv_depthwise_multiplier_2": dict(group=4, out=8),
    "conv_pads_differ": dict(pads=[0, 1, 2, 1]), "conv_pads_behind": dict(pads=[0, 0, 1, 1], strides=[2, 2]),
    "conv_no_pads": dict(pads=[0, 0, 0, 0]), "conv_2x2": dict(kernel=2, pads=[0, 0, 1, 1]),
    "conv_wide_pads": dict(kernel=1, pads=[1, 1, 1, 1]),
    "conv_same_upper": dict(auto_pad="SAME_UPPER"), "conv_same_lower": dict(auto_pad="SAME_LOWER"),
    "conv_same_upper_stride_2": dict(auto_pad="SAME_UPPER", strides=[2, 2]),
    "conv_same_lower_stride_2": dict(auto_pad="SAME_LOWER", strides=[2, 2]),
    "conv_same_upper_dilated": dict(auto_pad="SAME_UPPER", dilations=[2, 2]),
    "conv_same_upper_depthwise": dict(auto_pad="SAME_UPPER", strides=[2, 2], group=4),
    "conv_valid": dict(auto_pad="VALID"), "conv_notset": dict(auto_pad="NOTSET", pads=[1, 1, 1, 1]),
})
def conv(g, x, **numbers):
    return g.conv(x, 4, **numbers)


@graph("conv_without_kernel_shape")
def conv_without_kernel_shape(g, x):
    return g.op("Conv", x, g.w(4, 4, 3, 3), pads=[1, 1, 1, 1])


@graph("conv_weight_by_constant_node")
def conv_weight_by_constant_node(g, x):
    return g.op("Conv", x, g.constant(g.random.normal(0, .3, (4, 4, 1, 1))))


@graph("conv_weight_by_reshape")
def conv_weight_by_reshape(g, x):
    return g.op("Conv", x, g.op("Reshape", g.w(4, 36), g.i(4, 4, 3, 3)), pads=[1, 1, 1, 1])


@graph("conv_weight_twice")
def conv_weight_twice(g, x):
    weight = g.w(4, 4, 3, 3)
    y = g.op("Relu", g.op("Conv", x, weight, pads=[1, 1, 1, 1]))
    return g.op("Conv", y, weight, pads=[1, 1, 1, 1])


@graph("conv_bias_by_add")
def conv_bias_by_add(g, x):
    return g.op("Add", g.conv(x, 4, bias=False), g.w(1, 4, 1, 1))


@graph("conv_bias_by_add_and_scale")
def conv_bias_by_add_and_scale(g, x):
    return g.op("Relu", g.op("Mul", g.op("Add", g.conv(x, 4), g.w(4, 1, 1)), g.positive(4, 1, 1)))


@each({
    "transposed_2x2": dict(kernel=2, strides=[2, 2]),
    "transposed_no_bias": dict(kernel=2, strides=[2, 2], bias=False),
    "transposed_output_padding": dict(strides=[2, 2], pads=[1, 1, 1, 1], output_padding=[1, 1]),
    "transposed_4x4": dict(kernel=4, strides=[2, 2], pads=[1, 1, 1, 1]),
    "transposed_stride_1": dict(pads=[1, 1, 1, 1]), "transposed_no_pads": dict(strides=[2, 2]),
    "transposed_pads_behind": dict(strides=[2, 2], pads=[0, 0, 1, 1]),
    "transposed_pads_in_front": dict(strides=[2, 2], pads=[1, 1, 0, 0]),
    "transposed_stride_3_by_2": dict(strides=[3, 2], pads=[0, 1, 0, 1]),
    "transposed_output_shape": dict(strides=[2, 2], output_shape=[12, 14]),
    "transposed_output_shape_9": dict(strides=[2, 2], output_shape=[12, 14], opset=9),
    "transposed_output_shape_odd": dict(strides=[2, 2], output_shape=[11, 13]),
    "transposed_output_shape_same": dict(strides=[2, 2], output_shape=[12, 14], auto_pad="SAME_UPPER"),
    "transposed_same_upper": dict(strides=[2, 2], auto_pad="SAME_UPPER"),
    "transposed_same_lower": dict(strides=[2, 2], auto_pad="SAME_LOWER"),
    "transposed_valid": dict(strides=[2, 2], auto_pad="VALID"),
    "transposed_groups_2": dict(strides=[2, 2], group=2, out=3),
    "transposed_depthwise": dict(kernel=4, strides=[2, 2], pads=[1, 1, 1, 1], group=4, out=1),
    "transposed_dilated": dict(strides=[2, 2], dilations=[2, 2]),
})
def transposed(g, x, kernel=3, out=5, bias=True, group=1, **numbers):
    weights = [g.w(4, out, kernel, kernel)] + ([g.w(out * group)] if bias else [])
    return g.op("ConvTranspose", x, *weights, kernel_shape=[kernel, kernel], group=group, **numbers)


# --- batch normalisation

@graph("batch_norm_after_conv", opset=9)
def batch_norm_after_conv(g, x):
    return g.op("Relu", g.batch_norm(g.conv(x, 4, bias=False), 4, epsilon=1e-3))


@graph("batch_norm_after_depthwise")
def batch_norm_after_depthwise(g, x):
    return g.batch_norm(g.conv(x, 4, group=4), 4)


@graph("batch_norm_first", opset=7)
def batch_norm_first(g, x):
    return g.conv(g.batch_norm(x, 4), 4)


@graph("batch_norm_before_relu_and_conv", opset=14)
def batch_norm_before_relu_and_conv(g, x):
    y = g.conv(x, 4)
    return g.op("Concat", y, g.conv(g.op("Relu", g.batch_norm(y, 4)), 4), axis=1)


@graph("batch_norm_after_add", opset=15)
def batch_norm_after_add(g, x):
    return g.batch_norm(g.op("Add", x, g.conv(x, 4)), 4)


@graph("batch_norm_after_concat")
def batch_norm_after_concat(g, x):
    return g.op("Relu", g.batch_norm(g.op("Concat", x, g.conv(x, 4), axis=1), 8))


@graph("batch_norm_twice")
def batch_norm_twice(g, x):
    return g.batch_norm(g.batch_norm(g.conv(x, 4), 4), 4)


@graph("batch_norm_after_transposed")
def batch_norm_after_transposed(g, x):
    return g.batch_norm(g.op("ConvTranspose", x, g.w(4, 5, 2, 2), strides=[2, 2]), 5)


@graph("batch_norm_after_gemm")
def batch_norm_after_gemm(g, x):
    return g.op("Relu", g.batch_norm(g.gemm(g.op("Flatten", x), 168), 5))


@graph("batch_norm_after_pool")
def batch_norm_after_pool(g, x):
    return g.batch_norm(g.op("MaxPool", x, kernel_shape=[2, 2], strides=[2, 2]), 4)


@graph("batch_norm_by_mul_and_add")
def batch_norm_by_mul_and_add(g, x):
    return g.op("Add", g.op("Mul", g.conv(x, 4), g.positive(1, 4, 1, 1)), g.w(1, 4, 1, 1))


# --- dense layers

@graph("gemm_after_flatten")
def gemm_after_flatten(g, x):
    return g.gemm(g.op("Flatten", x, axis=1), 168)


@graph("gemm_not_transposed")
def gemm_not_transposed(g, x):
    return g.op("Gemm", g.op("Flatten", x), g.w(168, 5), g.w(5))


@graph("gemm_alpha_beta", opset=9)
def gemm_alpha_beta(g, x):
    return g.op("Gemm", g.op("Flatten", x), g.w(168, 5), g.w(5), alpha=0.5, beta=2.0)


@graph("gemm_without_bias", opset=11)
def gemm_without_bias(g, x):
    return g.op("Gemm", g.op("Flatten", x), g.w(168, 5))


@graph("gemm_bias_of_one")
def gemm_bias_of_one(g, x):
    return g.op("Gemm", g.op("Flatten", x), g.w(168, 5), g.w(1))


@graph("gemm_bias_of_two_axes")
def gemm_bias_of_two_axes(g, x):
    return g.op("Gemm", g.op("Flatten", x), g.w(168, 5), g.w(1, 5))


@graph("gemm_twice")
def gemm_twice(g, x):
    return g.gemm(g.op("Relu", g.gemm(g.op("Flatten", x), 168, 6)), 6, 3)


@graph("matmul_and_add")
def matmul_and_add(g, x):
    return g.op("Add", g.op("MatMul", g.op("Reshape", x, g.i(1, -1)), g.w(168, 5)), g.w(5))


@graph("matmul_and_add_first", opset=7)
def matmul_and_add_first(g, x):
    return g.op("Add", g.w(1, 5), g.op("MatMul", g.op("Reshape", x, g.i(0, -1)), g.w(168, 5)))


@graph("matmul_alone")
def matmul_alone(g, x):
    return g.op("MatMul", g.op("Flatten", x), g.w(168, 5))


@graph("dense_from_nhwc")
def dense_from_nhwc(g, x):
    y = g.op("Transpose", g.conv(x, 4), perm=[0, 2, 3, 1])
    return g.op("Add", g.op("MatMul", g.op("Reshape", y, g.i(1, -1)), g.w(168, 5)), g.w(5))


@graph("dense_from_nhwc_by_flatten")
def dense_from_nhwc_by_flatten(g, x):
    return g.gemm(g.op("Flatten", g.op("Transpose", g.op("Relu", x), perm=[0, 2, 3, 1])), 168)


@graph("matmul_of_pixels")
def matmul_of_pixels(g, x):
    y = g.op("Add", g.op("MatMul", g.op("Transpose", x, perm=[0, 2, 3, 1]), g.w(4, 5)), g.w(5))
    return g.op("Transpose", y, perm=[0, 3, 1, 2])


@graph("dense_after_pool_squeeze")
def dense_after_pool_squeeze(g, x):
    y = g.op("Squeeze", g.op("GlobalAveragePool", g.conv(x, 4)), g.i(2, 3))
    return g.gemm(y, 4)


@graph("dense_after_mean")
def dense_after_mean(g, x):
    return g.gemm(g.op("ReduceMean", g.conv(x, 4), axes=[2, 3], keepdims=0), 4)


@graph("dense_after_mean_of_nhwc")
def dense_after_mean_of_nhwc(g, x):
    y = g.op("Transpose", g.conv(x, 4), perm=[0, 2, 3, 1])
    return g.gemm(g.op("ReduceMean", y, axes=[1, 2], keepdims=0), 4)


@graph("reshape_to_flatten_by_shape", opset=11)
def reshape_to_flatten_by_shape(g, x):
    y = g.op("MaxPool", x, kernel_shape=[2, 2], strides=[2, 2])
    batch = g.op("Gather", g.op("Shape", y), g.constant(0, np.int64), axis=0)
    wanted = g.op("Concat", g.op("Unsqueeze", batch, axes=[0]), g.constant([-1], np.int64), axis=0)
    return g.gemm(g.op("Reshape", y, wanted), 36)


# --- pools

@each({
    "max_pool": {}, "max_pool_ceil": dict(ceil_mode=1, kernel_shape=[3, 3]),
    "max_pool_pads": dict(kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
    "max_pool_pads_ceil": dict(kernel_shape=[3, 3], pads=[1, 1, 1, 1], ceil_mode=1),
    "max_pool_pads_behind": dict(kernel_shape=[3, 3], pads=[0, 0, 1, 1]),
    "max_pool_stride_1": dict(kernel_shape=[5, 5], pads=[2, 2, 2, 2], strides=[1, 1]),
    "max_pool_dilated": dict(kernel_shape=[2, 2], dilations=[2, 2], strides=[1, 1]),
    "max_pool_1x3": dict(kernel_shape=[1, 3], strides=[1, 2]),
    "max_pool_same_upper": dict(kernel_shape=[3, 3], auto_pad="SAME_UPPER"),
    "max_pool_same_lower": dict(kernel_shape=[3, 3], auto_pad="SAME_LOWER"),
    "max_pool_valid": dict(kernel_shape=[3, 3], auto_pad="VALID"),
    "max_pool_all": dict(kernel_shape=[6, 7], strides=[1, 1]),
    "max_pool_stride_3": dict(kernel_shape=[2, 2], strides=[3, 3]),
})
def max_pool(g, x, **numbers):
    return g.op("MaxPool", x, **{"kernel_shape": [2, 2], "strides": [2, 2], **numbers})


@graph("max_pool_without_strides")
def max_pool_without_strides(g, x):
    return g.op("MaxPool", x, kernel_shape=[2, 3])


@each({
    "average_pool": {}, "average_pool_ceil": dict(ceil_mode=1, kernel_shape=[3, 3]),
    "average_pool_pads": dict(kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
    "average_pool_counts_pads": dict(kernel_shape=[3, 3], pads=[1, 1, 1, 1], count_include_pad=1),
    "average_pool_pads_behind": dict(kernel_shape=[3, 3], pads=[0, 0, 1, 1], count_include_pad=1),
    "average_pool_stride_1": dict(kernel_shape=[3, 3], pads=[1, 1, 1, 1], strides=[1, 1]),
    "average_pool_ceil_counts_pads": dict(ceil_mode=1, kernel_shape=[3, 3], pads=[1, 1, 1, 1], count_include_pad=1),
    "average_pool_same_upper": dict(kernel_shape=[3, 3], auto_pad="SAME_UPPER"),
    "average_pool_same_lower": dict(kernel_shape=[2, 2], strides=[1, 1], auto_pad="SAME_LOWER"),
    "average_pool_all": dict(kernel_shape=[6, 7], strides=[1, 1]),
    "average_pool_1x3": dict(kernel_shape=[1, 3], strides=[1, 2]),
})
def average_pool(g, x, **numbers):
    return g.op("AveragePool", x, **{"kernel_shape": [2, 2], "strides": [2, 2], **numbers})


@each({
    "global_average_pool": dict(operator="GlobalAveragePool"), "global_max_pool": dict(operator="GlobalMaxPool"),
    "reduce_mean": dict(operator="ReduceMean", axes=[2, 3]),
    "reduce_mean_from_behind": dict(operator="ReduceMean", axes=[-1, -2]),
    "reduce_max": dict(operator="ReduceMax", axes=[2, 3]),
})
def pool_all(g, x, operator, **numbers):
    return g.op(operator, g.conv(x, 4), **numbers)


@graph("reduce_mean_without_axes_kept")
def reduce_mean_without_axes_kept(g, x):
    return g.op("ReduceMean", g.conv(x, 4), axes=[2, 3], keepdims=0)


@graph("reduce_mean_18", opset=18)
def reduce_mean_18(g, x):
    return g.op("ReduceMean", g.conv(x, 4), g.i(2, 3), keepdims=1)


@graph("squeeze_and_excite")
def squeeze_and_excite(g, x):
    y = g.op("Relu", g.conv(g.op("GlobalAveragePool", x), 4, 2, kernel=1))
    return g.op("Mul", x, g.op("HardSigmoid", g.conv(y, 2, 4, kernel=1), alpha=1 / 6, beta=0.5))


@graph("squeeze_and_excite_gate_first")
def squeeze_and_excite_gate_first(g, x):
    y = g.op("Relu", g.conv(g.op("ReduceMean", x, axes=[2, 3]), 4, 2, kernel=1))
    return g.op("Mul", g.op("Sigmoid", g.conv(y, 2, 4, kernel=1)), x)


@graph("squeeze_and_excite_dense")
def squeeze_and_excite_dense(g, x):
    y = g.op("Flatten", g.op("GlobalAveragePool", x))
    y = g.op("Sigmoid", g.gemm(g.op("Relu", g.gemm(y, 4, 2)), 2, 4))
    return g.op("Mul", x, g.op("Reshape", y, g.i(1, 4, 1, 1)))


# --- activations

@each({
    "relu": dict(operator="Relu"), "leaky_relu": dict(operator="LeakyRelu"),
    "leaky_relu_alpha": dict(operator="LeakyRelu", alpha=0.2), "sigmoid": dict(operator="Sigmoid"),
    "tanh": dict(operator="Tanh"), "hard_sigmoid": dict(operator="HardSigmoid"),
    "hard_sigmoid_sixth": dict(operator="HardSigmoid", alpha=1 / 6, beta=0.5),
    "hard_swish": dict(operator="HardSwish", opset=14), "elu": dict(operator="Elu"),
    "elu_alpha": dict(operator="Elu", alpha=0.5), "softplus": dict(operator="Softplus"),
    "clip_0_6": dict(operator="Clip", opset=9, min=0.0, max=6.0),
    "clip_0_1": dict(operator="Clip", opset=10, min=0.0, max=1.0),
    "clip_min": dict(operator="Clip", opset=7, min=0.0), "clip_both_signs": dict(operator="Clip", opset=7, min=-1.0,
                                                                                  max=0.5),
    "abs": dict(operator="Abs"), "negative": dict(operator="Neg"), "exp": dict(operator="Exp"),
    "identity": dict(operator="Identity"), "dropout": dict(operator="Dropout", opset=10, ratio=0.5),
})
def activation(g, x, operator, **numbers):
    return g.op(operator, g.conv(x, 4), **numbers)


@each({"clip_by_inputs": dict(limits=(0, 6)), "clip_by_max": dict(limits=(None, 1)),
       "clip_by_min": dict(limits=(0, None)), "clip_by_inputs_of_one": dict(limits=((-1,), (1,)))}, opset=12)
def clip_by_inputs(g, x, limits):
    return g.op("Clip", g.conv(x, 4), *(g.c(limit) if limit is not None else None for limit in limits))


@graph("clip_by_constant_nodes", opset=11)
def clip_by_constant_nodes(g, x):
    return g.op("Clip", g.conv(x, 4), g.constant(0), g.constant(6))


@graph("clip_by_max_and_min")
def clip_by_max_and_min(g, x):
    return g.op("Min", g.op("Max", g.conv(x, 4), g.c(0)), g.c(6))


@graph("dropout_13")
def dropout_13(g, x):
    return g.conv(g.op("Dropout", g.op("Relu", x), g.c(0.3), g.c(False, bool)), 4)


@each({"prelu_c11": dict(slope=(4, 1, 1)), "prelu_1c11": dict(slope=(1, 4, 1, 1)), "prelu_of_one": dict(slope=(1,)),
       "prelu_scalar": dict(slope=()), "prelu_111": dict(slope=(1, 1, 1))})
def prelu(g, x, slope):
    return g.op("PRelu", g.conv(x, 4), g.c(g.random.uniform(.1, .5, slope)))


@graph("prelu_by_expand")
def prelu_by_expand(g, x):
    return g.op("PRelu", g.conv(x, 4), g.op("Expand", g.positive(4, 1, 1), g.i(4, 6, 7)))


@graph("prelu_of_a_map")
def prelu_of_a_map(g, x):
    return g.op("PRelu", g.conv(x, 4), g.positive(4, 6, 7))


@graph("prelu_of_features", opset=9)
def prelu_of_features(g, x):
    return g.op("PRelu", g.gemm(g.op("Flatten", x), 168), g.positive(5))


@graph("prelu_by_parts")
def prelu_by_parts(g, x):
    y = g.conv(x, 4)
    low = g.op("Mul", g.op("Sub", y, g.op("Abs", y)), g.positive(1, 4, 1, 1))
    return g.op("Add", g.op("Relu", y), g.op("Mul", low, g.c(0.5)))


@graph("silu")
def silu(g, x):
    y = g.conv(x, 4)
    return g.op("Mul", y, g.op("Sigmoid", y))


@graph("silu_sigmoid_first")
def silu_sigmoid_first(g, x):
    y = g.conv(x, 4)
    return g.op("Mul", g.op("Sigmoid", y), y)


@graph("hard_swish_by_parts")
def hard_swish_by_parts(g, x):
    y = g.conv(x, 4)
    z = g.op("Clip", g.op("Add", y, g.c(3)), g.c(0), g.c(6))
    return g.op("Div", g.op("Mul", y, z), g.c(6))


@graph("hard_swish_by_parts_9", opset=9)
def hard_swish_by_parts_9(g, x):
    y = g.conv(x, 4)
    z = g.op("Clip", g.op("Add", y, g.constant([3.])), min=0.0, max=6.0)
    return g.op("Mul", y, g.op("Div", z, g.constant([6.])))


@graph("hard_swish_by_sixth")
def hard_swish_by_sixth(g, x):
    y = g.conv(x, 4)
    z = g.op("Min", g.op("Relu", g.op("Add", g.c(3), y)), g.c(6))
    return g.op("Mul", g.op("Mul", z, g.c(1 / 6)), y)


@graph("hard_swish_by_hard_sigmoid", opset=11)
def hard_swish_by_hard_sigmoid(g, x):
    y = g.conv(x, 4)
    return g.op("Mul", y, g.op("HardSigmoid", y, alpha=1 / 6, beta=0.5))


@graph("hard_sigmoid_by_parts")
def hard_sigmoid_by_parts(g, x):
    z = g.op("Clip", g.op("Add", g.conv(x, 4), g.c(3)), g.c(0), g.c(6))
    return g.op("Div", z, g.c(6))


@graph("gelu_by_erf")
def gelu_by_erf(g, x):
    y = g.conv(x, 4)
    z = g.op("Add", g.op("Erf", g.op("Div", y, g.c(2**.5))), g.c(1))
    return g.op("Mul", g.op("Mul", y, z), g.c(0.5))


@graph("gelu_by_erf_half_first")
def gelu_by_erf_half_first(g, x):
    y = g.conv(x, 4)
    z = g.op("Add", g.op("Erf", g.op("Mul", y, g.c(.5**.5))), g.c(1))
    return g.op("Mul", g.op("Mul", y, g.c(0.5)), z)


@graph("gelu_by_tanh")
def gelu_by_tanh(g, x):
    y = g.conv(x, 4)
    inner = g.op("Add", y, g.op("Mul", g.op("Pow", y, g.c(3)), g.c(0.044715)))
    z = g.op("Add", g.op("Tanh", g.op("Mul", inner, g.c((2 / np.pi)**.5))), g.c(1))
    return g.op("Mul", g.op("Mul", y, z), g.c(0.5))


@graph("mish_by_parts")
def mish_by_parts(g, x):
    y = g.conv(x, 4)
    return g.op("Mul", y, g.op("Tanh", g.op("Softplus", y)))


@each({"softmax_channels": dict(opset=13, axis=1), "softmax_channels_from_behind": dict(opset=13, axis=-3),
       "log_softmax_channels": dict(opset=13, axis=1, operator="LogSoftmax")})
def softmax_channels(g, x, operator="Softmax", **numbers):
    return g.op(operator, g.conv(x, 4), **numbers)


@each({"softmax_features": dict(opset=13, axis=1), "softmax_features_last": dict(opset=13, axis=-1),
       "softmax_features_11": dict(opset=11), "softmax_features_7": dict(opset=7, axis=1),
       "log_softmax_features": dict(opset=13, axis=1, operator="LogSoftmax"),
       "log_softmax_features_9": dict(opset=9, operator="LogSoftmax")})
def softmax_features(g, x, operator="Softmax", **numbers):
    return g.op(operator, g.gemm(g.op("Flatten", x), 168), **numbers)


@graph("softmax_of_pooled_9", opset=9)
def softmax_of_pooled_9(g, x):
    return g.op("Softmax", g.op("GlobalAveragePool", g.conv(x, 4)), axis=1)


# --- arithmetic

@graph("add_maps")
def add_maps(g, x):
    return g.op("Relu", g.op("Add", g.conv(x, 4), x))


@graph("add_itself")
def add_itself(g, x):
    y = g.conv(x, 4)
    return g.op("Add", y, y)


@graph("sum_of_three")
def sum_of_three(g, x):
    return g.op("Sum", g.conv(x, 4), x, g.conv(x, 4, kernel=1))


ARITHMETIC = {"add": "Add", "sub": "Sub", "mul": "Mul", "div": "Div", "max": "Max", "min": "Min"}
OPERANDS = {"number": (), "one": (1,), "channels": (4, 1, 1), "channels_4": (1, 4, 1, 1)}


@each({f"{word}_{kind}": dict(operator=operator, operand=operand) for word, operator in ARITHMETIC.items()
       for kind, operand in OPERANDS.items()})
def with_constant(g, x, operator, operand):
    return g.op(operator, g.op("Relu", g.conv(x, 4)), g.positive(*operand))


@each({f"{word}_from_constant": dict(operator=operator) for word, operator in ARITHMETIC.items()})
def from_constant(g, x, operator):
    return g.op(operator, g.positive(4, 1, 1), g.op("Sigmoid", g.conv(x, 4)))


@each({f"{word}_of_maps": dict(operator=operator) for word, operator in ARITHMETIC.items()})
def of_maps(g, x, operator):
    return g.op(operator, g.conv(x, 4), g.op("Sigmoid", g.conv(x, 4)))


@each({f"{word}_of_a_stored_map": dict(operator=ARITHMETIC[word]) for word in ("add", "mul")})
def of_a_stored_map(g, x, operator):
    return g.op(operator, g.conv(x, 4), g.positive(1, 4, 6, 7))


@each({f"{word}_channel_to_map": dict(operator=ARITHMETIC[word]) for word in ("add", "sub", "mul")})
def channel_to_map(g, x, operator):
    return g.op(operator, g.conv(x, 4), g.op("GlobalAveragePool", x))


@graph("mul_by_a_map_of_one_channel")
def mul_by_a_map_of_one_channel(g, x):
    return g.op("Mul", g.conv(x, 4), g.op("Sigmoid", g.conv(x, 4, 1)))


@graph("scaled_input")
def scaled_input(g, x):
    y = g.op("Div", g.op("Sub", x, g.c(127.5)), g.c(128))
    return g.conv(y, 4)


@graph("normalised_input")
def normalised_input(g, x):
    y = g.op("Div", g.op("Sub", x, g.w(1, 4, 1, 1)), g.positive(1, 4, 1, 1))
    return g.conv(y, 4, pads=[0, 0, 0, 0])


@graph("square")
def square(g, x):
    return g.op("Mul", x, x)


# --- resizing

@each({
    "resize_nearest_floor": dict(coordinate_transformation_mode="asymmetric", nearest_mode="floor"),
    "resize_nearest_half_pixel": dict(), "resize_nearest_up_3": dict(scales=(1, 1, 3, 3)),
    "resize_nearest_2_by_1": dict(scales=(1, 1, 2, 1), coordinate_transformation_mode="asymmetric",
                                  nearest_mode="floor"),
    "resize_nearest_ceil": dict(nearest_mode="ceil"),
    "resize_nearest_prefer_ceil": dict(nearest_mode="round_prefer_ceil", scales=(1, 1, .5, .5)),
    "resize_nearest_half": dict(scales=(1, 1, .5, .5)),
    "resize_nearest_fraction": dict(scales=(1, 1, 1.5, 1.3)),
    "resize_nearest_tf": dict(coordinate_transformation_mode="tf_half_pixel_for_nn", nearest_mode="floor", opset=11),
    "resize_nearest_align": dict(coordinate_transformation_mode="align_corners"),
    "resize_linear": dict(mode="linear"),
    "resize_linear_pytorch": dict(mode="linear", coordinate_transformation_mode="pytorch_half_pixel"),
    "resize_linear_align": dict(mode="linear", coordinate_transformation_mode="align_corners"),
    "resize_linear_asymmetric": dict(mode="linear", coordinate_transformation_mode="asymmetric"),
    "resize_linear_half": dict(mode="linear", scales=(1, 1, .5, .5)),
    "resize_linear_fraction": dict(mode="linear", scales=(1, 1, 1.7, 2.3)),
    "resize_linear_up_4": dict(mode="linear", scales=(1, 1, 4, 4), coordinate_transformation_mode="align_corners"),
    "resize_cubic": dict(mode="cubic"),
    "resize_cubic_align": dict(mode="cubic", coordinate_transformation_mode="align_corners", cubic_coeff_a=-0.5),
})
def resize_by_scales(g, x, scales=(1, 1, 2, 2), **numbers):
    return g.op("Resize", g.conv(x, 4), None, g.c(scales), **numbers)


@each({
    "resize_nearest_sizes": dict(coordinate_transformation_mode="asymmetric", nearest_mode="floor"),
    "resize_nearest_sizes_half_pixel": dict(sizes=(1, 4, 9, 5)),
    "resize_linear_sizes": dict(mode="linear", sizes=(1, 4, 11, 9)),
    "resize_linear_sizes_align": dict(mode="linear", sizes=(1, 4, 3, 15),
                                      coordinate_transformation_mode="align_corners"),
    "resize_linear_sizes_pytorch": dict(mode="linear", sizes=(1, 4, 1, 3),
                                        coordinate_transformation_mode="pytorch_half_pixel"),
})
def resize_by_sizes(g, x, sizes=(1, 4, 12, 14), **numbers):
    return g.op("Resize", g.conv(x, 4), g.c([]), g.c([]), g.i(*sizes), **numbers)


@graph("resize_to_another_map", opset=11)
def resize_to_another_map(g, x):
    small = g.conv(x, 4, strides=[2, 2])
    size = g.op("Slice", g.op("Shape", x), g.i(2), g.i(4), g.i(0))
    wanted = g.op("Concat", g.op("Slice", g.op("Shape", small), g.i(0), g.i(2), g.i(0)), size, axis=0)
    up = g.op("Resize", small, g.c([]), g.c([]), wanted, coordinate_transformation_mode="asymmetric",
              nearest_mode="floor")
    return g.op("Add", x, up)


@each({"resize_10_nearest": dict(mode="nearest"), "resize_10_linear": dict(mode="linear"),
       "resize_10_nearest_half": dict(mode="nearest", scales=(1, 1, .5, .5)),
       "resize_10_nearest_fraction": dict(mode="nearest", scales=(1, 1, .7, .7))}, opset=10)
def resize_10(g, x, mode, scales=(1, 1, 2, 2)):
    return g.op("Resize", x, g.c(scales), mode=mode)


@graph("resize_crop", opset=11)
def resize_crop(g, x):
    return g.op("Resize", x, g.c([0, 0, .1, .2, 1, 1, .8, .9]), None, g.i(1, 4, 5, 8), mode="linear",
                coordinate_transformation_mode="tf_crop_and_resize")


@each({"upsample_9_nearest": dict(mode="nearest"), "upsample_9_linear": dict(mode="linear"),
       "upsample_9_linear_4": dict(mode="linear", scales=(1, 1, 4, 4))}, opset=9)
def upsample_9(g, x, mode, scales=(1, 1, 2, 2)):
    return g.op("Upsample", x, g.c(scales), mode=mode)


@each({"upsample_7_nearest": dict(mode="nearest"), "upsample_7_linear": dict(mode="linear")}, opset=7)
def upsample_7(g, x, mode):
    return g.op("Upsample", x, mode=mode, scales=[1.0, 1.0, 2.0, 2.0])


@graph("nearest_by_expand")
def nearest_by_expand(g, x):
    y = g.op("Reshape", x, g.i(1, 4, 6, 1, 7, 1))
    return g.op("Reshape", g.op("Expand", y, g.i(1, 4, 6, 2, 7, 2)), g.i(1, 4, 12, 14))


# --- pixels to channels and back

@each({"depth_to_space_dcr": dict(mode="DCR"), "depth_to_space_crd": dict(mode="CRD"),
       "depth_to_space_default": {}, "depth_to_space_3": dict(mode="CRD", blocksize=3, channels=9)})
def depth_to_space(g, x, blocksize=2, channels=8, **numbers):
    return g.op("DepthToSpace", g.conv(x, 4, channels), blocksize=blocksize, **numbers)


@graph("depth_to_space_by_reshape")
def depth_to_space_by_reshape(g, x):
    y = g.op("Reshape", g.conv(x, 4, 8), g.i(1, 2, 2, 2, 6, 7))
    return g.op("Reshape", g.op("Transpose", y, perm=[0, 1, 4, 2, 5, 3]), g.i(1, 2, 12, 14))


@graph("space_to_depth", shape=(1, 3, 6, 8))
def space_to_depth(g, x):
    return g.conv(g.op("SpaceToDepth", x, blocksize=2), 12)


@graph("space_to_depth_by_reshape", shape=(1, 3, 6, 8))
def space_to_depth_by_reshape(g, x):
    y = g.op("Transpose", g.op("Reshape", x, g.i(1, 3, 3, 2, 4, 2)), perm=[0, 1, 3, 5, 2, 4])
    return g.conv(g.op("Reshape", y, g.i(1, 12, 3, 4)), 12)


@graph("focus", opset=11, shape=(1, 3, 6, 8))
def focus(g, x):
    parts = []
    for row, column in ((0, 0), (1, 0), (0, 1), (1, 1)):
        rows = g.op("Slice", x, g.i(row), g.i(2**63 - 1), g.i(2), g.i(2))
        parts.append(g.op("Slice", rows, g.i(column), g.i(2**63 - 1), g.i(3), g.i(2)))
    return g.conv(g.op("Concat", *parts, axis=1), 12)


# --- pads

@each({"pad_and_conv": dict(pads=[0, 0, 1, 1, 0, 0, 1, 1]), "pad_behind_and_conv": dict(pads=[0, 0, 0, 0, 0, 0, 1, 1]),
       "pad_reflect_and_conv": dict(pads=[0, 0, 1, 2, 0, 0, 2, 1], mode="reflect"),
       "pad_edge_and_conv": dict(pads=[0, 0, 1, 1, 0, 0, 1, 1], mode="edge")})
def pad_and_conv(g, x, pads, **numbers):
    return g.conv(g.op("Pad", x, g.i(*pads), **numbers), 4, pads=[0, 0, 0, 0], strides=[2, 2])


@each({"pad_alone": {}, "pad_value": dict(value=1.5), "pad_reflect": dict(mode="reflect"),
       "pad_edge": dict(mode="edge")})
def pad_alone(g, x, value=None, **numbers):
    inputs = [g.i(0, 0, 1, 2, 0, 0, 2, 0)] + ([g.c(value)] if value else [])
    return g.op("Pad", g.conv(x, 4), *inputs, **numbers)


@each({"pad_9": {}, "pad_9_reflect": dict(mode="reflect"),
       "pad_9_cuts": dict(pads=[0, 0, -1, 0, 0, 0, 0, -2])}, opset=9)
def pad_9(g, x, pads=(0, 0, 1, 1, 0, 0, 1, 1), **numbers):
    return g.op("Pad", x, pads=pads, **numbers)


@graph("pad_and_max_pool")
def pad_and_max_pool(g, x):
    y = g.op("Pad", g.op("Relu", x), g.i(0, 0, 0, 0, 0, 0, 1, 1))
    return g.op("MaxPool", y, kernel_shape=[2, 2], strides=[2, 2])


@graph("pad_and_average_pool")
def pad_and_average_pool(g, x):
    y = g.op("Pad", x, g.i(0, 0, 1, 1, 0, 0, 1, 1))
    return g.op("AveragePool", y, kernel_shape=[3, 3], strides=[2, 2])


@graph("pad_channels")
def pad_channels(g, x):
    return g.op("Add", g.op("Pad", x, g.i(0, 0, 0, 0, 0, 2, 0, 0)), g.conv(x, 4, 6))


@graph("pad_channels_in_front")
def pad_channels_in_front(g, x):
    return g.conv(g.op("Pad", x, g.i(0, 1, 0, 0, 0, 1, 0, 0)), 6)


@graph("pad_channels_by_concat", opset=12)
def pad_channels_by_concat(g, x):
    zeros = g.op("ConstantOfShape", g.constant([1, 2, 6, 7], np.int64))
    return g.op("Add", g.op("Concat", x, zeros, axis=1), g.conv(x, 4, 6))


@graph("pad_by_constants_computed", opset=11)
def pad_by_constants_computed(g, x):
    front = g.op("ConstantOfShape", g.constant([4], np.int64), value=numpy_helper.from_array(np.array([0])))
    pads = g.op("Concat", front, g.constant([0, 0, 1, 1], np.int64), axis=0)
    return g.conv(g.op("Pad", x, g.op("Cast", pads, to=TensorProto.INT64), g.constant(0.)), 4)


# --- parts of maps

@graph("concat_channels")
def concat_channels(g, x):
    return g.conv(g.op("Concat", x, g.conv(x, 4, 3), g.op("Relu", x), axis=1), 11)


@graph("concat_from_behind")
def concat_from_behind(g, x):
    return g.op("Concat", g.conv(x, 4), x, axis=-3)


@each({"concat_rows": dict(axis=2), "concat_columns": dict(axis=3)})
def concat_pixels(g, x, axis):
    return g.op("Concat", g.conv(x, 4), g.op("Relu", x), axis=axis)


@each({"split_equal_9": dict(opset=9, parts=2), "split_9": dict(opset=9, sizes=[1, 3]),
       "split_equal_13": dict(parts=2), "split_13": dict(sizes=[3, 1]), "split_18": dict(opset=18, parts=2, more=True)})
def split(g, x, parts=2, sizes=None, more=False):
    since = 13
    inputs = [g.i(*sizes)] if sizes and g.opset >= since else []
    numbers = {"split": sizes} if sizes and g.opset < since else {"num_outputs": parts} if more else {}
    first, second = g.op("Split", g.conv(x, 4), *inputs, outputs=parts, axis=1, **numbers)
    sizes = sizes or [2, 2]
    return g.op("Concat", g.conv(second, sizes[1], 2), g.op("Relu", first), axis=1)


@graph("split_one_side_unused")
def split_one_side_unused(g, x):
    first, _ = g.op("Split", g.conv(x, 4), outputs=2, axis=1)
    return g.conv(first, 2)


@graph("split_pixels")
def split_pixels(g, x):
    first, second = g.op("Split", x, outputs=2, axis=2)
    return g.op("Add", first, g.conv(second, 4))


@each({"slice_channels": dict(start=1, end=3, axis=1), "slice_channels_to_end": dict(start=-2, end=2**63 - 1, axis=1),
       "slice_every_second_channel": dict(start=0, end=4, axis=1, step=2),
       "slice_channels_backwards": dict(start=-1, end=-2**62, axis=1, step=-1),
       "slice_rows": dict(start=1, end=-1, axis=2), "slice_every_second_column": dict(start=1, end=7, axis=3, step=2),
       "slice_columns_backwards": dict(start=-1, end=-2**62, axis=-1, step=-1)}, opset=11)
def slice_of(g, x, start, end, axis, step=1):
    return g.op("Relu", g.op("Slice", g.conv(x, 4), g.i(start), g.i(end), g.i(axis), g.i(step)))


@graph("slice_9", opset=9)
def slice_9(g, x):
    return g.op("Slice", g.conv(x, 4), axes=[1, 2], starts=[1, 0], ends=[4, -2])


@graph("slice_9_without_axes", opset=9)
def slice_9_without_axes(g, x):
    return g.op("Slice", g.conv(x, 4), starts=[0, 1, 1, 1], ends=[1, 4, 6, 7])


@graph("crop_both", opset=13)
def crop_both(g, x):
    return g.conv(g.op("Slice", x, g.i(1, 1), g.i(-1, -1), g.i(2, 3)), 4)


@each({"gather_channels": dict(places=[3, 1, 0, 2]), "gather_some_channels": dict(places=[2, 0]),
       "gather_channels_twice": dict(places=[1, 1, -1, 0, 2])})
def gather_channels(g, x, places):
    return g.op("Gather", g.conv(x, 4), g.i(*places), axis=1)


@graph("bgr_to_rgb", shape=(1, 3, 6, 7))
def bgr_to_rgb(g, x):
    return g.conv(g.op("Gather", x, g.i(2, 1, 0), axis=1), 3)


@graph("one_channel_by_gather")
def one_channel_by_gather(g, x):
    y = g.op("Unsqueeze", g.op("Gather", x, g.c(2, np.int64), axis=1), g.i(1))
    return g.conv(y, 1)


@graph("gather_by_chance", shape=(1, 3, 2, 3))
def gather_by_chance(g, x):
    places = np.random.default_rng(3).integers(0, 90, 75)
    return g.conv(g.op("Gather", g.conv(x, 3, 90), g.i(*places), axis=1), 75)


@each({"every_third_channel": dict(start=1, step=3), "every_second_of_some": dict(start=3, step=2),
       "every_fifth_of_twelve": dict(start=0, step=5)}, shape=(1, 12, 2, 3))
def slice_of_many(g, x, start, step):
    return g.op("Relu", g.op("Slice", g.conv(x, 12, 12), g.i(start), g.i(2**40), g.i(1), g.i(step)))


# --- channel shuffles

SHUFFLED = (1, 6, 4, 5)


@graph("shuffle_5d", shape=SHUFFLED)
def shuffle_5d(g, x):
    y = g.op("Transpose", g.op("Reshape", g.conv(x, 6, 6), g.i(1, 2, 3, 4, 5)), perm=[0, 2, 1, 3, 4])
    return g.conv(g.op("Reshape", y, g.i(1, 6, 4, 5)), 6)


@graph("shuffle_5d_open", shape=SHUFFLED)
def shuffle_5d_open(g, x):
    y = g.op("Transpose", g.op("Reshape", g.conv(x, 6, 6), g.i(-1, 3, 2, 4, 5)), perm=[0, 2, 1, 3, 4])
    return g.conv(g.op("Reshape", y, g.i(-1, 6, 4, 5)), 6)


@graph("shuffle_4d", shape=SHUFFLED)
def shuffle_4d(g, x):
    y = g.op("Transpose", g.op("Reshape", g.conv(x, 6, 6), g.i(1, 2, 3, 20)), perm=[0, 2, 1, 3])
    return g.conv(g.op("Reshape", y, g.i(1, 6, 4, 5)), 6)


@graph("shuffle_3d", shape=SHUFFLED)
def shuffle_3d(g, x):
    y = g.op("Transpose", g.op("Reshape", g.conv(x, 6, 6), g.i(2, 3, 20)), perm=[1, 0, 2])
    return g.conv(g.op("Reshape", y, g.i(1, -1, 4, 5)), 6)


@graph("shuffle_by_gather", shape=SHUFFLED)
def shuffle_by_gather(g, x):
    return g.conv(g.op("Gather", g.conv(x, 6, 6), g.i(0, 3, 1, 4, 2, 5), axis=1), 6)


@graph("shuffle_into_two_maps", shape=(1, 12, 4, 5))
def shuffle_into_two_maps(g, x):
    y = g.op("Transpose", g.op("Reshape", g.conv(x, 12, 12), g.i(6, 2, 20)), perm=[1, 0, 2])
    y = g.op("Reshape", y, g.i(2, -1, 6, 4, 5))
    even, odd = (g.op("Gather", y, g.c(i, np.int64), axis=0) for i in range(2))
    return g.op("Concat", even, g.conv(odd, 6, 6), axis=1)


@graph("shuffle_by_shapes", opset=11, shape=SHUFFLED)
def shuffle_by_shapes(g, x):
    y = g.conv(x, 6, 6)
    extents = [g.op("Unsqueeze", g.op("Gather", g.op("Shape", y), g.constant(axis, np.int64)), axes=[0])
               for axis in range(4)]
    half = g.op("Div", extents[1], g.constant([2], np.int64))
    wanted = g.op("Concat", extents[0], g.constant([2], np.int64), half, extents[2], extents[3], axis=0)
    y = g.op("Transpose", g.op("Reshape", y, wanted), perm=[0, 2, 1, 3, 4])
    wanted = g.op("Concat", extents[0], g.constant([-1], np.int64), extents[2], extents[3], axis=0)
    return g.conv(g.op("Reshape", y, wanted), 6)


@graph("shuffle_and_split", shape=SHUFFLED)
def shuffle_and_split(g, x):
    y = g.op("Reshape", g.conv(x, 6, 6), g.i(3, 2, 20))
    y = g.op("Reshape", g.op("Transpose", y, perm=[1, 0, 2]), g.i(2, 1, 3, 4, 5))
    first, second = (g.op("Gather", y, g.c(place, np.int64), axis=0) for place in (0, 1))
    return g.op("Concat", first, g.conv(second, 3, 3), axis=1)


@graph("shuffle_nhwc", shape=SHUFFLED)
def shuffle_nhwc(g, x):
    y = g.op("Transpose", g.conv(x, 6, 6), perm=[0, 2, 3, 1])
    y = g.op("Transpose", g.op("Reshape", y, g.i(1, 4, 5, 2, 3)), perm=[0, 1, 2, 4, 3])
    y = g.op("Transpose", g.op("Reshape", y, g.i(1, 4, 5, 6)), perm=[0, 3, 1, 2])
    return g.conv(y, 6)


# --- NHWC

@graph("nhwc_model", shape=(1, 6, 7, 3))
def nhwc_model(g, x):
    y = g.op("Relu", g.conv(g.op("Transpose", x, perm=[0, 3, 1, 2]), 3))
    return g.op("Transpose", y, perm=[0, 2, 3, 1])


@graph("nhwc_between", shape=(1, 6, 7, 3))
def nhwc_between(g, x):
    y = g.conv(g.op("Transpose", x, perm=[0, 3, 1, 2]), 3)
    y = g.op("PRelu", g.op("Transpose", y, perm=[0, 2, 3, 1]), g.positive(1, 1, 4))
    y = g.op("Add", y, g.w(4))
    return g.conv(g.op("Transpose", y, perm=[0, 3, 1, 2]), 4)


@graph("nhwc_softmax", shape=(1, 6, 7, 3))
def nhwc_softmax(g, x):
    y = g.conv(g.op("Transpose", x, perm=[0, 3, 1, 2]), 3)
    return g.op("Softmax", g.op("Transpose", y, perm=[0, 2, 3, 1]), axis=-1)


@graph("nhwc_concat", shape=(1, 6, 7, 3))
def nhwc_concat(g, x):
    y = g.op("Transpose", g.conv(g.op("Transpose", x, perm=[0, 3, 1, 2]), 3), perm=[0, 2, 3, 1])
    y = g.op("Transpose", g.op("Concat", x, y, axis=3), perm=[0, 3, 1, 2])
    return g.conv(y, 7)


@graph("nhwc_mean", shape=(1, 6, 7, 3))
def nhwc_mean(g, x):
    y = g.op("Relu", g.conv(g.op("Transpose", x, perm=[0, 3, 1, 2]), 3))
    return g.op("ReduceMean", g.op("Transpose", y, perm=[0, 2, 3, 1]), axes=[1, 2], keepdims=0)


NHWC = (1, 6, 7, 3)


def to_maps(g, x):
    return g.op("Transpose", x, perm=[0, 3, 1, 2])


def to_pixels(g, x):
    return g.op("Transpose", x, perm=[0, 2, 3, 1])


@graph("nhwc_pad", shape=NHWC)
def nhwc_pad(g, x):
    y = g.op("Pad", x, g.i(0, 0, 0, 0, 0, 1, 1, 0))
    return to_pixels(g, g.conv(to_maps(g, y), 3, strides=[2, 2], pads=[0, 0, 0, 0]))


@graph("nhwc_norm_by_mul_and_add", shape=NHWC)
def nhwc_norm_by_mul_and_add(g, x):
    y = to_pixels(g, g.conv(to_maps(g, x), 3, bias=False))
    y = g.op("Relu", g.op("Add", g.op("Mul", y, g.positive(4)), g.w(1, 1, 1, 4)))
    return to_pixels(g, g.conv(to_maps(g, y), 4, group=4))


@graph("nhwc_gate", shape=NHWC)
def nhwc_gate(g, x):
    y = to_pixels(g, g.conv(to_maps(g, x), 3))
    gate = g.op("ReduceMean", y, axes=[1, 2], keepdims=1)
    gate = g.op("Relu", to_pixels(g, g.conv(to_maps(g, gate), 4, 2, kernel=1)))
    gate = g.op("Sigmoid", to_pixels(g, g.conv(to_maps(g, gate), 2, 4, kernel=1)))
    return g.op("Mul", y, gate)


@graph("nhwc_gate_by_matmul", shape=NHWC)
def nhwc_gate_by_matmul(g, x):
    y = to_pixels(g, g.conv(to_maps(g, x), 3))
    gate = g.op("Reshape", g.op("ReduceMean", y, axes=[1, 2], keepdims=0), g.i(1, 1, 1, 4))
    gate = g.op("Relu", g.op("Add", g.op("MatMul", gate, g.w(4, 2)), g.w(2)))
    return g.op("Mul", y, g.op("Sigmoid", g.op("Add", g.op("MatMul", gate, g.w(2, 4)), g.w(4))))


@graph("nhwc_split", shape=NHWC)
def nhwc_split(g, x):
    y = to_pixels(g, g.conv(to_maps(g, x), 3))
    first, second = g.op("Split", y, outputs=2, axis=3)
    return g.op("Concat", second, g.op("Relu", first), axis=-1)


@graph("nhwc_resize", shape=NHWC)
def nhwc_resize(g, x):
    size = g.op("Slice", g.op("Shape", x), g.i(1), g.i(3), g.i(0))
    size = g.op("Mul", size, g.i(2))
    wanted = g.op("Concat", g.i(1, 4), size, axis=0)
    y = g.op("Resize", g.conv(to_maps(g, x), 3), g.c([]), g.c([]), wanted, mode="linear",
             coordinate_transformation_mode="half_pixel")
    return to_pixels(g, y)


@graph("nhwc_resize_of_pixels", shape=NHWC)
def nhwc_resize_of_pixels(g, x):
    y = g.op("Resize", x, None, g.c((1, 2, 2, 1)), mode="nearest", coordinate_transformation_mode="asymmetric",
             nearest_mode="floor")
    return g.conv(to_maps(g, y), 3)


@graph("nhwc_depth_to_space", shape=NHWC)
def nhwc_depth_to_space(g, x):
    y = g.op("DepthToSpace", g.conv(to_maps(g, x), 3, 8), blocksize=2, mode="DCR")
    return to_pixels(g, y)


@graph("nhwc_depth_to_space_by_reshape", shape=NHWC)
def nhwc_depth_to_space_by_reshape(g, x):
    y = g.op("Reshape", to_pixels(g, g.conv(to_maps(g, x), 3, 8)), g.i(1, 6, 7, 2, 2, 2))
    return g.op("Reshape", g.op("Transpose", y, perm=[0, 1, 3, 2, 4, 5]), g.i(1, 12, 14, 2))


@graph("nhwc_slice", shape=NHWC)
def nhwc_slice(g, x):
    y = g.op("Slice", x, g.i(0, 1, 1, 0), g.i(1, 5, 7, 2), g.i(0, 1, 2, 3), g.i(1, 1, 2, 1))
    return to_pixels(g, g.conv(to_maps(g, y), 2))


@graph("nhwc_residual", shape=NHWC)
def nhwc_residual(g, x):
    y = to_pixels(g, g.op("Relu", g.conv(to_maps(g, x), 3)))
    for _ in range(2):
        z = g.op("Clip", to_pixels(g, g.conv(to_maps(g, y), 4)), g.c(0), g.c(6))
        y = g.op("Add", y, to_pixels(g, g.conv(to_maps(g, z), 4)))
    return g.op("Softmax", g.op("Reshape", y, g.i(1, 42, 4)), axis=2)


@graph("nhwc_heads", shape=NHWC)
def nhwc_heads(g, x):
    heads = []
    for stride in (1, 2):
        y = to_pixels(g, g.conv(to_maps(g, x), 3, 6, strides=[stride, stride]))
        heads.append(g.op("Reshape", y, g.i(1, -1, 3)))
    return g.op("Concat", *heads, axis=1)


@graph("nhwc_dense", shape=NHWC)
def nhwc_dense(g, x):
    y = to_pixels(g, g.op("MaxPool", g.conv(to_maps(g, x), 3), kernel_shape=[2, 2], strides=[2, 2]))
    y = g.op("Relu", g.op("Add", g.op("MatMul", g.op("Reshape", y, g.i(-1, 36)), g.w(36, 5)), g.w(5)))
    return g.op("Softmax", g.op("Add", g.op("MatMul", y, g.w(5, 3)), g.w(3)), axis=1)


@graph("bias_by_unsqueezed_constant", opset=11)
def bias_by_unsqueezed_constant(g, x):
    bias = g.op("Unsqueeze", g.w(4), axes=[0, 2, 3])
    return g.op("Relu", g.op("Add", g.conv(x, 4, bias=False), bias))


@graph("scale_of_a_map_by_identity_matrix")
def scale_of_a_map_by_identity_matrix(g, x):
    return g.op("Mul", g.op("Relu", x), g.op("Reshape", g.positive(4), g.i(1, 4, 1, 1)))


@graph("gemm_after_reshape_minus_one")
def gemm_after_reshape_minus_one(g, x):
    return g.gemm(g.op("Reshape", g.op("GlobalAveragePool", g.conv(x, 4)), g.i(-1, 4)), 4)


@graph("flatten_from_behind")
def flatten_from_behind(g, x):
    return g.gemm(g.op("Flatten", x, axis=-3), 168)


@graph("flatten_all")
def flatten_all(g, x):
    return g.gemm(g.op("Flatten", x, axis=0), 168)


@graph("pooled_twice")
def pooled_twice(g, x):
    y = g.conv(x, 4)
    y = g.op("Concat", g.op("GlobalAveragePool", y), g.op("GlobalMaxPool", y), axis=1)
    return g.gemm(g.op("Flatten", y), 8)


@graph("mean_of_rows_then_columns")
def mean_of_rows_then_columns(g, x):
    return g.op("ReduceMean", g.op("ReduceMean", g.conv(x, 4), axes=[3]), axes=[2])


@graph("sum_of_pixels")
def sum_of_pixels(g, x):
    return g.op("ReduceSum", g.conv(x, 4), g.i(2, 3))


@graph("mean_of_all_channels")
def mean_of_all_channels(g, x):
    return g.op("ReduceMean", g.conv(x, 4), axes=[1])


@graph("largest_of_all_channels")
def largest_of_all_channels(g, x):
    return g.op("ReduceMax", g.conv(x, 4), axes=[1], keepdims=1)


@graph("squeezed_map", shape=(1, 4, 1, 9))
def squeezed_map(g, x):
    return g.op("Transpose", g.op("Squeeze", g.conv(x, 4, 5, kernel=(1, 3)), g.i(2)), perm=[0, 2, 1])


@graph("signal", shape=(1, 4, 15))
def signal(g, x):
    y = g.op("Conv", x, g.w(6, 4, 3), g.w(6), pads=[1, 1], strides=[2])
    y = g.op("MaxPool", g.op("Relu", g.batch_norm(y, 6)), kernel_shape=[2], strides=[2])
    return g.gemm(g.op("Flatten", y), 24)


@graph("features", shape=(1, 20))
def features(g, x):
    return g.op("Softmax", g.gemm(g.op("Relu", g.gemm(x, 20, 6)), 6, 3), axis=1)


def two_inputs():
    builder = Builder("two_inputs", 13)
    x, z = builder.input(SHAPE), builder.input((1, 3, 6, 7), "z")
    y = builder.op("Concat", builder.conv(x, 4), builder.op("Relu", z), axis=1)
    return SmallGraph(builder.name, builder.model([builder.conv(y, 7)]), builder.inputs)


GRAPHS["two_inputs"] = two_inputs


# --- what folds, and what is gone

@graph("initialisers_listed_as_inputs", opset=7, listed=True)
def initialisers_listed_as_inputs(g, x):
    return g.op("Relu", g.conv(x, 4))


@graph("open_batch", declared=["N", 4, 6, 7])
def open_batch(g, x):
    return g.op("Flatten", g.op("GlobalAveragePool", g.conv(x, 4)))


@graph("open_size", declared=[1, 4, "height", "width"], options=["--input-shape", "1,4,6,7"])
def open_size(g, x):
    return g.conv(x, 4, strides=[2, 2])


@graph("unknown_extents", declared=[None, 4, None, None], options=["--input-shape", "1,4,6,7"])
def unknown_extents(g, x):
    return g.op("MaxPool", x, kernel_shape=[2, 2])


@graph("weights_in_half")
def weights_in_half(g, x):
    weight = g.op("Cast", g.w(4, 4, 3, 3, kind=np.float16), to=TensorProto.FLOAT)
    return g.op("Conv", x, weight, pads=[1, 1, 1, 1])


@graph("all_in_half", kind=np.float16)
def all_in_half(g, x):
    return g.op("Relu", g.op("Conv", x, g.w(4, 4, 3, 3, kind=np.float16), pads=[1, 1, 1, 1]))


@graph("casts_between")
def casts_between(g, x):
    y = g.op("Cast", g.op("Cast", x, to=TensorProto.FLOAT), to=TensorProto.FLOAT)
    return g.conv(y, 4)


@graph("expand_of_a_constant", opset=11)
def expand_of_a_constant(g, x):
    ones = g.op("ConstantOfShape", g.op("Shape", x), value=numpy_helper.from_array(np.array([2], np.float32)))
    return g.op("Add", g.conv(x, 4), g.op("Expand", g.w(4, 1, 1), g.op("Shape", ones)))


@graph("range_and_where", opset=11)
def range_and_where(g, x):
    steps = g.op("Range", g.c(0, np.int64), g.c(4, np.int64), g.c(1, np.int64))
    first = g.op("Less", steps, g.c(2, np.int64))
    scale = g.op("Where", first, g.c(1.5), g.c(-.5))
    return g.op("Mul", x, g.op("Reshape", scale, g.i(1, 4, 1, 1)))


@graph("squeeze_and_unsqueeze_11", opset=11)
def squeeze_and_unsqueeze_11(g, x):
    y = g.op("Squeeze", g.conv(x, 4), axes=[0])
    return g.conv(g.op("Unsqueeze", y, axes=[0]), 4)


@graph("squeeze_and_unsqueeze_13")
def squeeze_and_unsqueeze_13(g, x):
    y = g.op("Squeeze", g.conv(x, 4), g.i(0))
    return g.conv(g.op("Unsqueeze", y, g.i(0)), 4)


@graph("unread_nodes")
def unread_nodes(g, x):
    g.op("Softmax", g.conv(x, 4), axis=3)
    return g.conv(x, 4)


@graph("nodes_out_of_order")
def nodes_out_of_order(g, x):
    y = g.op("Relu", g.conv(x, 4))
    g.nodes.reverse()
    return y


# --- whole shapes of networks

@graph("residual_units")
def residual_units(g, x):
    for _ in range(3):
        y = g.op("Relu", g.batch_norm(g.conv(x, 4, bias=False), 4))
        x = g.op("Relu", g.op("Add", g.batch_norm(g.conv(y, 4, bias=False), 4), x))
    return x


@graph("inverted_units")
def inverted_units(g, x):
    for _ in range(3):
        y = g.op("Clip", g.conv(x, 4, 8, kernel=1), g.c(0), g.c(6))
        y = g.op("Clip", g.conv(y, 8, 8, group=8), g.c(0), g.c(6))
        x = g.op("Add", x, g.conv(y, 8, 4, kernel=1))
    return x


@graph("dense_units")
def dense_units(g, x):
    for channels in (4, 6, 8):
        y = g.conv(g.op("Relu", g.batch_norm(x, channels)), channels, 2)
        x = g.op("Concat", x, y, axis=1)
    return x


@graph("pyramid", shape=(1, 3, 16, 16))
def pyramid(g, x):
    a = g.op("Relu", g.conv(x, 3, 4, strides=[2, 2]))
    b = g.op("Relu", g.conv(a, 4, 4, strides=[2, 2]))
    up = g.op("Resize", b, None, g.c((1, 1, 2, 2)), coordinate_transformation_mode="asymmetric", nearest_mode="floor")
    return g.conv(g.op("Add", a, up), 4, 2), g.conv(b, 4, 2)


@graph("u_net", shape=(1, 3, 8, 8))
def u_net(g, x):
    a = g.op("Relu", g.conv(x, 3))
    b = g.op("Relu", g.conv(g.op("MaxPool", a, kernel_shape=[2, 2], strides=[2, 2]), 4))
    up = g.op("ConvTranspose", b, g.w(4, 4, 2, 2), g.w(4), strides=[2, 2])
    return g.op("Sigmoid", g.conv(g.op("Concat", up, a, axis=1), 8, 1))


@graph("heads_in_rows", shape=(1, 3, 16, 16))
def heads_in_rows(g, x):
    heads = []
    for stride in (2, 4):
        y = g.conv(x, 3, 6, strides=[stride, stride])
        heads.append(g.op("Reshape", g.op("Transpose", y, perm=[0, 2, 3, 1]), g.i(1, -1, 2)))
    return g.op("Concat", *heads, axis=1)


@graph("heads_apart", shape=(1, 3, 8, 8))
def heads_apart(g, x):
    y = g.op("Relu", g.conv(x, 3, strides=[2, 2]))
    boxes = g.op("Reshape", g.op("Transpose", g.conv(y, 4, 8), perm=[0, 2, 3, 1]), g.i(1, -1, 4))
    scores = g.op("Reshape", g.op("Transpose", g.conv(y, 4, 2), perm=[0, 2, 3, 1]), g.i(1, -1, 1))
    return boxes, g.op("Sigmoid", scores)


@graph("head_of_pixels_last", shape=(1, 3, 8, 8))
def head_of_pixels_last(g, x):
    y = g.op("Reshape", g.conv(x, 3, 5, strides=[2, 2]), g.i(1, 5, -1))
    return g.op("Transpose", y, perm=[0, 2, 1])


@graph("two_outputs_of_one_map")
def two_outputs_of_one_map(g, x):
    y = g.conv(x, 4)
    return y, g.op("Sigmoid", y)


@graph("feature_and_logits")
def feature_and_logits(g, x):
    y = g.op("Flatten", g.op("GlobalAveragePool", g.conv(x, 4)))
    return g.gemm(y, 4), y


def small_graphs():
    """Every graph that becomes a network, in the order of this file."""
    return [make() for make in GRAPHS.values()]


# --- names that try to be something else

def named(title, rename, function=None):
    builder = Builder("names_" + title, 13)
    x = builder.input(SHAPE)
    builder.rename = rename
    if function:
        outputs = function(builder, x)
    else:
        y = builder.op("Relu", builder.batch_norm(builder.conv(x, 4), 4))
        y = builder.op("PRelu", builder.op("Add", builder.conv(y, 4), x), builder.positive(4, 1, 1))
        outputs = [builder.conv(y, 4), builder.op("Sigmoid", y)]
    inputs = {rename(name): array for name, array in builder.inputs.items()}
    return SmallGraph(builder.name, builder.model(outputs), inputs)


KEYWORDS = ("class", "template", "int", "operator", "namespace", "return", "requires", "co_await", "auto", "new",
            "delete", "this", "network", "plait", "std", "main", "float", "conv", "input", "output", "weights", "true",
            "nullptr", "concept", "import", "module", "final", "override", "NULL", "assert", "static_assert", "EOF",
            "errno", "INFINITY", "_Foo", "__x", "a__b", "9lives", "names", "check")


def in_turn(words):
    """Gives each name a word of its own, then words with numbers."""
    given = {}

    def rename(name):
        if name not in given:
            turn, index = divmod(len(given), len(words))
            given[name] = words[index] + (str(turn) if turn else "")
        return given[name]
    return rename


def hostile_graphs():
    """Graphs that become networks in which no name of the file is code."""
    code = '#error "a name became code"'
    return [
        named("with_slashes", lambda name: f"model/conv-1/{name}:0"),
        named("with_quotes", lambda name: f'a"b\'c"){name}("'),
        named("with_backslashes", lambda name: f"{name}\\\\n\\"),
        named("with_newlines", lambda name: f"{name}\n{code}\n\r{name}"),
        named("that_end_comments", lambda name: f"*/ {code} /* {name} */"),
        named("that_end_line_comments", lambda name: f"{name} \\\n{code} //"),
        named("that_continue_lines", lambda name: f"{name}\\"),
        named("of_trigraphs", lambda name: f"{name}??/"),
        named("that_end_raw_strings", lambda name: f'{name})" {code} R"('),
        named("with_directives", lambda name: f"\n{code}\n{name}"),
        named("with_braces", lambda name: f"{name}}};{{<>()[]%{{}}$(){{0}}"),
        named("with_zeros", lambda name: f"{name}\0{name}"),
        named("with_control_characters", lambda name: f"{name}\x01\x1b[31m\t\x7f\u2028\u202e"),
        named("in_unicode", lambda name: f"ворота_{name}_顔_é_\U0001f600"),
        named("of_3000_characters", lambda name: f"{'long_' * 600}{name}"),
        named("of_3000_blanks", lambda name: f"{name}{' ' * 3000}"),
        named("of_keywords", in_turn(KEYWORDS)),
        named("that_collide", in_turn(["a/b", "a-b", "a.b", "a b", "a_b", "A_b", "a__b", "a:b", "a_b_", "_a_b"])),
        named("of_numbers", in_turn([str(number) for number in range(40)])),
        named("of_paths", lambda name: f"../../../../tmp/{name}"),
        named("of_absolute_paths", lambda name: f"/etc/{name}"),
        named("of_json", lambda name: f'","__metadata__":{{"{name}":"'),
        named("of_shell", lambda name: f"$(touch {name});`touch {name}`"),
        named("of_cmake", lambda name: f"${{{name}}};$<1:{name}>]]"),
        named("that_differ_in_case", lambda name: name.upper() if len(name) % 2 else name.lower() + "_"),
        named("without_nodes", lambda name: "" if name.split("_")[0].isalpha() and "_" in name else name),
    ]


# --- refusals

def edited(name, edit, words, opset=13):
    """A sound graph that `edit` has changed."""
    builder = Builder("refused_" + name, opset)
    x = builder.input(SHAPE)
    y = builder.op("Relu", builder.conv(x, 4))
    model = builder.model([builder.conv(y, 4)])
    model = edit(model) or model
    return SmallGraph(builder.name, model, builder.inputs, words=words)


def built(name, function, words, opset=13, shape=SHAPE):
    builder = Builder("refused_" + name, opset)
    x = builder.input(shape)
    made = function(builder, x)
    return SmallGraph(builder.name, builder.model([made], sound=False), builder.inputs, words=words)


def info(name, shape, kind=TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, kind, shape)


def with_value(value):
    def edit(model):
        array = numpy_helper.to_array(model.graph.initializer[0]).copy()
        array.reshape(-1)[5] = value
        model.graph.initializer[0].CopyFrom(numpy_helper.from_array(array, model.graph.initializer[0].name))
    return edit


def change(function):
    """An edit that is one expression."""
    def edit(model):
        function(model.graph)
    return edit


def external(model):
    onnx.external_data_helper.set_external_data(model.graph.initializer[0], "../../etc/weights.bin")
    model.graph.initializer[0].ClearField("raw_data")


def control_flow(model):
    branch = helper.make_graph([helper.make_node("Identity", ["t0_0"], ["b"])], "branch", [], [info("b", None)])
    model.graph.node.insert(1, helper.make_node("If", ["condition"], ["chosen"], name="branching", then_branch=branch,
                                                else_branch=branch))
    model.graph.initializer.append(numpy_helper.from_array(np.array(True), "condition"))
    model.graph.node[2].input[0] = "chosen"


def in_a_cycle(model):
    model.graph.node[0].input[0] = model.graph.node[2].output[0]


def quantised(model):
    model.graph.initializer.append(numpy_helper.from_array(np.array(.5, np.float32), "scale"))
    model.graph.node.insert(0, helper.make_node("QuantizeLinear", ["x", "scale"], ["q"], name="quantising"))
    model.graph.node.insert(1, helper.make_node("DequantizeLinear", ["q", "scale"], ["d"], name="back"))
    model.graph.node[2].input[0] = "d"


def int8_weights(model):
    array = np.zeros((4, 4, 3, 3), np.int8)
    model.graph.initializer[0].CopyFrom(numpy_helper.from_array(array, model.graph.initializer[0].name))


def text_weights(model):
    name = model.graph.initializer[0].name
    model.graph.initializer[0].CopyFrom(helper.make_tensor(name, TensorProto.STRING, [1], [b"text"]))


def sparse(model):
    values = numpy_helper.from_array(np.array([1], np.float32), "thin")
    made = helper.make_sparse_tensor(values, numpy_helper.from_array(np.array([0], np.int64)), [4])
    model.graph.sparse_initializer.append(made)


def sequence_input(model):
    made = helper.make_tensor_sequence_value_info("x", TensorProto.FLOAT, None)
    model.graph.input[0].CopyFrom(made)


def set_opset(version):
    def edit(model):
        model.opset_import[0].version = version
    return edit


def without_opset(model):
    del model.opset_import[:]


def of_another_domain(model):
    model.graph.node[1].op_type, model.graph.node[1].domain = "FastGelu", "com.example"
    model.opset_import.append(helper.make_opsetid("com.example", 1))


def drop(field):
    return lambda graph: graph.ClearField(field)


def refused_graphs():
    """Graphs with words that the importer's sentence must have."""
    first = "w0"
    return [
        edited("cycle", in_a_cycle, ["cycle", "conv_0", "conv_2"]),
        edited("missing_input", change(lambda g: g.node[1].input.__setitem__(0, "nobody")), ["nobody", "relu_1"]),
        edited("missing_initialiser", change(lambda g: g.initializer.__delitem__(0)), [first, "conv_0"]),
        edited("external_data", external, [first, "weights.bin", "another file"]),
        edited("control_flow", control_flow, ["branching", "control flow"]),
        edited("another_domain", of_another_domain, ["relu_1", "com.example"]),
        edited("unknown_operator", change(lambda g: setattr(g.node[1], "op_type", "Fourier")), ["relu_1", "Fourier"]),
        edited("no_operator", change(lambda g: setattr(g.node[1], "op_type", "")), ["relu_1"]),
        edited("data_too_short", change(lambda g: setattr(g.initializer[0], "raw_data", b"\0" * 40)),
               [first, "144", "10"]),
        edited("data_of_other_shape", change(lambda g: g.initializer[0].dims.__setitem__(0, 5)), [first, "180"]),
        edited("dimension_below_0", change(lambda g: g.initializer[0].dims.__setitem__(0, -4)), [first, "-4"]),
        edited("huge_dimension", change(lambda g: g.initializer[0].dims.__setitem__(0, 2**62)), [first]),
        edited("declared_otherwise", change(lambda g: g.value_info.append(info("t0_0", [1, 9, 6, 7]))),
               ["t0_0", "[1, 9, 6, 7]", "[1, 4, 6, 7]"]),
        edited("output_declared_otherwise", change(lambda g: g.output[0].CopyFrom(info("t2_0", [1, 4, 6, 8]))),
               ["t2_0", "[1, 4, 6, 8]", "[1, 4, 6, 7]"]),
        edited("initialiser_declared_otherwise", change(lambda g: g.input.append(info("w1", [7]))),
               ["w1", "[7]", "[4]"]),
        edited("initialiser_of_other_type", change(lambda g: g.input.append(info("w1", [4], TensorProto.INT64))),
               ["w1", "int64", "float"]),
        edited("channels_contradict", change(lambda g: g.input[0].CopyFrom(info("x", [1, 3, 6, 7]))), ["conv_0", "3"]),
        edited("input_without_rank", change(lambda g: g.input[0].CopyFrom(info("x", None))), ["x", "--input-shape"]),
        edited("open_size", change(lambda g: g.input[0].CopyFrom(info("x", [1, 4, "h", "w"]))), ["x", "--input-shape"]),
        edited("made_twice", change(lambda g: g.node[2].output.__setitem__(0, "t0_0")), ["t0_0"]),
        edited("initialiser_twice", change(lambda g: g.initializer.append(g.initializer[0])), [first]),
        edited("input_twice", change(lambda g: g.input.append(g.input[0])), ["x"]),
        edited("output_twice", change(lambda g: g.output.append(g.output[0])), ["t2_0"]),
        edited("output_that_nothing_makes", change(lambda g: setattr(g.output[0], "name", "ghost")), ["ghost"]),
        edited("no_output", change(drop("output")), ["output"]),
        edited("no_nodes", change(drop("node")), []),
        edited("no_input", change(lambda g: g.node[0].input.__setitem__(0, "w0")), []),
        edited("nan", with_value(np.nan), [first, "NaN"]),
        edited("infinity", with_value(np.inf), [first, "infinity"]),
        edited("sparse", sparse, ["sparse", "thin"]),
        edited("text", text_weights, [first, "string"]),
        edited("int8_weights", int8_weights, [first, "int8"]),
        edited("quantised", quantised, ["quantising", "float32"]),
        edited("sequence", sequence_input, ["x", "sequence"]),
        edited("integer_input", change(lambda g: g.input[0].CopyFrom(info("x", [1, 4, 6, 7], TensorProto.INT64))),
               ["x", "int64"]),
        edited("byte_input", change(lambda g: g.input[0].CopyFrom(info("x", [1, 4, 6, 7], TensorProto.UINT8))),
               ["x", "uint8"]),
        edited("opset_6", set_opset(6), ["6", "7"]), edited("opset_99", set_opset(99), ["99", "17"]),
        edited("no_opset", without_opset, ["opset"]),
        edited("batch_of_2", change(lambda g: g.input[0].CopyFrom(info("x", [2, 4, 6, 7]))), ["x", "2"]),
        edited("dimension_of_input_below_0", change(lambda g: g.input[0].CopyFrom(info("x", [1, 4, -6, 7]))),
               ["x", "-6"]),
        edited("name_that_ends_a_comment", change(lambda g: setattr(g.node[1], "op_type", '*/"\n\\')), ["relu_1"]),
        built("lstm", lambda g, x: g.op("LSTM", g.op("Squeeze", x, g.i(0)), g.w(1, 20, 7), g.w(1, 20, 5),
                                        hidden_size=5), ["LSTM", "lstm_1"]),
        built("conv_of_computed_weights", lambda g, x: g.op("Conv", x, g.op("Reshape", x, g.i(1, 4, 6, 7))),
              ["conv_1"]),
        built("training", lambda g, x: g.op("BatchNormalization", x, g.positive(4), g.w(4), g.w(4), g.positive(4),
                                            outputs=3, training_mode=1)[0], ["batchnormalization_0"], opset=14),
        built("giant_map", lambda g, x: g.op("Expand", x, g.i(2**24, 4, 6, 7)), ["expand_0"]),
        built("giant_pads", lambda g, x: g.conv(x, 4, pads=[2**30] * 4), ["conv_0"]),
        built("giant_resize", lambda g, x: g.op("Resize", x, None, g.c((1, 1, 1e5, 1e5))), ["resize_0"]),
        built("kernel_too_large", lambda g, x: g.conv(x, 4, kernel=9, pads=[0, 0, 0, 0]), ["conv_0"]),
        built("stride_of_0", lambda g, x: g.conv(x, 4, strides=[0, 1]), ["conv_0"]),
        built("groups_that_do_not_divide", lambda g, x: g.op("Conv", x, g.w(4, 4, 1, 1), group=3), ["conv_0", "3"]),
        built("attribute_of_other_type", lambda g, x: g.op("MaxPool", x, kernel_shape="22"), ["maxpool_0"]),
        built("attribute_nan", lambda g, x: g.op("LeakyRelu", x, alpha=float("nan")), ["leakyrelu_0", "NaN"]),
        built("axis_that_is_not_there", lambda g, x: g.op("Softmax", x, axis=4), ["softmax_0", "4"]),
        built("reshape_of_other_size", lambda g, x: g.op("Reshape", x, g.i(1, 5, -1)), ["reshape_0"]),
        edited("giant_input", change(lambda g: g.input[0].CopyFrom(info("x", [1, 4, 10**6, 10**6]))), ["x", "1000000"]),
        built("nothing_to_do", lambda g, x: g.op("Transpose", g.op("Identity", x), perm=[0, 1, 2, 3]), ["layer"]),
        built("upsample_that_shrinks", lambda g, x: g.op("Upsample", x, g.c((1, 1, .5, .5))), ["upsample_0", "0.5"],
              opset=9),
        built("pad_mode", lambda g, x: g.op("Pad", x, g.i(0, 0, 1, 1, 0, 0, 1, 1), mode="wrap"), ["pad_0", "wrap"]),
        built("shapes_that_do_not_broadcast", lambda g, x: g.op("Add", x, g.w(1, 5, 1, 1)), ["add_0"]),
    ]


def main(arguments):
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    folder = pathlib.Path(arguments[0])
    folder.mkdir(parents=True, exist_ok=True)
    for made in small_graphs() + hostile_graphs() + refused_graphs():
        (folder / f"{made.name}.onnx").write_bytes(made.model.SerializeToString())
        if len(made.inputs) == 1:
            np.save(folder / f"{made.name}.npy", *made.inputs.values())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
