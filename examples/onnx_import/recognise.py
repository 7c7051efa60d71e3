# SPDX-License-Identifier: BSD-3-Clause
"""What exporters write in parts, as the one thing that was meant."""

import math

from .graph import Node


class Recogniser:
    def __init__(self, graph):
        self.graph = graph
        self.found = {}

    def run(self):
        changed = True
        while changed:
            changed = False
            self.readers = self.graph.readers()
            self.makers = self.graph.makers()
            for node in reversed(self.graph.nodes):
                if self.replace(node):
                    changed = True
                    break
        return self.found

    # What a node is.

    def replace(self, node):
        for rule in (self.product, self.larger):
            made = rule(node)
            if made:
                self.put(node, *made)
                return True
        return False

    def put(self, node, op, source, attributes, word):
        new = Node(op, node.name, [source], node.outputs, attributes)
        before = sum(each.covers for each in self.graph.nodes)
        self.graph.nodes[self.graph.nodes.index(node)] = new
        self.graph.drop_unread()
        new.covers = 0
        new.covers = before - sum(each.covers for each in self.graph.nodes)
        self.found[word] = self.found.get(word, 0) + 1

    def only_reader(self, name):
        return len(self.readers.get(name, [])) == 1 and name not in self.graph.outputs

    def maker(self, name, op):
        node = self.makers.get(name)
        return node if node and node.op == op else None

    def with_number(self, node):
        """(the tensor, the number) of a node that combines a tensor with one number, whichever stands first."""
        if len(node.inputs) != 2:
            return None
        for x, c in (node.inputs, node.inputs[::-1]):
            number = self.graph.number(c)
            if number is None or self.graph.is_constant(x):
                continue
            if len(self.graph.shapes[c]) <= len(self.graph.shapes[x]):
                return x, number
        return None

    def factors(self, name, root=False):
        """A number and the tensors whose product `name` is."""
        node = self.makers.get(name)
        if node and node.op in ("Mul", "Div") and (root or self.only_reader(name)):
            if node.op == "Mul":
                pair = self.with_number(node)
                if pair:
                    k, tensors = self.factors(pair[0])
                    return k * pair[1], tensors
                if not any(self.graph.is_constant(each) for each in node.inputs):
                    k1, first = self.factors(node.inputs[0])
                    k2, second = self.factors(node.inputs[1])
                    return k1 * k2, first + second
            else:
                number = self.graph.number(node.inputs[1])
                if number and len(self.graph.shapes[node.inputs[1]]) <= len(self.graph.shapes[node.inputs[0]]):
                    k, tensors = self.factors(node.inputs[0])
                    return k / number, tensors
        return 1.0, [name]

    def clipped(self, name, low, high):
        """x of min(max(x, low), high)."""
        node = self.makers.get(name)
        if node and node.op == "Clip":
            bounds = clip_bounds(self.graph, node)
            if bounds == (low, high):
                return node.inputs[0]
        if node and node.op == "Min":
            pair = self.with_number(node)
            if pair and close(pair[1], high):
                inner = self.makers.get(pair[0])
                if inner and inner.op == "Relu" and low == 0:
                    return inner.inputs[0]
                if inner and inner.op == "Max":
                    below = self.with_number(inner)
                    if below and close(below[1], low):
                        return below[0]
        return None

    def plus(self, name, number):
        """x of x + number."""
        node = self.maker(name, "Add")
        pair = self.with_number(node) if node else None
        return pair[0] if pair and close(pair[1], number) else None

    def relu6_of_plus_3(self, name):
        inner = self.clipped(name, 0.0, 6.0)
        return self.plus(inner, 3.0) if inner else None

    def erf_plus_1(self, name):
        inner = self.plus(name, 1.0)
        erf = self.maker(inner, "Erf") if inner else None
        if not erf:
            return None
        k, tensors = self.factors(erf.inputs[0])
        return tensors[0] if len(tensors) == 1 and close(k, math.sqrt(0.5)) else None

    def tanh_plus_1(self, name):
        """x of 1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))."""
        inner = self.plus(name, 1.0)
        tanh = self.maker(inner, "Tanh") if inner else None
        if not tanh:
            return None
        k, tensors = self.factors(tanh.inputs[0])
        add = self.maker(tensors[0], "Add") if len(tensors) == 1 and close(k, math.sqrt(2 / math.pi)) else None
        if not add:
            return None
        for x, cube in (add.inputs, add.inputs[::-1]):
            k, tensors = self.factors(cube)
            if not close(k, 0.044715):
                continue
            if tensors == [x, x, x]:
                return x
            power = self.maker(tensors[0], "Pow") if len(tensors) == 1 else None
            if power and power.inputs[0] == x and self.graph.number(power.inputs[1]) == 3:
                return x
        return None

    def product(self, node):
        if node.op not in ("Mul", "Div"):
            return None
        k, tensors = self.factors(node.outputs[0], root=True)
        if len(tensors) == 1 and close(k, 1 / 6):
            x = self.relu6_of_plus_3(tensors[0])
            if x:
                return "HardSigmoid", x, {"alpha": 1 / 6, "beta": 0.5}, "hard sigmoid by parts"
        if len(tensors) != 2:
            return None
        for x, gate in (tensors, tensors[::-1]):
            if close(k, 1 / 6) and self.relu6_of_plus_3(gate) == x:
                return "HardSwish", x, {}, "hard swish by parts"
            if close(k, 0.5) and self.erf_plus_1(gate) == x:
                return "Gelu", x, {"approximate": b"none"}, "GELU by Erf"
            if close(k, 0.5) and self.tanh_plus_1(gate) == x:
                return "Gelu", x, {"approximate": b"tanh"}, "GELU by Tanh"
            if not close(k, 1):
                continue
            sigmoid = self.maker(gate, "Sigmoid")
            if sigmoid and sigmoid.inputs[0] == x:
                return "Silu", x, {}, "SiLU as x * Sigmoid(x)"
            hard = self.maker(gate, "HardSigmoid")
            usual = hard and close(hard.get("alpha", 0.2), 1 / 6) and close(hard.get("beta", 0.5), 0.5)
            if usual and hard.inputs[0] == x:
                return "HardSwish", x, {}, "hard swish as x * HardSigmoid(x)"
        return None

    def larger(self, node):
        """max(x, x * slope) is a leaky ReLU."""
        if node.op != "Max" or len(node.inputs) != 2:
            return None
        for x, scaled in (node.inputs, node.inputs[::-1]):
            if self.graph.is_constant(x) or self.graph.is_constant(scaled):
                continue
            k, tensors = self.factors(scaled)
            if tensors == [x] and 0 < k < 1:
                return "LeakyRelu", x, {"alpha": k}, "leaky ReLU as Max(x, slope * x)"
        return None


def close(a, b):
    return a is not None and abs(a - b) <= 1e-4 * max(1e-3, abs(b))


def clip_bounds(graph, node):
    """(low, high) of a Clip, each a number or None."""
    if "min" in node.attributes or "max" in node.attributes or graph.opset < 11:
        low, high = node.get("min"), node.get("max")
        low = None if low is None or low < -3.4e38 else float(low)
        high = None if high is None or high > 3.4e38 else float(high)
        return low, high
    low, high = (graph.number(node.input(i)) if node.input(i) else None for i in (1, 2))
    low = None if low is None or low < -3.4e38 else low
    high = None if high is None or high > 3.4e38 else high
    return low, high
