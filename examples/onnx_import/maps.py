# SPDX-License-Identifier: BSD-3-Clause
"""What a network is made of in Plait's words: maps of channels x rows x columns, and steps from map to map."""


class Map:
    """A map that a step makes; `shape` is (channels, rows, columns)."""

    def __init__(self, shape, made_by=None):
        self.shape = tuple(int(size) for size in shape)
        self.made_by = made_by
        self.tensor = None  # (name, view) of the file's tensor that it is

    @property
    def channels(self):
        return self.shape[0]

    @property
    def size(self):
        return self.shape[1:]

    def elements(self):
        return self.shape[0] * self.shape[1] * self.shape[2]


class Step:
    """One line of a block: its kind, its numbers, the tensors that it owns, and the nodes that it stands for."""

    def __init__(self, kind, inputs, shape, numbers=None, tensors=None, nodes=()):
        self.kind = kind
        self.inputs = list(inputs)
        self.numbers = dict(numbers or {})
        self.tensors = dict(tensors or {})
        self.nodes = list(nodes)
        self.output = Map(shape, self)
        self.children = []

    def reads(self, value):
        return any(value is each for each in self.inputs)


class Activation:
    """An activation as Plait says it: a word and its numbers."""

    def __init__(self, word, *numbers):
        self.word = word
        self.numbers = tuple(float(number) for number in numbers)

    def __eq__(self, other):
        return isinstance(other, Activation) and (self.word, self.numbers) == (other.word, other.numbers)

    def __hash__(self):
        return hash((self.word, self.numbers))


NONE = Activation("none")
RELU = Activation("relu")


class Program:
    """The steps in order, the inputs of the network and what it makes."""

    def __init__(self):
        self.steps = []
        self.inputs = []
        self.outputs = []

    def readers(self):
        """For each map the steps that read it."""
        found = {}
        for step in self.steps:
            for value in step.inputs:
                found.setdefault(value, []).append(step)
        return found

    def is_output(self, value):
        return any(value is output for output in self.outputs)

    def replace(self, old, new):
        """Whoever reads `old` reads `new`."""
        for step in self.steps:
            step.inputs = [new if value is old else value for value in step.inputs]
        self.outputs = [new if value is old else value for value in self.outputs]

    def drop_unread(self):
        needed = set(self.outputs)
        kept = []
        for step in reversed(self.steps):
            if step.output in needed or step.kind == "input":
                kept.append(step)
                needed.update(step.inputs)
        self.steps = kept[::-1]
