# SPDX-License-Identifier: BSD-3-Clause
"""From nodes of the file to steps over maps.

Every tensor that depends on the input is one map seen in some way, or several such one after another (the heads of a
detector). A node says how it wants to see what it reads; where that is a map with its channels in another order, or
pixels as channels, a step makes it so.
"""

import numpy as np

from .graph import described
from .maps import NONE, RELU, Activation, Program, Step
from .recognise import clip_bounds
from .refusal import Refusal, quoted
from .resizing import find_resizing
from .views import Atom, View, product

LARGEST = 3.4e38
MOST_PARTS = 64  # of one concat
MOST_RUNS_AS_THEY_LIE = 4


class Part:
    """A map and how a tensor, or a part of one, lies over it."""

    def __init__(self, value, view):
        self.value = value
        self.view = view


class Seen:
    """A tensor: its parts, one after another along an axis."""

    def __init__(self, parts, axis=None, logits=None):
        self.parts = parts
        self.axis = axis
        self.logits = logits  # the tensor of which this is the log softmax, which the caller computes

    @property
    def shape(self):
        shape = list(self.parts[0].view.shape)
        if self.axis is not None:
            shape[self.axis] = sum(part.view.shape[self.axis] for part in self.parts)
        return tuple(shape)


class Unsaid(Exception):
    """A node that Plait has no word for: why not."""


ELEMENTWISE = {"Relu", "Clip", "LeakyRelu", "Elu", "Selu", "Celu", "Sigmoid", "Tanh", "HardSigmoid", "HardSwish",
               "Gelu", "Silu", "Neg", "Abs", "Reciprocal", "Softsign", "Cast", "PRelu", "Add", "Sub", "Mul", "Div",
               "BatchNormalization", "Pad", "Max", "Min"}

BINARY = {"Add": "add", "Sub": "subtract", "Mul": "multiply", "Div": "divide", "Max": "maximum", "Min": "minimum"}


def sentence(graph, node, why):
    """What is wrong with a node, with the tensors around it."""
    def tensors(names):
        found = [f"{quoted(name)} {described(graph.shapes.get(name, ()))}" for name in names if name]
        return ", ".join(found) or "nothing"

    op = node.op if node.op.isidentifier() and len(node.op) < 40 else quoted(node.op)
    name = f"node {quoted(node.name)}" if node.name else f"the node that makes {quoted(node.outputs[0])}"
    called = f"{name} ({op})"
    return f"{called} {why}; it reads {tensors(node.inputs)} and makes {tensors(node.outputs)}"


class Lowering:
    def __init__(self, graph):
        self.graph = graph
        self.program = Program()
        self.seen = {}
        self.node = None
        self.unsaid = {}  # what could not be said: a tensor and the sentence
        self.notes = []
        self.chosen = {}

    # The whole.

    def run(self):
        for name in self.graph.inputs:
            self.add_input(name)
        for node in self.graph.nodes:
            self.node = node
            blocked = [name for name in node.inputs if name in self.unsaid]
            if blocked:
                for name in node.outputs:
                    self.unsaid[name] = None
                continue
            try:
                self.lower(node)
            except Unsaid as why:
                for name in node.outputs:
                    self.unsaid[name] = sentence(self.graph, node, str(why))
                continue
            for name in node.outputs:
                if name in self.seen and self.seen[name].shape != self.graph.shapes[name]:
                    raise Refusal(sentence(self.graph, node, f"makes {described(self.graph.shapes[name])} where "
                                           f"{described(self.seen[name].shape)} was expected"))
                parts = self.seen[name].parts if name in self.seen else []
                if len(parts) == 1 and parts[0].value.tensor is None:
                    parts[0].value.tensor = (name, parts[0].view)
        self.refuse_what_is_unsaid()
        for name in self.graph.outputs:
            self.finish_output(name)
        return self.program

    def refuse_what_is_unsaid(self):
        first = next((why for why in self.unsaid.values() if why), None)
        missing = [name for name in self.graph.outputs if name in self.unsaid or self.is_fixed(name)]
        for name in missing:
            if self.is_fixed(name):
                raise Refusal(f"output {quoted(name)} does not depend on the input: --outputs without it was expected")
        if not missing:
            return
        cut = []
        for node in self.graph.nodes:
            if any(name in self.unsaid for name in node.outputs):
                cut += [name for name in node.inputs
                        if name in self.seen and name not in cut and name not in self.graph.inputs]
        cut += [name for name in self.graph.outputs if name in self.seen and name not in cut]
        advice = f"; --outputs {','.join(cut)} ends the network before it" if cut else ""
        raise Refusal(first + advice)

    def is_fixed(self, name):
        return self.graph.is_constant(self.graph.alias.get(name, name))

    def finish_output(self, name):
        name = self.graph.alias.get(name, name)
        if name in self.graph.inputs:
            raise Refusal(f"output {quoted(name)} is an input of the network: one that a node makes was expected")
        seen = self.seen[name]
        if len(seen.parts) == 1 and len(seen.shape) == 4 and seen.shape[0] == 1:
            self.node = next(node for node in self.graph.nodes if name in node.outputs)
            part = seen.parts[0]
            roles = part.view.roles()
            if roles is None or (roles.get("c", 1), roles.get("h", 2), roles.get("w", 3)) == (1, 2, 3):
                try:
                    value = self.as_map(part, 1, 2, 3)
                    seen = self.seen[name] = Seen([Part(value, View.of_map(value.shape))], None, seen.logits)
                except Unsaid:
                    pass
        for part in seen.parts:
            if not self.program.is_output(part.value):
                self.program.outputs.append(part.value)

    def add_input(self, name):
        shape = self.graph.shapes[name]
        rank = len(shape)
        if rank > 4 or rank < 2:
            raise Refusal(f"input {quoted(name)} is {described(shape)} where 2 to 4 dimensions were expected")
        if shape[0] != 1 and rank == 4:
            raise Refusal(f"input {quoted(name)} is {described(shape)}, a batch of {shape[0]}: --input-shape "
                          f"1,{','.join(map(str, shape[1:]))} or a file of one picture was expected")
        if rank == 4 and self.is_channels_last(name):
            size = (shape[3], shape[1], shape[2])
            view = View([[], [Atom("h", shape[1], 1)], [Atom("w", shape[2], 1)], [Atom("c", shape[3], 1)]])
        elif rank == 4:
            size = shape[1:]
            view = View.of_map(size)
        elif rank == 3 and shape[0] == 1:
            size = (shape[1], 1, shape[2])
            view = View.of_map(size, 3)
        elif rank == 3:
            size = shape
            view = View([[Atom("c", shape[0], 1)], [Atom("h", shape[1], 1)], [Atom("w", shape[2], 1)]])
        elif shape[0] == 1:
            size = (shape[1], 1, 1)
            view = View.of_map(size, 2)
        else:
            size = (1, shape[0], shape[1])
            view = View([[Atom("h", shape[0], 1)], [Atom("w", shape[1], 1)]])
        step = Step("input", [], size)
        self.program.inputs.append(step.output)
        if len(self.program.inputs) > 1:
            self.program.steps.append(step)
        self.seen[name] = Seen([Part(step.output, view)])

    def is_channels_last(self, name):
        """Whether what reads the input first is a Transpose of N H W C."""
        readers = self.graph.readers()
        ahead = [name]
        for _ in range(64):
            if not ahead:
                return False
            name = ahead.pop(0)
            for node in readers.get(name, []):
                if node.op == "Transpose" and list(node.get("perm", [])) == [0, 3, 1, 2]:
                    return True
                if node.op in ELEMENTWISE:
                    ahead += node.outputs
        return False

    # What a node reads.

    def part(self, name):
        """A tensor that is one map."""
        seen = self.seen.get(name)
        if seen is None:
            raise Unsaid(f"reads {quoted(name)}, which is a constant where a map was expected")
        if len(seen.parts) > 1:
            seen = self.seen[name] = self.joined(seen)
        return seen.parts[0]

    def joined(self, seen):
        raise Unsaid(f"reads several maps of {len(seen.parts)} sizes in one row, which are no map")

    def constant(self, index, what):
        name = self.node.input(index)
        if name is None or not self.graph.is_constant(name):
            raise Unsaid(f"has {what} that depend on the input where constants were expected")
        return self.graph.constants[name]

    def optional(self, index, what):
        return self.constant(index, what) if self.node.input(index) else None

    # Steps.

    def add(self, kind, inputs, shape, numbers=None, tensors=None):
        step = Step(kind, inputs, shape, numbers, tensors, [self.node])
        self.program.steps.append(step)
        return step.output

    def give(self, value, view=None, output=0):
        self.seen[self.node.outputs[output]] = Seen([Part(value, view or View.of_map(value.shape))])

    def as_map(self, part, channel_dim=1, row_dim=2, column_dim=3):
        """The map whose channels, rows and columns are these dimensions of the tensor, and all others are 1."""
        value, view = part.value, part.view
        named = [channel_dim, row_dim, column_dim]
        dims = [view.dims[i] if i is not None and i < len(view.dims) else () for i in named]
        for index, atoms in enumerate(view.dims):
            if atoms and index not in named:
                raise Unsaid(f"wants dimension {index} of {quoted(self.node.input(0))} to be 1")
        value, dims = self.unshuffled(value, dims)
        value, dims = self.shuffled(value, dims)
        for axis, atoms, size in (("h", dims[1], value.shape[1]), ("w", dims[2], value.shape[2])):
            if atoms not in ((Atom(axis, size, 1),), ()) or (not atoms and size > 1):
                raise Unsaid("wants channels, rows and columns where a reshape or a transpose has mixed them")
        if any(atom.axis != "c" for atom in dims[0]):
            raise Unsaid("wants channels, rows and columns where a reshape or a transpose has mixed them")
        return self.reordered(value, dims[0])

    def unshuffled(self, value, dims):
        """Pixels that the tensor counts among its channels become channels."""
        low = {atom.axis: atom for atom in dims[0] if atom.axis != "c"}
        if not low:
            return value, dims
        channels, rows, columns = value.shape
        row, column = low.get("h"), low.get("w")
        is_blocks = (row and column and row.stride == column.stride == 1 and row.size == column.size
                     and sum(atom.axis != "c" for atom in dims[0]) == 2 and dims[1] == View([[Atom(
                         "h", rows // row.size, row.size)]]).dims[0]
                     and dims[2] == View([[Atom("w", columns // row.size, row.size)]]).dims[0])
        if not is_blocks:
            raise Unsaid("wants channels, rows and columns where a reshape or a transpose has mixed them")
        factor = row.size
        made = self.add("pixel_unshuffle", [value], (channels * factor**2, rows // factor, columns // factor),
                        {"factor": factor})

        def renamed(atom):
            if atom.axis == "c":
                return Atom("c", atom.size, atom.stride * factor**2)
            return Atom("c", atom.size, factor if atom.axis == "h" else 1)

        view = View([[renamed(atom) for atom in dims[0]], [Atom("h", rows // factor, 1)],
                     [Atom("w", columns // factor, 1)]])
        return made, list(view.dims)

    def shuffled(self, value, dims):
        """Channels that the tensor counts among its pixels become pixels."""
        row = [atom for atom in dims[1] if atom.axis == "c"]
        column = [atom for atom in dims[2] if atom.axis == "c"]
        if not row and not column:
            return value, dims
        is_blocks = (len(row) == len(column) == 1 and row[0].size == column[0].size and dims[1][-1:] == (row[0],)
                     and dims[2][-1:] == (column[0],))
        if not is_blocks:
            raise Unsaid("wants channels, rows and columns where a reshape or a transpose has mixed them")
        factor = row[0].size
        value = self.reordered(value, tuple(dims[0]) + (row[0], column[0]))
        channels, rows, columns = value.shape
        made = self.add("pixel_shuffle", [value], (channels // factor**2, rows * factor, columns * factor),
                        {"factor": factor})
        if [a for a in dims[1][:-1] if a.axis != "h"] or [a for a in dims[2][:-1] if a.axis != "w"]:
            raise Unsaid("wants channels, rows and columns where a reshape or a transpose has mixed them")
        return made, list(View.of_map(made.shape).dims[1:])

    def reordered(self, value, atoms):
        """The channels in the order in which the atoms count them."""
        order = np.zeros(1, dtype=int)
        for atom in atoms:
            order = (order[:, None] + np.arange(atom.size) * atom.stride).reshape(-1)
        return self.selected(value, order)

    def selected(self, value, order):
        """These channels in this order; asked twice, the same map."""
        order = tuple(int(channel) for channel in order)
        if order == tuple(range(value.channels)):
            return value
        if (value, order) not in self.chosen:
            self.chosen[value, order] = self.newly_selected(value, list(order))
        return self.chosen[value, order]

    def newly_selected(self, value, order):
        if order == list(range(order[0], order[0] + len(order))):
            return self.add("slice", [value], (len(order), *value.size), {"begin": order[0], "end": order[-1] + 1})
        count = len(order)
        if sorted(order) == list(range(value.channels)):
            groups = next((i for i in range(1, count) if order[i] != order[0] + i * (order[1] - order[0])), count)
            if count % groups == 0 and order == [
                    j * (count // groups) + i for i in range(count // groups) for j in range(groups)]:
                return self.add("shuffle", [value], value.shape, {"groups": groups})
        runs, step = runs_of(order), self.step_of_fewest_runs(order, value.channels)
        if step > 1:
            each = value.channels // step
            dealt = self.selected(value, [j * step + i for i in range(step) for j in range(each)])
            return self.selected(dealt, dealt_out(order, step, each))
        parts = [self.add("slice", [value], (end - begin, *value.size), {"begin": begin, "end": end})
                 for begin, end in runs]
        while len(parts) > MOST_PARTS:
            parts = [self.joined_channels(parts[i:i + MOST_PARTS]) for i in range(0, len(parts), MOST_PARTS)]
        return self.joined_channels(parts)

    def joined_channels(self, parts):
        if len(parts) == 1:
            return parts[0]
        return self.add("concat", parts, (sum(part.channels for part in parts), *parts[0].size))

    @staticmethod
    def step_of_fewest_runs(order, channels):
        """Into how many hands channels are dealt before few runs of them are what is wanted; 1 where as they lie."""
        found = {1: len(runs_of(order))}
        if found[1] > MOST_RUNS_AS_THEY_LIE:
            for step in range(2, channels // 2 + 1):
                if channels % step == 0:
                    found[step] = len(runs_of(dealt_out(order, step, channels // step)))
        return min(found, key=lambda step: (found[step], step))

    # Nodes.

    def lower(self, node):
        method = getattr(self, "op_" + node.op, None) if node.op.isidentifier() else None
        if method is None:
            raise Unsaid("is an operator that the importer does not know")
        method(node)

    # Those that move nothing.

    def reshape_to(self, shape):
        node = self.node
        seen = self.seen[node.inputs[0]]
        if len(seen.parts) > 1:
            self.give_seen(self.reshaped_parts(seen, shape))
            return
        part = seen.parts[0]
        view = part.view.reshaped(shape)
        if view is None:
            raise Unsaid(f"reshapes to {described(shape)}, which cuts channels, rows or columns where no map "
                         "can be cut")
        roles = view.roles()
        if roles is not None and len(view.dims[roles.get("c", 0)]) > 1:  # a shuffle ends here
            dim = roles["c"]
            value = self.reordered(part.value, view.dims[dim])
            part, view = Part(value, view), view.with_dim(dim, [Atom("c", value.channels, 1)])
        self.give(part.value, view)

    def reshaped_parts(self, seen, shape):
        """Only dimensions of 1 may come and go beside the parts."""
        sizes = seen.shape
        kept = [i for i, size in enumerate(sizes) if size != 1 or i == seen.axis]
        wanted = [i for i, size in enumerate(shape) if size != 1]
        if [sizes[i] for i in kept] != [shape[i] for i in wanted]:
            raise Unsaid("reshapes several maps that lie in one row")
        axis = wanted[kept.index(seen.axis)]
        parts = []
        for part in seen.parts:
            dims = [()] * len(shape)
            for i, j in zip(kept, wanted):
                dims[j] = part.view.dims[i]
            parts.append(Part(part.value, View(dims)))
        return Seen(parts, axis)

    def give_seen(self, seen, output=0):
        self.seen[self.node.outputs[output]] = seen

    def of_parts(self, change, axis=lambda a: a):
        seen = self.seen[self.node.inputs[0]]
        self.give_seen(Seen([Part(part.value, change(part.view)) for part in seen.parts],
                            None if seen.axis is None else axis(seen.axis)))

    def op_Reshape(self, node):
        self.reshape_to(self.graph.shapes[node.outputs[0]])

    op_Flatten = op_Squeeze = op_Unsqueeze = op_Reshape

    def op_Transpose(self, node):
        rank = len(self.graph.shapes[node.inputs[0]])
        order = list(node.get("perm", range(rank)[::-1]))
        self.of_parts(lambda view: view.transposed(order), order.index)

    # Convolutions.

    def spatial(self, name):
        """The map of a tensor N x C x H x W, or N x C x W."""
        part = self.part(name)
        rank = len(part.view.dims)
        if rank not in (3, 4):
            raise Unsaid(f"has {rank - 2} dimensions of pixels where 2 were expected")
        return self.as_map(part, 1, 2, 3) if rank == 4 else self.as_map(part, 1, None, 2)

    def two(self, numbers, default):
        """A number for rows and columns; of a tensor without rows, 1 for them."""
        numbers = list(numbers) if numbers is not None else None
        if not numbers:
            return (default, default)
        return (default, numbers[0]) if len(numbers) == 1 else tuple(int(n) for n in numbers)

    def pads(self, node, kernel, strides, dilations, size):
        """(top, left, bottom, right) with what `auto_pad` makes of them."""
        auto = node.get("auto_pad", b"NOTSET")
        auto = auto.decode() if isinstance(auto, bytes) else auto
        if auto in ("SAME_UPPER", "SAME_LOWER"):
            around = []
            for inputs, k, s, d in zip(size, kernel, strides, dilations):
                missing = max(0, (-(-inputs // s) - 1) * s + (k - 1) * d + 1 - inputs)
                less, more = missing // 2, missing - missing // 2
                around.append((less, more) if auto == "SAME_UPPER" else (more, less))
            return around[0][0], around[1][0], around[0][1], around[1][1]
        if auto == "VALID":
            return 0, 0, 0, 0
        pads = list(node.get("pads", []))
        if not pads:
            return 0, 0, 0, 0
        if len(pads) == 2:
            return 0, pads[0], 0, pads[1]
        return tuple(pads)

    def op_Conv(self, node):
        x = self.spatial(node.inputs[0])
        weight = self.constant(1, "weights")
        bias = self.optional(2, "biases")
        if weight.ndim == 3:
            weight = weight[:, :, None, :]
        kernel = weight.shape[2:]
        strides = self.two(node.get("strides"), 1)
        dilations = self.two(node.get("dilations"), 1)
        around = self.pads(node, kernel, strides, dilations, x.size)
        rank = len(self.graph.shapes[node.outputs[0]])
        out = self.graph.shapes[node.outputs[0]]
        shape = (weight.shape[0], *(out[2:] if rank == 4 else (1, out[2])))
        if min(around) < 0:
            x = self.padded(x, around)
            around = (0, 0, 0, 0)
        made = self.add("conv", [x], shape, {
            "out": weight.shape[0], "kernel": kernel, "stride": strides, "dilation": dilations, "padding": around,
            "groups": int(node.get("group", 1)), "activation": NONE, "norm": None, "bias": bias is not None},
            {"weight": weight, **({"bias": bias} if bias is not None else {})})
        self.give(made, View.of_map(shape, rank))

    def op_ConvTranspose(self, node):
        x = self.spatial(node.inputs[0])
        weight = self.constant(1, "weights")
        bias = self.optional(2, "biases")
        if weight.ndim == 3:
            weight = weight[:, :, None, :]
        groups = int(node.get("group", 1))
        if groups > 1:
            weight = ungrouped(weight, groups)
            self.notes.append(f"{node.op} {quoted(node.name)} of {groups} groups is computed as one group")
        dilations = self.two(node.get("dilations"), 1)
        if dilations != (1, 1):
            weight = dilated(weight, dilations)
        kernel = weight.shape[2:]
        strides = self.two(node.get("strides"), 1)
        more = self.two(node.get("output_padding"), 0)
        rank = len(self.graph.shapes[node.outputs[0]])
        out = self.graph.shapes[node.outputs[0]]
        size = out[2:] if rank == 4 else (1, out[2])
        pads = self.transposed_pads(node, x.size, kernel, strides, more, size)
        numbers = {"out": weight.shape[1], "kernel": kernel, "stride": strides, "activation": NONE, "norm": None,
                   "bias": bias is not None}
        tensors = {"weight": weight, **({"bias": bias} if bias is not None else {})}
        begins = pads[:2]
        extra = [size[i] - ((x.size[i] - 1) * strides[i] + kernel[i] - 2 * begins[i]) for i in range(2)]
        if all(0 <= extra[i] < strides[i] and begins[i] < kernel[i] for i in range(2)):
            made = self.add("conv_transpose", [x], (weight.shape[1], *size), {
                **numbers, "padding": tuple(begins), "output_padding": tuple(extra)}, tensors)
        else:
            whole = [(x.size[i] - 1) * strides[i] + kernel[i] for i in range(2)]
            if any(begins[i] < 0 or begins[i] + size[i] > whole[i] for i in range(2)):
                raise Unsaid("has pads and an output_padding that no transposed convolution of Plait's has")
            made = self.add("conv_transpose", [x], (weight.shape[1], *whole), {
                **numbers, "padding": (0, 0), "output_padding": (0, 0)}, tensors)
            made = self.cut(made, [(begins[i], begins[i] + size[i], 1) for i in range(2)])
        self.give(made, View.of_map(made.shape, rank))

    def transposed_pads(self, node, inputs, kernel, strides, more, size):
        """(top, left, bottom, right) that is cut off."""
        auto = node.get("auto_pad", b"NOTSET")
        auto = auto.decode() if isinstance(auto, bytes) else auto
        if node.get("output_shape") or auto in ("SAME_UPPER", "SAME_LOWER"):
            # The odd pixel is cut off at the end for SAME_UPPER; until opset 10 it was the other way round.
            more_behind = (auto == "SAME_UPPER") == (self.graph.opset >= 11)
            total = [max(0, strides[i] * (inputs[i] - 1) + more[i] + kernel[i] - size[i]) for i in range(2)]
            begins = [each // 2 if more_behind else each - each // 2 for each in total]
            return (*begins, *(each - begin for each, begin in zip(total, begins)))
        return self.pads(node, kernel, strides, (1, 1), inputs)

    # Linear layers.

    def op_Gemm(self, node):
        if node.get("transA", 0):
            raise Unsaid("transposes its first matrix, which no linear layer does")
        weight = self.constant(1, "weights").astype(np.float32) * node.get("alpha", 1.0)
        weight = weight if node.get("transB", 0) else weight.T
        bias = self.optional(2, "biases")
        if bias is not None:
            bias = np.broadcast_to(bias.astype(np.float32) * node.get("beta", 1.0), (1, weight.shape[0])).reshape(-1)
        self.linear(weight, bias)

    def op_MatMul(self, node):
        a, b = node.inputs
        if self.graph.is_constant(a) or not self.graph.is_constant(b):
            raise Unsaid("multiplies two matrices that depend on the input" if not self.graph.is_constant(a)
                         else "has a constant on the left where a map was expected")
        weight = self.graph.constants[b]
        while weight.ndim > 2 and weight.shape[0] == 1:
            weight = weight[0]
        if weight.ndim != 2:
            raise Unsaid(f"multiplies by {described(weight.shape)} where a matrix was expected")
        self.linear(weight.T, None)

    def linear(self, weight, bias):
        """`weight` is [out, in] over the last dimension."""
        seen = self.seen[self.node.inputs[0]]
        rank = len(seen.shape)
        if len(seen.parts) > 1:
            if seen.axis != rank - 1:
                raise Unsaid("multiplies several maps of several sizes")
            total, begin = None, 0
            for part in seen.parts:
                size = part.view.shape[-1]
                made = self.linear_of(part, weight[:, begin:begin + size], None if total is not None else bias)
                if made.view.dims[:-1] != View([()] * (rank - 1)).dims:
                    raise Unsaid("multiplies several maps of several sizes")
                total = made.value if total is None else self.add(
                    "binary", [total, made.value], made.value.shape, {"operation": "add", "activation": NONE})
                begin += size
            self.give(total, made.view)
            return
        made = self.linear_of(seen.parts[0], weight, bias)
        self.give(made.value, made.view)

    def linear_of(self, part, weight, bias):
        value, view = part.value, part.view
        last = len(view.dims) - 1
        out = weight.shape[0]
        tensors = {"bias": bias} if bias is not None else {}
        numbers = {"out": out, "bias": bias is not None}
        if not any(view.dims[:-1]):
            lies = View([view.dims[last]])
            rows = np.stack([lies.to_map(row, value.shape).reshape(-1) for row in weight])
            made = self.add("linear", [value], (out, 1, 1), numbers, {"weight": rows, **tensors})
            return Part(made, View([()] * last + [[Atom("c", out, 1)]]))
        covers = product(atom.size for atom in view.dims[last]) == value.channels
        if not covers or any(atom.axis != "c" for atom in view.dims[last]):
            raise Unsaid("multiplies a part of the channels, or pixels, by a matrix")
        lies = View([view.dims[last]])
        rows = np.stack([lies.to_map(row, (value.channels, 1, 1)).reshape(-1) for row in weight])
        made = self.add("conv", [value], (out, *value.size), {
            "out": out, "kernel": (1, 1), "stride": (1, 1), "dilation": (1, 1), "padding": (0, 0, 0, 0), "groups": 1,
            "activation": NONE, "norm": None, "bias": bias is not None},
            {"weight": rows.reshape(out, -1, 1, 1), **tensors})
        return Part(made, view.with_dim(last, [Atom("c", out, 1)]))

    # Norms.

    def op_BatchNormalization(self, node):
        if node.get("training_mode", 0) or len([name for name in node.outputs if name]) > 1:
            raise Unsaid("is a batch norm that is still in training")
        part = self.part(node.inputs[0])
        names = ("weight", "bias", "running_mean", "running_var")
        tensors = {name: self.constant(i + 1, "statistics") for i, name in enumerate(names)}
        rank = len(part.view.dims)
        value = self.spatial(node.inputs[0]) if rank > 2 else self.as_map(part, 1, None, None)
        made = self.add("batch_norm", [value], value.shape, {"epsilon": float(np.float32(node.get("epsilon", 1e-5)))},
                        tensors)
        self.give(made, View.of_map(made.shape, rank))

    # Activations.

    def each(self, kind, numbers=None, tensors=None):
        """One step on each part, value by value."""
        seen = self.seen[self.node.inputs[0]]
        self.give_seen(Seen([Part(self.add(kind, [part.value], part.value.shape, numbers, tensors), part.view)
                             for part in seen.parts], seen.axis))

    def activate(self, activation):
        self.each("activate", {"activation": activation})

    def op_Relu(self, node):
        self.activate(RELU)

    def op_Sigmoid(self, node):
        self.activate(Activation("sigmoid"))

    def op_Tanh(self, node):
        self.activate(Activation("tanh"))

    def op_HardSwish(self, node):
        self.activate(Activation("hard_swish"))

    def op_Silu(self, node):
        self.activate(Activation("silu"))

    def op_Gelu(self, node):
        approximate = node.get("approximate", b"none")
        self.activate(Activation("gelu_tanh" if approximate == b"tanh" else "gelu"))

    def op_HardSigmoid(self, node):
        self.activate(Activation("hard_sigmoid", node.get("alpha", 0.2), node.get("beta", 0.5)))

    def op_LeakyRelu(self, node):
        self.activate(Activation("leaky_relu", node.get("alpha", 0.01)))

    def op_Elu(self, node):
        self.activate(Activation("elu", node.get("alpha", 1.0)))

    def op_Selu(self, node):
        gamma = node.get("gamma", 1.0507009873554805)
        self.activate(Activation("elu", node.get("alpha", 1.6732632423543772)))
        self.again("binary_constant", {"operation": "multiply", "constant": gamma, "constant_first": False,
                                       "activation": NONE})

    def op_Celu(self, node):
        alpha = node.get("alpha", 1.0)
        multiply = {"operation": "multiply", "constant_first": False, "activation": NONE}
        self.each("binary_constant", {**multiply, "constant": 1 / alpha})
        self.again("activate", {"activation": Activation("elu", alpha)})

    def again(self, kind, numbers):
        """One step more on what the node has made."""
        name = self.node.outputs[0]
        seen = self.seen[name]
        self.seen[name] = Seen([Part(self.add(kind, [part.value], part.value.shape, numbers), part.view)
                                for part in seen.parts], seen.axis)

    def op_Clip(self, node):
        for index in (1, 2):
            if node.input(index) and not self.graph.is_constant(node.input(index)):
                raise Unsaid("has bounds that depend on the input where constants were expected")
        low, high = clip_bounds(self.graph, node)
        if low is None and high is None:
            seen = self.seen[node.inputs[0]]
            self.give_seen(Seen(seen.parts, seen.axis))
        elif low == 0 and high is None:
            self.activate(RELU)
        elif low is None or high is None:
            self.each("binary_constant", {"operation": "minimum" if low is None else "maximum",
                                          "constant": high if low is None else low, "constant_first": False,
                                          "activation": NONE})
        elif (low, high) == (0, 6):
            self.activate(Activation("relu6"))
        else:
            self.activate(Activation("clip", low, high))

    def op_PRelu(self, node):
        slope = self.constant(1, "slopes")
        seen = self.seen[node.inputs[0]]
        parts = []
        for part in seen.parts:
            values = self.of_channels(part, slope, "a slope")
            one = bool(np.all(values == values[0]))
            made = self.add("prelu", [part.value], part.value.shape, {"one_slope": one and part.value.channels > 1},
                            {"weight": values[:1] if one else values})
            parts.append(Part(made, part.view))
        self.give_seen(Seen(parts, seen.axis))

    def of_channels(self, part, array, what):
        """One number for each channel of a constant that is combined with a map."""
        shape = part.view.shape
        rank = len(shape)
        if array.ndim > rank:
            extra = array.shape[:array.ndim - rank]
            if product(extra) != 1:
                raise Unsaid(f"combines {described(shape)} with {described(array.shape)}, which makes it larger")
            array = array.reshape(array.shape[array.ndim - rank:])
        try:
            spread = np.broadcast_to(array, shape)
        except ValueError:
            raise Unsaid(f"combines {described(shape)} with {described(array.shape)}, which makes it larger") from None
        lies = part.view.to_map(np.ascontiguousarray(spread), part.value.shape).reshape(part.value.channels, -1)
        if not np.all(lies == lies[:, :1]):
            raise Unsaid(f"has {what} for each pixel where one for each channel was expected")
        return lies[:, 0].copy()

    def op_Neg(self, node):
        self.each("binary_constant", {"operation": "multiply", "constant": -1.0, "constant_first": False,
                                      "activation": NONE})

    def op_Reciprocal(self, node):
        self.each("binary_constant", {"operation": "divide", "constant": 1.0, "constant_first": True,
                                      "activation": NONE})

    def op_Abs(self, node):
        seen = self.seen[node.inputs[0]]
        parts = []
        for part in seen.parts:
            shape = part.value.shape
            minus = self.add("binary_constant", [part.value], shape, {
                "operation": "multiply", "constant": -1.0, "constant_first": False, "activation": NONE})
            parts.append(Part(self.add("binary", [part.value, minus], shape, {"operation": "maximum",
                                                                             "activation": NONE}), part.view))
        self.give_seen(Seen(parts, seen.axis))

    def op_Pow(self, node):
        power = self.graph.number(node.inputs[1])
        if power not in (1, 2, 3):
            raise Unsaid("is a power other than 1, 2 or 3")
        part = self.part(node.inputs[0])
        value = part.value
        for _ in range(int(power) - 1):
            value = self.add("binary", [value, part.value], value.shape, {"operation": "multiply", "activation": NONE})
        self.give(value, part.view)

    def op_Cast(self, node):
        raise Unsaid("casts to a type that is no float")

    def op_Softmax(self, node):
        rank = len(self.graph.shapes[node.inputs[0]])
        old = self.graph.opset < 13
        axis = node.get("axis", 1 if old else -1) % rank
        seen = self.seen[node.inputs[0]]
        over = range(axis, rank) if old else [axis]
        if seen.axis is not None and seen.axis in over:
            raise Unsaid("is a softmax over several maps that lie in one row")
        self.give_seen(Seen([self.softmax_of(part, over) for part in seen.parts], seen.axis))

    def op_LogSoftmax(self, node):
        """Only at the end, where the header's function computes it of the logits."""
        if any(name in each.inputs for name in node.outputs for each in self.graph.nodes):
            raise Unsaid("is a LogSoftmax that is not the last of the network")
        rank = len(self.graph.shapes[node.inputs[0]])
        old = self.graph.opset < 13
        axis = node.get("axis", 1 if old else -1) % rank
        part = self.part(node.inputs[0])
        atoms = [atom for i in (range(axis, rank) if old else [axis]) for atom in part.view.dims[i]]
        if any(atom.axis != "c" for atom in atoms) or product(a.size for a in atoms) != part.value.channels:
            raise Unsaid("is a LogSoftmax over something else than all channels")
        self.give_seen(Seen([part], None, node.inputs[0]))

    def softmax_of(self, part, over):
        value, view = part.value, part.view
        atoms = [atom for i in over for atom in view.dims[i]]
        if any(atom.axis != "c" for atom in atoms):
            raise Unsaid("is a softmax over pixels where one over channels was expected")
        count = product(atom.size for atom in atoms)
        if count == value.channels:
            return Part(self.add("softmax", [value], value.shape), view)
        runs = View([atoms]).dims[0]
        if len(runs) != 1 or runs[0].stride != 1:
            raise Unsaid("is a softmax over channels that do not lie together")
        parts = []
        for begin in range(0, value.channels, count):
            part = self.add("slice", [value], (count, *value.size), {"begin": begin, "end": begin + count})
            parts.append(self.add("softmax", [part], part.shape))
        return Part(self.add("concat", parts, value.shape), view)

    # Of two tensors.

    def op_Add(self, node):
        if len(node.inputs) == 1:
            seen = self.seen[node.inputs[0]]
            self.give_seen(Seen(seen.parts, seen.axis))
            return
        if len(node.inputs) > 2:
            raise Unsaid(f"combines {len(node.inputs)} tensors where 2 were expected")
        operation = BINARY[node.op]
        a, b = node.inputs
        if self.graph.is_constant(b):
            self.with_constant(operation, a, self.graph.constants[b], False)
        elif self.graph.is_constant(a):
            self.with_constant(operation, b, self.graph.constants[a], True)
        else:
            self.with_map(operation, a, b)

    op_Sub = op_Mul = op_Div = op_Max = op_Min = op_Add

    def op_Sum(self, node):
        total = node.inputs[0]
        for other in node.inputs[1:]:
            self.with_map("add", total, other)
            total = node.outputs[0]

    def with_constant(self, operation, name, array, first):
        if not np.issubdtype(array.dtype, np.floating):
            array = array.astype(np.float32)
        if not np.all(np.isfinite(array)):
            raise Unsaid("combines with a constant that is not finite")
        seen = self.seen[name]
        parts = []
        begin = 0
        for part in seen.parts:
            mine = array
            if seen.axis is not None:
                size = part.view.shape[seen.axis]
                dim = seen.axis - len(seen.shape) + array.ndim
                if dim >= 0 and array.shape[dim] > 1:
                    mine = np.take(array, range(begin, begin + size), axis=dim)
                begin += size
            parts.append(Part(self.combined(operation, part, mine, first), self.larger_view(part, mine)))
        self.give_seen(Seen(parts, seen.axis))

    @staticmethod
    def larger_view(part, array):
        return part.view.padded_to(max(len(part.view.dims), array.ndim))

    def combined(self, operation, part, array, first):
        values = self.of_channels(Part(part.value, self.larger_view(part, array)), array, "a constant")
        numbers = {"operation": operation, "activation": NONE}
        if np.all(values == values[0]):
            constant = float(values[0])
            if constant == (1 if operation in ("multiply", "divide") else 0) and not (
                    first and operation in ("subtract", "divide")) and operation not in ("maximum", "minimum"):
                return part.value
            if operation == "divide" and not first:
                if constant == 0:
                    raise Unsaid("divides by zero")
            return self.add("binary_constant", [part.value], part.value.shape, {
                **numbers, "constant": constant, "constant_first": first and operation in ("subtract", "divide")})
        return self.add("binary_values", [part.value], part.value.shape, {
            **numbers, "value_first": first and operation in ("subtract", "divide")}, {"values": values})

    def with_map(self, operation, a, b):
        first, second = self.seen[a], self.seen[b]
        if len(first.parts) != len(second.parts) or first.axis != second.axis:
            raise Unsaid("combines several maps that lie in one row with others")
        parts = [self.combined_maps(operation, x, y) for x, y in zip(first.parts, second.parts)]
        self.give_seen(Seen(parts, first.axis))

    def combined_maps(self, operation, a, b):
        numbers = {"operation": operation, "activation": NONE}
        if a.view == b.view and a.value.shape == b.value.shape:
            return Part(self.add("binary", [a.value, b.value], a.value.shape, numbers), a.view)
        rank = max(len(a.view.dims), len(b.view.dims))
        views = [part.view.padded_to(rank) for part in (a, b)]
        roles = self.common_roles(views, rank)
        x, y = (self.as_map(Part(part.value, view), *roles) for part, view in zip((a, b), views))
        large, small = (x, y) if x.elements() >= y.elements() else (y, x)
        fits = small.channels in (1, large.channels) and small.size in ((1, 1), large.size)
        if not fits:
            raise Unsaid(f"combines {described(a.view.shape)} with {described(b.view.shape)}, of which neither has a "
                         "value for each channel or each pixel of the other")
        made = self.add("binary", [x, y], large.shape, numbers)
        dims = [()] * rank
        for axis, role, size in zip("chw", roles, made.shape):
            if role is not None:
                dims[role] = [Atom(axis, size, 1)]
        return Part(made, View(dims))

    @staticmethod
    def common_roles(views, rank):
        """Which dimensions are channels, rows and columns of both."""
        found = [view.roles() for view in views]
        usual = {4: {"c": 1, "h": 2, "w": 3}, 3: {"c": 1, "w": 2}, 2: {"c": 1}}.get(rank, {"c": rank - 1})
        merged = {}
        if all(roles is not None for roles in found):
            for roles in found:
                for axis, dim in roles.items():
                    if merged.setdefault(axis, dim) != dim or dim in [d for a, d in merged.items() if a != axis]:
                        merged = None
                        break
                if merged is None:
                    break
        else:
            merged = None
        roles = usual if merged is None else merged
        return roles.get("c"), roles.get("h"), roles.get("w")

    # Pools.

    def op_MaxPool(self, node):
        if len([name for name in node.outputs if name]) > 1:
            raise Unsaid("also gives the places of the largest values, which no pool of Plait's does")
        self.pool(node, "max_pool")

    def op_AveragePool(self, node):
        self.pool(node, "average_pool")

    def pool(self, node, kind):
        x = self.spatial(node.inputs[0])
        kernel = self.two(node.get("kernel_shape"), 1)
        strides = self.two(node.get("strides"), 1)
        dilations = self.two(node.get("dilations"), 1)
        around = self.pads(node, kernel, strides, dilations, x.size)
        ceil = bool(node.get("ceil_mode", 0))
        out = self.graph.shapes[node.outputs[0]]
        size = tuple(out[2:]) if len(out) == 4 else (1, out[2])
        count_pads = bool(node.get("count_include_pad", 0))
        if size == (1, 1) and tuple(kernel) == tuple(x.size) and not any(around) and dilations == (1, 1):
            made = self.add("global_" + kind, [x], (x.channels, 1, 1))
            self.give(made, View.of_map(made.shape, len(out)))
            return
        numbers = {"kernel": kernel, "stride": strides, "padding": around}
        plain = [(x.size[i] + around[i] + around[i + 2] - (kernel[i] - 1) * dilations[i] - 1) // strides[i] + 1
                 for i in range(2)]
        ceil = ceil and tuple(plain) != size
        if ceil:
            rounded = [self.rounded_up(x.size[i], kernel[i], strides[i], dilations[i], around[i], around[i + 2])
                       for i in range(2)]
            if tuple(rounded) != size:
                raise Unsaid(f"rounds up to {described(size)} pixels where Plait's pool makes {described(rounded)}")
        numbers["ceil_mode"] = ceil
        if kind == "max_pool":
            numbers["dilation"] = dilations
        else:
            if dilations != (1, 1):
                raise Unsaid("is an average pool with dilations")
            numbers["count_include_pad"] = count_pads or not (any(around) or ceil)
        made = self.add(kind, [x], (x.channels, *size), numbers)
        self.give(made, View.of_map(made.shape, len(out)))

    @staticmethod
    def rounded_up(inputs, kernel, stride, dilation, before, after):
        reach = (kernel - 1) * dilation + 1
        count = -(-(inputs + before + after - reach) // stride) + 1
        return count - 1 if (count - 1) * stride >= inputs + before else count

    def op_GlobalAveragePool(self, node):
        self.reduced(node, "global_average_pool", range(2, len(self.graph.shapes[node.inputs[0]])), True)

    def op_GlobalMaxPool(self, node):
        self.reduced(node, "global_max_pool", range(2, len(self.graph.shapes[node.inputs[0]])), True)

    def reduction_axes(self, node):
        rank = len(self.graph.shapes[node.inputs[0]])
        axes = node.get("axes")
        if axes is None and node.input(1):
            axes = [int(axis) for axis in self.constant(1, "axes")]
        return sorted(axis % rank for axis in (axes if axes is not None else range(rank)))

    def op_ReduceMean(self, node):
        self.reduced(node, "global_average_pool", self.reduction_axes(node), node.get("keepdims", 1))

    def op_ReduceMax(self, node):
        self.reduced(node, "global_max_pool", self.reduction_axes(node), node.get("keepdims", 1))

    def op_ReduceSum(self, node):
        axes = self.reduction_axes(node)
        self.reduced(node, "global_average_pool", axes, node.get("keepdims", 1))
        count = product(self.graph.shapes[node.inputs[0]][axis] for axis in axes)
        self.again("binary_constant", {"operation": "multiply", "constant": float(count), "constant_first": False,
                                       "activation": NONE})

    def reduced(self, node, kind, axes, keep):
        part = self.part(node.inputs[0])
        value, view = part.value, part.view
        atoms = [atom for axis in axes for atom in view.dims[axis]]
        over = {}
        for atom in atoms:
            over[atom.axis] = over.get(atom.axis, 1) * atom.size
        sizes = dict(zip("chw", value.shape))
        if any(over[axis] != sizes[axis] for axis in over):
            raise Unsaid("reduces a part of the channels, rows or columns")
        if "c" in over and value.channels > 1:
            value = self.reduced_channels(value, kind)
        rows = over.get("h", 1) > 1 or value.shape[1] == 1
        columns = over.get("w", 1) > 1 or value.shape[2] == 1
        if rows and columns and value.size != (1, 1):
            value = self.add(kind, [value], (value.channels, 1, 1))
        elif over.get("h", 1) > 1 or over.get("w", 1) > 1:
            kernel = (value.shape[1] if "h" in over else 1, value.shape[2] if "w" in over else 1)
            size = (1 if "h" in over else value.shape[1], 1 if "w" in over else value.shape[2])
            numbers = {"kernel": kernel, "stride": kernel, "padding": (0, 0, 0, 0), "ceil_mode": False}
            if kind == "global_max_pool":
                value = self.add("max_pool", [value], (value.channels, *size), {**numbers, "dilation": (1, 1)})
            else:
                value = self.add("average_pool", [value], (value.channels, *size),
                                 {**numbers, "count_include_pad": True})
        dims = [() if i in axes else atoms for i, atoms in enumerate(view.dims)]
        if not keep:
            dims = [atoms for i, atoms in enumerate(dims) if i not in axes]
        self.give(value, View(dims))

    def reduced_channels(self, value, kind):
        """The mean of the channels is a convolution; their largest is found two by two."""
        count = value.channels
        if kind == "global_average_pool":
            weight = np.full((1, count, 1, 1), 1.0 / count, np.float32)
            return self.add("conv", [value], (1, *value.size), {
                "out": 1, "kernel": (1, 1), "stride": (1, 1), "dilation": (1, 1), "padding": (0, 0, 0, 0), "groups": 1,
                "activation": NONE, "norm": None, "bias": False}, {"weight": weight})
        while count > 1:
            half = count // 2
            first, second = (self.add("slice", [value], (half, *value.size), {"begin": b, "end": b + half})
                             for b in (0, half))
            larger = self.add("binary", [first, second], first.shape, {"operation": "maximum", "activation": NONE})
            if count % 2:
                rest = self.add("slice", [value], (1, *value.size), {"begin": count - 1, "end": count})
                larger = self.add("concat", [larger, rest], (half + 1, *value.size))
            value, count = larger, larger.channels
        return value

    # Channels and pixels.

    def op_Concat(self, node):
        rank = len(self.graph.shapes[node.outputs[0]])
        axis = node.get("axis", 1) % rank
        names = [name for name in node.inputs if self.graph.shapes[name][axis] > 0]
        if any(self.graph.is_constant(name) for name in names):
            self.concat_with_zeros(node, names, axis)
            return
        parts = []
        for name in names:
            seen = self.seen[name]
            if seen.axis is not None and seen.axis != axis:
                raise Unsaid("concatenates several maps that lie in rows of their own")
            parts += seen.parts
        if len(parts) == 1:
            self.give(parts[0].value, parts[0].view)
            return
        made = self.concat_channels(parts, axis)
        if made is None:
            made = self.concat_pixels(parts, axis, rank)
        self.give_seen(Seen([made]) if made else Seen(parts, axis))

    def concat_channels(self, parts, axis):
        """One map, where the parts differ in channels alone."""
        others = {part.view.with_dim(axis, ()) for part in parts}
        sizes = {part.value.size for part in parts}
        all_channels = all(atom.axis == "c" for part in parts for atom in part.view.dims[axis])
        whole = all(product(a.size for a in part.view.dims[axis]) == part.value.channels for part in parts)
        if len(sizes) == 1 and all_channels and whole and len(others) == 1:
            values = [self.reordered(part.value, part.view.dims[axis]) for part in parts]
        else:
            roles = [part.view.roles() for part in parts]
            rank = len(parts[0].view.dims)
            if len(sizes) > 1 or rank != 4 or axis != 1 or any(r is not None and r.get("c", 1) != 1 for r in roles):
                return None
            try:
                values = [self.as_map(part, 1, 2, 3) for part in parts]
            except Unsaid:
                return None
            if len({value.size for value in values}) > 1:
                return None
            made = self.add("concat", values, (sum(value.channels for value in values), *values[0].size))
            return Part(made, View.of_map(made.shape))
        channels = sum(value.channels for value in values)
        made = self.add("concat", values, (channels, *values[0].size))
        return Part(made, parts[0].view.with_dim(axis, [Atom("c", channels, 1)]))

    def concat_pixels(self, parts, axis, rank):
        """Rows or columns that zeros or other maps follow are no map of Plait's: they stay parts."""
        return None

    def concat_with_zeros(self, node, names, axis):
        """Zeros before and after a map, as some exporters write padding."""
        moving = [name for name in names if not self.graph.is_constant(name)]
        zeros = all(not np.any(self.graph.constants[name]) for name in names if self.graph.is_constant(name))
        if len(moving) != 1 or not zeros:
            raise Unsaid("concatenates with constants that are not zeros")
        at = names.index(moving[0])
        before = sum(self.graph.shapes[name][axis] for name in names[:at])
        after = sum(self.graph.shapes[name][axis] for name in names[at + 1:])
        pads = [(0, 0)] * len(self.graph.shapes[moving[0]])
        pads[axis] = (before, after)
        self.pad_dims(self.part(moving[0]), pads)

    def op_Split(self, node):
        rank = len(self.graph.shapes[node.inputs[0]])
        axis = node.get("axis", 0) % rank
        begin = 0
        for index, name in enumerate(node.outputs):
            size = self.graph.shapes[name][axis] if name else 0
            if name:
                self.take(axis, range(begin, begin + size), index)
            begin += size

    def op_Slice(self, node):
        rank = len(self.graph.shapes[node.inputs[0]])
        if node.get("starts") is not None:
            starts, ends, axes, steps = node.get("starts"), node.get("ends"), node.get("axes"), None
        else:
            starts, ends = self.constant(1, "starts"), self.constant(2, "ends")
            axes, steps = self.optional(3, "axes"), self.optional(4, "steps")
        axes = [int(axis) % rank for axis in (axes if axes is not None else range(len(starts)))]
        steps = [int(step) for step in steps] if steps is not None else [1] * len(axes)
        ranges = {}
        for start, end, axis, step in zip(starts, ends, axes, steps):
            ranges[axis] = range(*slice(int(start), self.end_of(int(end), step), step).indices(
                self.graph.shapes[node.inputs[0]][axis]))
        self.take_all(ranges)

    @staticmethod
    def end_of(end, step):
        return None if step < 0 and end < -2**31 + 1 else end

    def op_Gather(self, node):
        rank = len(self.graph.shapes[node.inputs[0]])
        axis = node.get("axis", 0) % rank
        indices = self.constant(1, "indices")
        size = self.graph.shapes[node.inputs[0]][axis]
        wanted = [int(i) % size for i in np.asarray(indices).reshape(-1)]
        self.take(axis, wanted, 0)
        part = self.seen[node.outputs[0]].parts[0]
        if np.ndim(indices) == 0:
            self.give(part.value, part.view.without_dim(axis))
        elif np.ndim(indices) > 1:
            view = part.view.reshaped(self.graph.shapes[node.outputs[0]])
            if view is None:
                raise Unsaid("gathers in an order that no map has")
            self.give(part.value, view)

    def take(self, axis, wanted, output=0):
        self.take_all({axis: wanted}, output)

    def take_all(self, ranges, output=0):
        """Some indices of some dimensions."""
        part = self.part(self.node.inputs[0])
        shape = part.view.shape
        pixels = {}
        for axis, wanted in ranges.items():
            wanted = list(wanted)
            if wanted == list(range(shape[axis])):
                continue
            if not wanted:
                raise Unsaid("takes nothing")
            part = self.taken(part, axis, wanted, pixels)
        value = part.value
        if pixels:
            sizes = [(0, value.shape[1], 1), (0, value.shape[2], 1)]
            cuts = [pixels.get("h", sizes[0]), pixels.get("w", sizes[1])]
            value = self.cut(value, cuts)
        dims = [[Atom(a.axis, value.shape["chw".index(a.axis)], 1) if a.axis in pixels else a for a in atoms]
                for atoms in part.view.dims]
        self.give(value, View(dims), output)

    def taken(self, part, axis, wanted, pixels):
        """Channels are chosen at once, pixels are noted."""
        value, atoms = part.value, part.view.dims[axis]
        axes = {atom.axis for atom in atoms}
        if axes == {"c"}:
            order = np.zeros(1, dtype=int)
            for atom in atoms:
                order = (order[:, None] + np.arange(atom.size) * atom.stride).reshape(-1)
            if len(order) == value.channels:
                made = self.selected(self.selected(value, order), wanted)
                return Part(made, part.view.with_dim(axis, [Atom("c", len(wanted), 1)]))
            return self.taken_of_channels(part, axis, order[wanted])
        only = atoms[0] if len(atoms) == 1 else None
        size = value.shape["chw".index(only.axis)] if only else 0
        if only is None or only.axis == "c" or only != Atom(only.axis, size, 1):
            raise Unsaid("takes a part of a dimension in which channels, rows and columns are mixed")
        step = wanted[1] - wanted[0] if len(wanted) > 1 else 1
        if step < 1 or wanted != list(range(wanted[0], wanted[0] + step * len(wanted), step)):
            raise Unsaid("takes pixels that are not one of every so many")
        pixels[only.axis] = (wanted[0], wanted[-1] + 1, step)
        return part

    def taken_of_channels(self, part, axis, offsets):
        """Some of one dimension of several that count channels."""
        value = part.value
        atoms = [(i, atom) for i, dim in enumerate(part.view.dims) for atom in dim if atom.axis == "c" and i != axis]
        order = np.zeros(1, dtype=int)
        for _, atom in atoms:
            order = (order[:, None] + np.arange(atom.size) * atom.stride).reshape(-1)
        chosen = (order[:, None] + np.asarray(offsets)).reshape(-1)
        made = self.selected(value, chosen)
        dims = [list(dim) for dim in part.view.dims]
        stride = len(offsets)
        for i, atom in reversed(atoms):
            dims[i] = [Atom("c", a.size, stride) if a == atom else a for a in dims[i]]
            stride *= atom.size
        dims[axis] = [Atom("c", len(offsets), 1)]
        return Part(made, View(dims))

    def cut(self, value, cuts):
        """Rows and columns (from, to, step)."""
        if all(cut == (0, size, 1) for cut, size in zip(cuts, value.size)):
            return value
        size = [(to - begin - 1) // step + 1 for begin, to, step in cuts]
        return self.add("slice_pixels", [value], (value.channels, *size), {"rows": cuts[0], "columns": cuts[1]})

    def op_Pad(self, node):
        rank = len(self.graph.shapes[node.inputs[0]])
        pads = node.get("pads")
        pads = list(pads if pads is not None else self.constant(1, "pads"))
        fill = node.get("value", 0.0)
        if node.input(2):
            fill = float(np.asarray(self.constant(2, "a value")).reshape(-1)[0]) if self.constant(
                2, "a value").size else 0.0
        mode = node.get("mode", b"constant")
        mode = mode.decode() if isinstance(mode, bytes) else mode
        axes = [int(axis) % rank for axis in self.constant(3, "axes")] if node.input(3) else range(rank)
        each = [(0, 0)] * rank
        for i, axis in enumerate(axes):
            each[axis] = (int(pads[i]), int(pads[i + len(pads) // 2]))
        self.pad_dims(self.part(node.inputs[0]), each, mode, fill)

    def pad_dims(self, part, pads, mode="constant", fill=0.0):
        if mode not in ("constant", "reflect"):
            raise Unsaid(f"pads by mode '{mode}' where constant or reflect was expected")
        if all(pad == (0, 0) for pad in pads):
            self.give(part.value, part.view)
            return
        value, view = part.value, part.view
        around = {}
        for dim, pad in enumerate(pads):
            if pad == (0, 0):
                continue
            atoms = view.dims[dim]
            if len(atoms) > 1:
                raise Unsaid("pads a dimension in which channels, rows and columns are mixed")
            axis = atoms[0].axis if atoms else self.spare_axis(view, dim, around)
            if atoms and atoms[0] != Atom(axis, value.shape["chw".index(axis)], 1):
                raise Unsaid("pads a dimension in which channels, rows and columns are mixed")
            around[axis] = pad
            view = view.with_dim(dim, [Atom(axis, value.shape["chw".index(axis)] + sum(pad), 1)])
        if fill:
            value = self.add("binary_constant", [value], value.shape, {
                "operation": "subtract", "constant": fill, "constant_first": False, "activation": NONE})
        if "c" in around:
            before, after = around["c"]
            if mode != "constant" or before < 0 or after < 0:
                raise Unsaid("pads channels by something else than a constant")
            value = self.add("pad_channels", [value], (value.channels + before + after, *value.size),
                             {"before": before, "after": after})
        rows, columns = around.get("h", (0, 0)), around.get("w", (0, 0))
        if rows != (0, 0) or columns != (0, 0):
            value = self.padded(value, (rows[0], columns[0], rows[1], columns[1]),
                                "reflection" if mode == "reflect" else "zeros")
        if fill:
            value = self.add("binary_constant", [value], value.shape, {
                "operation": "add", "constant": fill, "constant_first": False, "activation": NONE})
        self.give(value, view)

    @staticmethod
    def spare_axis(view, dim, around):
        """What a dimension of 1 counts."""
        roles = view.roles() or {}
        free = [axis for axis in "chw" if axis not in roles and axis not in around]
        usual = {1: "c", 2: "h", 3: "w"}.get(dim) if len(view.dims) == 4 else None
        if usual in free:
            return usual
        if not free:
            raise Unsaid("pads a dimension that is neither channels nor rows nor columns")
        return free[-1]

    def padded(self, value, around, mode="zeros"):
        top, left, bottom, right = around
        if min(around) < 0:
            rows = (max(0, -top), value.shape[1] - max(0, -bottom), 1)
            columns = (max(0, -left), value.shape[2] - max(0, -right), 1)
            value = self.cut(value, [rows, columns])
            around = tuple(max(0, side) for side in around)
            top, left, bottom, right = around
        if not any(around):
            return value
        shape = (value.channels, value.shape[1] + top + bottom, value.shape[2] + left + right)
        return self.add("pad", [value], shape, {"sides": around, "mode": mode})

    def op_DepthToSpace(self, node):
        part = self.part(node.inputs[0])
        block = int(node.get("blocksize"))
        mode = node.get("mode", b"DCR")
        n, channels, rows, columns = part.view.shape
        inner = channels // block**2
        if mode in (b"CRD", "CRD"):
            view = part.view.reshaped([n, inner, block, block, rows, columns])
            order = [0, 1, 4, 2, 5, 3]
        else:
            view = part.view.reshaped([n, block, block, inner, rows, columns])
            order = [0, 3, 4, 1, 5, 2]
        view = view and view.transposed(order).reshaped([n, inner, rows * block, columns * block])
        if view is None:
            raise Unsaid("wants channels, rows and columns where a reshape or a transpose has mixed them")
        value = self.as_map(Part(part.value, view))
        self.give(value)

    def op_SpaceToDepth(self, node):
        part = self.part(node.inputs[0])
        block = int(node.get("blocksize"))
        n, channels, rows, columns = part.view.shape
        view = part.view.reshaped([n, channels, rows // block, block, columns // block, block])
        view = view and view.transposed([0, 3, 5, 1, 2, 4]).reshaped(self.graph.shapes[node.outputs[0]])
        if view is None:
            raise Unsaid("wants channels, rows and columns where a reshape or a transpose has mixed them")
        self.give(self.as_map(Part(part.value, view)))

    # Sizes.

    def op_Resize(self, node):
        part = self.part(node.inputs[0])
        rank = len(part.view.dims)
        roles = part.view.roles() or {}
        order = [roles.get("c"), roles.get("h"), roles.get("w")]
        usual = {4: [1, 2, 3], 3: [1, None, 2]}.get(rank, [None] * 3)
        if len(roles) < 3:
            order = usual
        value = self.as_map(part, *order)
        out = self.graph.shapes[node.outputs[0]]
        size = tuple(out[i] if i is not None else 1 for i in order[1:])
        others = [i for i in range(rank) if i not in order[1:]]
        if any(out[i] != part.view.shape[i] for i in others):
            raise Unsaid("resizes channels where rows and columns were expected")
        numbers = find_resizing(self, node, value.size, size, [i for i in order[1:]])
        made = value
        if numbers.get("cut"):
            made = self.cut(value, numbers["cut"])
        elif size != value.size:
            made = self.add("resize", [value], (value.channels, *size), numbers)
        dims = [()] * rank
        for axis, dim, count in zip("chw", order, made.shape):
            if dim is not None:
                dims[dim] = [Atom(axis, count, 1)]
        self.give(made, View(dims))

    op_Upsample = op_Resize

    def op_Expand(self, node):
        part = self.part(node.inputs[0])
        out = self.graph.shapes[node.outputs[0]]
        view = part.view.padded_to(len(out))
        if view.shape == out:
            self.give(part.value, view)
            return
        if len(out) != 4:
            raise Unsaid(f"expands to {described(out)} where a map was expected")
        value = self.as_map(Part(part.value, view))
        if value.size == (1, 1) and value.channels == out[1]:
            made = self.add("resize", [value], (value.channels, *out[2:]), {
                "to": tuple(out[2:]), "factor": None, "by": "nearest_floor", "at": "asymmetric"})
            self.give(made)
            return
        raise Unsaid(f"expands {described(part.view.shape)} to {described(out)} where one pixel was expected")

    op_Tile = op_Expand


def runs_of(order):
    """Channels that follow each other, each as [from, to]."""
    runs = []
    for channel in order:
        if runs and runs[-1][1] == channel:
            runs[-1][1] += 1
        else:
            runs.append([channel, channel + 1])
    return runs


def dealt_out(order, step, each):
    """Where channels are once they have been dealt, one after another, into so many hands."""
    return [channel % step * each + channel // step for channel in order]


def ungrouped(weight, groups):
    """Weights [in][out / groups] of a transposed convolution for all outputs, zeros between the groups."""
    inputs, outputs = weight.shape[:2]
    whole = np.zeros((inputs, outputs * groups, *weight.shape[2:]), weight.dtype)
    each = inputs // groups
    for g in range(groups):
        whole[g * each:(g + 1) * each, g * outputs:(g + 1) * outputs] = weight[g * each:(g + 1) * each]
    return whole


def dilated(weight, dilations):
    rows, columns = ((size - 1) * d + 1 for size, d in zip(weight.shape[2:], dilations))
    whole = np.zeros((*weight.shape[:2], rows, columns), weight.dtype)
    whole[:, :, ::dilations[0], ::dilations[1]] = weight
    return whole
