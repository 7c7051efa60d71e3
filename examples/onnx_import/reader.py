# SPDX-License-Identifier: BSD-3-Clause
"""Reads an ONNX file and refuses, in one sentence, what nothing after it should have to expect: a file that is cut
off, a graph that does not hang together, weights that are not there, parts of ONNX that no compact CNN needs.

What --outputs leaves behind may have any operators: only the graph itself must be sound there."""
import heapq
import math
import os
import stat
import warnings

import numpy as np
import onnx
from onnx import AttributeProto, TensorProto, numpy_helper

from .evaluator import default_opset, needed_nodes
from .refusal import Refusal, node_words, quoted, shape_words

LARGEST = 2 * 10**9
OLDEST, NEWEST, NEWEST_REWRITTEN = 7, 17, 22

CONTROL_FLOW = ("If", "Loop", "Scan", "SequenceMap")
QUANTISED = ("QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear", "QLinearConv", "QLinearMatMul",
             "QLinearAdd", "ConvInteger", "MatMulInteger")
FLOATS = (TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.DOUBLE, TensorProto.BFLOAT16)
EIGHT_BITS = (TensorProto.INT8, TensorProto.UINT8)
# Where a tensor's values lie that are not raw, and bytes a value where they are.
STORED = {
    TensorProto.FLOAT: ("float_data", 4), TensorProto.DOUBLE: ("double_data", 8),
    TensorProto.INT64: ("int64_data", 8), TensorProto.INT32: ("int32_data", 4), TensorProto.INT16: ("int32_data", 2),
    TensorProto.INT8: ("int32_data", 1), TensorProto.UINT8: ("int32_data", 1), TensorProto.BOOL: ("int32_data", 1),
    TensorProto.UINT16: ("int32_data", 2), TensorProto.FLOAT16: ("int32_data", 2),
    TensorProto.BFLOAT16: ("int32_data", 2), TensorProto.UINT32: ("uint64_data", 4),
    TensorProto.UINT64: ("uint64_data", 8),
}


def read_model(path, outputs=None):
    """The file's model with its nodes in an order in which they can run, in an opset from 7 to 17. `outputs` names
    the tensors that are wanted, where they are not the graph's own."""
    where = quoted(os.fspath(path), 400)
    try:
        model = parsed(where, contents(path, where))
        check_names(model)
        check_opset(model)
        check_graph(model.graph, outputs)
        sort_nodes(model.graph)
        wanted = [output.name for output in model.graph.output] if outputs is None else list(outputs)
        needed = needed_nodes(model.graph, wanted)
        check_what_is_needed(model, needed, wanted)
        rewrite_newer(model, needed)
        for node in needed:
            check_signature(node, default_opset(model))
    except Refusal as refusal:
        message = str(refusal)
        raise Refusal(message if message.startswith(where) else f"{where}: {message}") from None
    return model


def contents(path, where):
    try:
        found = os.stat(path)
        if stat.S_ISDIR(found.st_mode):
            raise Refusal(f"{where} is a folder where an ONNX file was expected")
        if not stat.S_ISREG(found.st_mode):
            raise Refusal(f"{where} is no ordinary file where an ONNX file was expected")
        if found.st_size >= LARGEST:
            raise Refusal(f"{where} has {found.st_size / 10**9:.1f} GB where an ONNX file of less than 2 GB was "
                          "expected")
        if found.st_size == 0:
            raise Refusal(f"{where} is empty where an ONNX file was expected")
        with open(path, "rb") as file:
            return file.read()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise Refusal(f"{where} cannot be read: {reason}") from None


def parsed(where, data):
    model = onnx.ModelProto()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model.ParseFromString(data)
    except Exception as error:  # protobuf has no one exception
        missing = missing_bytes(data)
        if missing:
            raise Refusal(f"{where} is cut off: {missing:,} bytes were expected behind its {len(data):,}") from None
        raise Refusal(f"{where} is no ONNX file, or one with damage: expected a serialised ModelProto, found "
                      f"{len(data):,} bytes that do not parse") from error
    if not model.HasField("graph") or not (model.opset_import or model.graph.node):
        raise Refusal(f"{where} is no ONNX file, or is cut off: expected a ModelProto with a graph, found none")
    if not model.opset_import:
        raise Refusal(f"{where} names no opset: expected one from {OLDEST} to {NEWEST}; the file may be cut off")
    return model


def missing_bytes(data):
    """How many bytes the last field of the message lacks; 0 where it is something else that does not parse."""
    at, end = 0, len(data)

    def varint(at):
        value = shift = 0
        while at < end and shift < 64:
            value |= (data[at] & 0x7f) << shift
            at, shift = at + 1, shift + 7
            if data[at - 1] < 0x80:
                return value, at
        return (None, end) if at >= end else (0, at)

    while at < end:
        key, at = varint(at)
        if key is None:
            return 1
        if not 1 <= key >> 3 <= 32 or key & 7 not in (0, 2):
            return 0
        value, at = varint(at)
        if value is None:
            return 1
        if key & 7 == 2:
            if at + value > end:
                return at + value - end
            at += value
    return 0


def check_names(model):
    """Every name is text; what only people read may be anything."""
    def text(name, what):
        if not isinstance(name, str):
            raise Refusal(f"expected names in UTF-8, found the {what} {quoted(name)}")

    graph = model.graph
    for each in model.opset_import:
        text(each.domain, "domain")
    for node in graph.node:
        text(node.name, "node")
        text(node.op_type, "operator")
        text(node.domain, "domain")
        for name in list(node.input) + list(node.output):
            text(name, "tensor")
        for attribute in node.attribute:
            text(attribute.name, "attribute")
    for each in list(graph.input) + list(graph.output) + list(graph.value_info) + list(graph.initializer):
        text(each.name, "tensor")
    for each in list(graph.input) + list(graph.output):
        for extent in each.type.tensor_type.shape.dim:
            text(extent.dim_param, "dimension")
    for message in (model, graph):
        for field in ("producer_name", "producer_version", "domain", "doc_string", "name"):
            value = getattr(message, field, "")
            if isinstance(value, bytes):
                setattr(message, field, value.decode("utf-8", "replace"))


def check_opset(model):
    versions = {each.version for each in model.opset_import if each.domain in ("", "ai.onnx")}
    if len(versions) > 1:
        raise Refusal(f"expected one opset of ONNX, found {' and '.join(map(str, sorted(versions)))}")
    if not versions:
        raise Refusal("expected an opset of ONNX's own operators, found those of "
                      f"{', '.join(quoted(each.domain) for each in model.opset_import)} alone")
    opset = versions.pop()
    if opset < OLDEST:
        raise Refusal(f"expected an opset from {OLDEST} to {NEWEST}, found {opset}; "
                      "onnx.version_converter.convert_version(model, 13) makes a newer one of it")
    if opset > NEWEST_REWRITTEN:
        raise Refusal(f"expected an opset from {OLDEST} to {NEWEST}, found {opset}; export the model again with "
                      f"opset_version={NEWEST}")


def check_graph(graph, outputs):
    """What must be so of the whole graph: nothing is made twice, nothing is missing, the outputs are there."""
    if graph.sparse_initializer:
        name = graph.sparse_initializer[0].values.name
        raise Refusal(f"expected weights that are dense, found the sparse initialiser {quoted(name)}")
    makers = {}

    def made(name, by):
        if name in makers:
            raise Refusal(f"expected that one thing makes {quoted(name)}, found {makers[name]} and {by}")
        makers[name] = by

    for tensor in graph.initializer:
        if not tensor.name:
            raise Refusal(f"expected names of all initialisers, found one of {shape_words(tensor.dims)} without")
        made(tensor.name, "an initialiser")
    weights, seen = set(makers), set()
    for each in graph.input:
        if each.name in seen:
            raise Refusal(f"expected inputs of different names, found two of {quoted(each.name)}")
        seen.add(each.name)
        if each.name not in weights:
            made(each.name, "an input of the graph")
    for node in graph.node:
        for name in filter(None, node.output):
            made(name, node_words(node))
    for node in graph.node:
        for name in filter(None, node.input):
            if name not in makers:
                raise Refusal(f"{node_words(node)}: expected that {quoted(name)} is an input of the graph, an "
                              "initialiser or made by a node, found nothing that makes it")
    if not graph.output and outputs is None:
        raise Refusal("expected a graph with outputs, found none")
    seen = set()
    for output in graph.output:
        if output.name in seen:
            raise Refusal(f"expected outputs of different names, found two of {quoted(output.name)}")
        seen.add(output.name)
        if output.name not in makers and outputs is None:
            raise Refusal(f"expected that something makes the output {quoted(output.name)}, found nothing")
    if outputs is not None and len(set(outputs)) < len(outputs):
        raise Refusal(f"expected outputs of different names, found {', '.join(map(quoted, outputs[:8]))}")
    for name in outputs or []:
        if name not in makers:
            have = ", ".join(quoted(output.name) for output in graph.output[:8])
            raise Refusal(f"expected outputs that the graph makes, found {quoted(name)}; it is to make {have}")


def sort_nodes(graph):
    """Puts nodes behind those that they depend on; the order stays where it was right."""
    nodes = list(graph.node)
    maker = {name: index for index, node in enumerate(nodes) for name in node.output if name}
    before = [{maker[name] for name in node.input if name in maker} for node in nodes]
    waiting = [len(each) for each in before]
    behind = [[] for _ in nodes]
    for index, each in enumerate(before):
        for other in each:
            behind[other].append(index)
    ready = [index for index, count in enumerate(waiting) if count == 0]
    order = []
    while ready:
        index = heapq.heappop(ready)
        order.append(index)
        for other in behind[index]:
            waiting[other] -= 1
            if waiting[other] == 0:
                heapq.heappush(ready, other)
    if len(order) < len(nodes):
        raise Refusal(f"expected a graph without cycles, found one of {cycle(nodes, before, set(order))}")
    if order != sorted(order):
        sorted_nodes = [onnx.NodeProto.FromString(nodes[index].SerializeToString()) for index in order]
        del graph.node[:]
        graph.node.extend(sorted_nodes)


def cycle(nodes, before, sound):
    """The nodes of one cycle, in words. Every node that is not sound depends on another of those."""
    at, path = next(index for index in range(len(nodes)) if index not in sound), []
    while at not in path:
        path.append(at)
        at = min(before[at] - sound)
    path = path[path.index(at):][::-1]
    more = f" and {len(path) - 4} more" if len(path) > 4 else ""
    return ", ".join(node_words(nodes[index]) for index in path[:4]) + more


def check_what_is_needed(model, nodes, wanted):
    """What the wanted tensors are made of, and with."""
    graph = model.graph
    if not nodes:
        raise Refusal("expected a graph with nodes, found none before its outputs")
    for node in nodes:
        check_node(model, node)
    names = {name for node in nodes for name in node.input} | set(wanted)
    limits = {name for node in nodes if node.op_type == "Clip" for name in node.input[1:]}
    weights = {}
    for tensor in graph.initializer:
        if tensor.name in names:
            check_tensor(tensor, f"the initialiser {quoted(tensor.name)}", tensor.name in limits)
            weights[tensor.name] = tensor
    for node in nodes:
        for attribute in node.attribute:
            if attribute.type == AttributeProto.TENSOR:
                check_tensor(attribute.t, f"{node_words(node)} with the attribute {quoted(attribute.name)}",
                             any(name in limits for name in node.output))
    inputs = [each for each in graph.input if each.name in names and each.name not in weights]
    if not inputs:
        raise Refusal("expected a graph that takes an input, found none that its outputs depend on")
    for each in inputs:
        check_input(each)
    check_declared(graph, weights)


def check_node(model, node):
    words = node_words(node)
    if not node.op_type:
        raise Refusal(f"{words}: expected an operator, found none")
    if node.op_type in CONTROL_FLOW or any(attribute.type in (AttributeProto.GRAPH, AttributeProto.GRAPHS)
                                           for attribute in node.attribute):
        raise Refusal(f"{words} is control flow, which no fixed network has; export with fixed shapes, or cut the "
                      "graph before it by --outputs")
    if node.op_type in QUANTISED:
        raise Refusal(f"{words} is of a quantised model; import the model in float32, which is quantised here")
    if node.domain not in ("", "ai.onnx"):
        function = any(each.name == node.op_type and each.domain == node.domain for each in model.functions)
        kind = "calls a function of the file" if function else "has an operator that is not ONNX's own"
        raise Refusal(f"{words} {kind}, of the domain {quoted(node.domain)}; --outputs cuts the graph before it")
    for attribute in node.attribute:
        if attribute.ref_attr_name:
            raise Refusal(f"{words}: expected a value of the attribute {quoted(attribute.name)}, found a reference")
        values = [attribute.f] if attribute.type == AttributeProto.FLOAT else attribute.floats
        if any(math.isnan(value) for value in values):
            raise Refusal(f"{words}: expected numbers in the attribute {quoted(attribute.name)}, found NaN")
        if attribute.type in (AttributeProto.SPARSE_TENSOR, AttributeProto.SPARSE_TENSORS):
            raise Refusal(f"{words}: expected values that are dense, found the sparse {quoted(attribute.name)}")
        if attribute.type in (AttributeProto.STRINGS, AttributeProto.TENSORS) or \
                node.op_type == "Constant" and attribute.type == AttributeProto.STRING:
            raise Refusal(f"{words}: expected numbers in the attribute {quoted(attribute.name)}, found "
                          f"{attribute_type_name(attribute.type)}")


def check_signature(node, opset):
    """As many inputs as the operator takes, and attributes that it has, of their types."""
    words = node_words(node)
    try:
        schema = onnx.defs.get_schema(node.op_type, opset, "")
    except onnx.defs.SchemaError:
        return  # whoever computes it knows it or refuses
    if not schema.min_input <= len(node.input) <= schema.max_input:
        raise Refusal(f"{words}: expected {schema.min_input} to {schema.max_input} inputs, found {len(node.input)}")
    seen = set()
    for attribute in node.attribute:
        wanted = schema.attributes.get(attribute.name)
        if wanted is None or attribute.name in seen:
            raise Refusal(f"{words}: expected the attributes of {node.op_type} in opset {opset}, each once, found "
                          f"{quoted(attribute.name)}")
        seen.add(attribute.name)
        if int(wanted.type) != attribute.type:
            raise Refusal(f"{words}: expected the attribute {quoted(attribute.name)} of type "
                          f"{wanted.type.name.lower()}, found {attribute_type_name(attribute.type)}")
    for name, wanted in schema.attributes.items():
        if wanted.required and name not in seen:
            raise Refusal(f"{words}: expected the attribute {quoted(name)}, found none")


def attribute_type_name(kind):
    try:
        return AttributeProto.AttributeType.Name(kind).lower()
    except ValueError:
        return f"type {kind}"


def type_name(kind):
    try:
        return TensorProto.DataType.Name(kind).lower()
    except ValueError:
        return f"type {kind}"


def check_tensor(tensor, words, may_be_infinite):
    """Values of a known type, as many as the shape says, all of them numbers."""
    if tensor.data_location == TensorProto.EXTERNAL or tensor.external_data:
        place = next((each.value for each in tensor.external_data if each.key == "location"), "")
        raise Refusal(f"{words} has its values in another file, {quoted(place)}; save the model with them inside: "
                      "onnx.save(onnx.load(path), path)")
    if tensor.HasField("segment"):
        raise Refusal(f"{words}: expected a tensor in one piece, found a segment of one")
    if tensor.data_type in EIGHT_BITS:
        raise Refusal(f"{words} has the type {type_name(tensor.data_type)}, as those of quantised models; import the "
                      "model in float32, which is quantised here")
    if tensor.data_type not in STORED:
        raise Refusal(f"{words}: expected a tensor of numbers, found {type_name(tensor.data_type)}")
    if any(extent < 0 for extent in tensor.dims):
        raise Refusal(f"{words}: expected extents of 0 or more, found {shape_words(tensor.dims)}")
    field, size = STORED[tensor.data_type]
    values = math.prod(tensor.dims)
    found = len(tensor.raw_data) / size if tensor.HasField("raw_data") else len(getattr(tensor, field))
    if found != values:
        raise Refusal(f"{words}: expected {values:,} values of {type_name(tensor.data_type)} for the shape "
                      f"{shape_words(tensor.dims)}, found {found:,.10g}")
    if tensor.data_type in FLOATS:
        array = numpy_helper.to_array(tensor)
        if np.isnan(array).any() or not (may_be_infinite or np.isfinite(array).all()):
            kind = "NaN" if np.isnan(array).any() else "infinity"
            raise Refusal(f"{words}: expected values that are finite, found {kind} at "
                          f"{list(map(int, np.argwhere(~np.isfinite(array))[0]))} of {shape_words(array.shape)}")


def check_input(info):
    kind = info.type.WhichOneof("value")
    if kind != "tensor_type":
        raise Refusal(f"the input {quoted(info.name)}: expected a tensor, found "
                      f"{'no type' if kind is None else kind.replace('_type', '').replace('_', ' ')}")
    found = info.type.tensor_type.elem_type
    if found in EIGHT_BITS:
        raise Refusal(f"the input {quoted(info.name)}: expected floats, found {type_name(found)}; cut the graph "
                      "behind its Cast, or export a model that takes floats")
    if found not in FLOATS:
        raise Refusal(f"the input {quoted(info.name)}: expected floats, found {type_name(found)}")
    extents = info.type.tensor_type.shape.dim
    if any(extent.dim_value < 0 for extent in extents):
        raise Refusal(f"the input {quoted(info.name)}: expected extents of 1 or more, found "
                      f"{shape_words([extent.dim_value for extent in extents])}")


def check_declared(graph, weights):
    """A tensor that is declared twice, or declared and stored, has one shape and one type."""
    found = {name: (tensor.data_type, list(tensor.dims), "its values have") for name, tensor in weights.items()}
    for info in list(graph.input) + list(graph.value_info) + list(graph.output):
        if not info.type.HasField("tensor_type"):
            continue
        declared = info.type.tensor_type
        shape = [extent.dim_value if extent.dim_value > 0 else None for extent in declared.shape.dim]
        shape = shape if declared.HasField("shape") else None
        if info.name not in found:
            found[info.name] = (declared.elem_type, shape, "the file also says")
            continue
        kind, other, who = found[info.name]
        if declared.elem_type and kind and kind != declared.elem_type:
            raise Refusal(f"the tensor {quoted(info.name)} is declared as {type_name(declared.elem_type)} where "
                          f"{who} {type_name(kind)}")
        if shape is not None and other is not None and not same_shape(shape, other):
            raise Refusal(f"the tensor {quoted(info.name)} is declared as {shape_words(shape)} where {who} "
                          f"{shape_words(other)}")


def same_shape(a, b):
    return len(a) == len(b) and all(x is None or y is None or x == y for x, y in zip(a, b))


# What opsets 18 to 22 say otherwise, where it can be said as before.

REDUCTIONS = ("ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean", "ReduceMin",
              "ReduceProd", "ReduceSumSquare")
NEW_ATTRIBUTES = {  # and the values with which an operator is as it was
    "Split": {"num_outputs": None}, "Resize": {"antialias": 0, "keep_aspect_ratio_policy": b"stretch"},
    "AveragePool": {"dilations": 1}, "Cast": {"saturate": None}, "LpPool": {"ceil_mode": 0, "dilations": 1},
}


def rewrite_newer(model, nodes):
    """Says in opset 17 what a newer one says of these nodes."""
    opset = default_opset(model)
    if opset <= NEWEST:
        return
    graph = model.graph
    constants = {tensor.name: tensor for tensor in graph.initializer}
    for node in graph.node:
        if node.op_type == "Constant" and node.attribute and node.attribute[0].name == "value":
            constants[node.output[0]] = node.attribute[0].t
    for node in nodes:
        if node.op_type in REDUCTIONS and len(node.input) > 1:
            rewrite_reduction(node, constants, opset)
        elif node.op_type == "Pad" and len(node.input) > 3 and node.input[3] or \
                node.op_type == "Resize" and any(attribute.name == "axes" for attribute in node.attribute):
            raise Refusal(f"{node_words(node)} has axes, which opset {opset} added; export the model again with "
                          f"opset_version={NEWEST}")
        for name, harmless in NEW_ATTRIBUTES.get(node.op_type, {}).items():
            for attribute in [each for each in node.attribute if each.name == name]:
                value = onnx.helper.get_attribute_value(attribute)
                if harmless is not None and value != harmless and set(np.ravel(value)) != {harmless}:
                    raise Refusal(f"{node_words(node)} has {name}, which opset {opset} added; export the model "
                                  f"again with opset_version={NEWEST}")
                node.attribute.remove(attribute)
    for each in model.opset_import:
        if each.domain in ("", "ai.onnx"):
            each.version = NEWEST


def rewrite_reduction(node, constants, opset):
    axes, others = node.input[1], [each for each in node.attribute if each.name != "noop_with_empty_axes"]
    keeps = any(each.name == "noop_with_empty_axes" and each.i for each in node.attribute)
    if axes and axes not in constants or not axes and keeps:
        raise Refusal(f"{node_words(node)}: expected axes that are constant, found {quoted(axes)}; export the model "
                      f"again with opset_version={NEWEST} instead of {opset}")
    values = [int(axis) for axis in numpy_helper.to_array(constants[axes]).reshape(-1)] if axes else []
    kept = [onnx.AttributeProto.FromString(each.SerializeToString()) for each in others]
    del node.attribute[:], node.input[1:]
    node.attribute.extend(kept)
    if values:
        node.attribute.append(onnx.helper.make_attribute("axes", values))
    elif keeps:
        node.op_type = "Identity"
        del node.attribute[:]
