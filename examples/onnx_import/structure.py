# SPDX-License-Identifier: BSD-3-Clause
"""What repeats in a network becomes a block of its own, with what differs as its members."""

from fractions import Fraction

from .maps import NONE, Activation, Step
from .words import centred_padding, same_padding

LONGEST_UNIT = 64
MOST_MEMBERS = 6
# What may differ between the uses of one block.
MEMBERS = {"conv": ("out", "stride", "activation"), "depthwise": ("kernel", "stride", "activation"),
           "linear": ("out",), "conv_transpose": ("out",), "squeeze_excitation": ("squeezed",),
           "shuffle": ("groups",)}


class Unit:
    """A block that was found: its steps (the first use's), its members, and what each slot says."""

    def __init__(self, name, steps, source, result, members, slots, uses):
        self.name = name
        self.steps = steps
        self.source = source  # the map that it reads
        self.result = result
        self.members = members  # (name, type, default)
        self.slots = slots  # (index of the step, key) to a text
        self.uses = uses


class Structure:
    def __init__(self, program):
        self.program = program
        self.units = []

    def run(self):
        self.squeeze_excitations()
        while self.extract_one():
            self.residuals(1)
        self.residuals(2)
        return self.units

    # Squeeze-and-excitation.

    def squeeze_excitations(self):
        for step in list(self.program.steps):
            found = self.squeeze_excitation(step)
            if found:
                self.collapse("squeeze_excitation", found[0], found[1], step.output, found[2])

    def alone(self, value):
        """The step that makes a map that is read once."""
        readers = sum(step.reads(value) for step in self.program.steps)
        return value.made_by if readers == 1 and not self.program.is_output(value) else None

    def squeeze_excitation(self, step):
        """x * gate(fc2(act(fc1(mean(x))))): the steps, x and the numbers."""
        if step.kind != "binary" or step.numbers["operation"] != "multiply" or step.numbers["activation"] != NONE:
            return None
        for x, gate in (step.inputs, step.inputs[::-1]):
            steps, numbers = [step], {}
            value = gate
            for name, activation in (("fc2", "gate"), ("fc1", "activation")):
                layer = self.alone(value)
                if layer is not None and layer.kind == "activate":
                    numbers[activation] = layer.numbers["activation"]
                    steps.append(layer)
                    value = layer.inputs[0]
                    layer = self.alone(value)
                if layer is None or not self.is_point_layer(layer):
                    break
                numbers.setdefault(activation, layer.numbers.get("activation", NONE))
                numbers[name] = layer
                steps.append(layer)
                value = layer.inputs[0]
            else:
                pool = self.alone(value)
                if pool is None or pool.kind != "global_average_pool" or pool.inputs[0] is not x:
                    continue
                if numbers["fc2"].output.channels != x.channels:
                    continue
                steps.append(pool)
                order = [each for each in self.program.steps if any(each is other for other in steps)]
                return order, x, numbers
        return None

    @staticmethod
    def is_point_layer(step):
        if step.kind == "linear":
            return step.numbers["bias"] and step.inputs[0].size == (1, 1)
        if step.kind != "conv" or step.numbers["norm"] is not None or not step.numbers["bias"]:
            return False
        n = step.numbers
        return (n["kernel"] == (1, 1) and n["stride"] == (1, 1) and not any(n["padding"]) and n["groups"] == 1
                and step.inputs[0].size == (1, 1))

    def collapse(self, kind, steps, source, result, numbers):
        made = Step(kind, [source], result.shape, numbers, {}, [node for step in steps for node in step.nodes])
        made.children = steps
        made.output.tensor = result.tensor
        if kind == "squeeze_excitation":
            for name in ("fc1", "fc2"):
                layer = numbers[name]
                weight = layer.tensors["weight"]
                made.tensors[name + "_weight"] = weight.reshape(*weight.shape[:2], 1, 1)
                made.tensors[name + "_bias"] = layer.tensors["bias"]
            made.numbers = {"squeezed": numbers["fc1"].output.channels, "activation": numbers["activation"],
                            "gate": numbers["gate"]}
        at = self.program.steps.index(steps[-1])
        self.program.steps[at] = made
        self.program.steps = [step for step in self.program.steps if not any(step is other for other in steps)]
        self.program.replace(result, made.output)
        return made

    # Units.

    def extract_one(self):
        regions = self.regions()
        found = []
        for key, ranges in regions.items():
            if len(ranges) < 2:
                continue
            apart = self.apart(ranges)
            length = key.count("|")
            saved = len(apart) * (length - 1) - (length + 5)
            if saved > 0:
                found.append((saved, length, apart))
        found.sort(key=lambda each: (-each[0], each[1], self.program.steps[each[2][0][0]].kind == "shuffle"))
        best, best_saved = None, 0
        for saved, length, apart in found:
            if saved <= best_saved:
                break
            if self.repeats_itself(apart[0], found) or self.ends_with_two(apart[0]):
                continue
            members = self.members_of(apart)
            if members is not None and saved - len(members[0]) > best_saved:
                best, best_saved = (apart, members), saved - len(members[0])
        if best is None:
            return False
        self.make_unit(*best)
        return True

    @staticmethod
    def repeats_itself(region, found):
        """Whether a region holds one twice that would be a block, too: that one is the better."""
        begin, end = region
        for _, length, ranges in found:
            if 2 * length <= end - begin and sum(begin <= b and e <= end for b, e in ranges) > 1:
                return True
        return False

    def ends_with_two(self, region):
        """Whether a region begins or ends with a block that somewhere follows itself, and so is rather repeated."""
        begin, end = region
        steps = self.program.steps
        repeated = {self.form_of_block(b) for a, b in zip(steps, steps[1:])
                    if b.inputs == [a.output] and self.form_of_block(a) == self.form_of_block(b)} - {None}
        return any(self.form_of_block(steps[i]) in repeated for i in (begin, end - 1))

    def form_of_block(self, step):
        return str(self.fixed_numbers(step)) if step.kind in ("unit", "residual") else None

    @staticmethod
    def apart(found):
        """Regions that do not overlap, from the first on."""
        kept, end = [], 0
        for begin, until in found:
            if begin >= end:
                kept.append((begin, until))
                end = until
        return kept

    def regions(self):
        """For each form the ranges of steps that have it, read one map and make one."""
        steps = self.program.steps
        made_at = {step.output: i for i, step in enumerate(steps)}
        last_read = {}
        for i, step in enumerate(steps):
            for value in step.inputs:
                last_read[value] = i
        for value in self.program.outputs:
            last_read[value] = len(steps) + 1
        found = {}
        for begin in range(len(steps)):
            source, key, number = None, "", {}
            for end in range(begin + 1, min(len(steps), begin + LONGEST_UNIT) + 1):
                step = steps[end - 1]
                if step.kind == "input":
                    break
                outside = {value for value in step.inputs if made_at.get(value, -1) < begin}
                if source is not None:
                    outside.add(source)
                if len(outside) > 1:
                    break
                source = next(iter(outside), source)
                number[step.output] = end - begin
                key += self.form_of(step, number) + "|"
                seen_later = [value for value in number if last_read.get(value, -1) >= end]
                if end - begin < 2 or len(seen_later) != 1 or seen_later[0] is not step.output:
                    continue
                found.setdefault(key, []).append((begin, end))
        return found

    def form_of(self, step, number):
        """All that must be equal in two uses of one block."""
        reads = ",".join(str(number.get(value, 0)) for value in step.inputs)
        return f"{step.kind}({reads}){self.fixed_numbers(step)}"

    @staticmethod
    def fixed_numbers(step):
        n = step.numbers
        if step.kind == "unit":
            return id(step.unit)
        if step.kind == "residual":
            inner = ",".join(child.kind + str(Structure.fixed_numbers(child)) for child in step.children)
            return f"{text_of(n['activation'])}[{inner}]"
        if step.kind == "slice":
            channels = step.inputs[0].channels
            return f"{Fraction(n['begin'], channels)}:{Fraction(n['end'], channels)}"
        if step.kind in ("conv", "depthwise"):
            padding = "centred" if centred_padding(step) else "same" if same_padding(step) else n["padding"]
            kernel = n["kernel"] if step.kind == "conv" else ""
            groups = n["groups"] if step.kind == "conv" else ""
            acts = n["activation"] != NONE
            return f"{kernel}{padding}{n['dilation']}{groups}{n['norm']}{n['bias']}{acts}"
        if step.kind == "batch_norm":
            return str(n["epsilon"])
        return ",".join(f"{key}={text_of(value)}" for key, value in sorted(n.items())
                        if key not in MEMBERS.get(step.kind, ()))

    # Members: what differs.

    def members_of(self, ranges):
        """(members, slots, arguments of each use); None where too much differs."""
        steps = self.program.steps
        uses = [steps[begin:end] for begin, end in ranges]
        sources = [self.source_of(use) for use in uses]
        members, slots = [], {}
        arguments = [{} for _ in uses]
        taken = {}
        outs = [tuple(self.value_at(use[i], "out") for use in uses) for i, step in enumerate(uses[0])
                if "out" in MEMBERS.get(step.kind, ())]
        for index, first in enumerate(uses[0]):
            for key in self.slots_of(first):
                column = tuple(self.value_at(use[index], key) for use in uses)
                text = self.without_member(column, [use[index].inputs[0] for use in uses], sources, key)
                if text is None:
                    kind = "int" if all(isinstance(v, int) for v in column) else None
                    if all(isinstance(v, Activation) for v in column):
                        kind = "plait::activation"
                    if kind is None and all(isinstance(v, tuple) for v in column):
                        square = all(v[0] == v[1] for v in column)
                        kind = "int" if square else "per_axis"
                        column = tuple(v[0] for v in column) if square else column
                    if kind is None:
                        return None
                    text = taken.get((self.word_of(key), column))
                    if text is None:
                        text = self.member_name(key, [member[0] for member in members], outs[-1:] == [column])
                        taken[self.word_of(key), column] = text
                        default = {"stride": 1, "kernel": 3}.get(self.word_of(key))
                        members.append((text, kind, default if kind == "int" else None))
                        for use, value in zip(arguments, column):
                            use[text] = value
                slots[index, key] = text
        if len(members) > MOST_MEMBERS:
            return None
        order = {"out": 0}
        members.sort(key=lambda member: (member[2] is not None, order.get(member[0], 1)))
        return members, slots, arguments

    @staticmethod
    def slots_of(step):
        if step.kind == "unit":
            return [("argument", member[0]) for member in step.unit.members]
        if step.kind == "residual":
            return [("child", i, key) for i, child in enumerate(step.children) for key in Structure.slots_of(child)]
        return MEMBERS.get(step.kind, ())

    @staticmethod
    def value_at(step, key):
        if isinstance(key, tuple) and key[0] == "child":
            return Structure.value_at(step.children[key[1]], key[2])
        if isinstance(key, tuple):
            return step.numbers["arguments"][key[1]]
        return step.numbers[key]

    @staticmethod
    def word_of(key):
        """The member that a slot is about: "out" of a child's argument."""
        while isinstance(key, tuple):
            key = key[-1]
        return key

    @staticmethod
    def source_of(use):
        made = {step.output for step in use}
        return next(value for step in use for value in step.inputs if value not in made)

    @staticmethod
    def without_member(column, inputs, sources, key):
        """What a slot says that needs no member; None where it does."""
        if len(set(column)) == 1:
            return ("literal", column[0])
        if Structure.word_of(key) not in ("stride", "kernel", "activation", "act"):
            if not all(isinstance(value, int) for value in column):
                return None
            for word, maps in (("source", sources), ("own", inputs)):
                ratios = {Fraction(value, value_map.channels) for value, value_map in zip(column, maps)}
                if len(ratios) == 1:
                    ratio = ratios.pop()
                    if ratio.denominator == 1 and word == "source":
                        return ("times_source", int(ratio))
                    if ratio.numerator == 1 and word == "source":
                        return ("part_of_source", int(ratio.denominator))
        return None

    @staticmethod
    def member_name(key, taken, is_last):
        name = Structure.word_of(key)
        if name == "out" and isinstance(key, str) and not is_last:
            name = "width"
        name = {"activation": "act"}.get(name, name)
        while name in taken:
            stem, _, number = name.rpartition("_")
            name = f"{stem}_{int(number) + 1}" if stem and number.isdigit() else f"{name}_2"
        return name

    def make_unit(self, ranges, found):
        members, slots, arguments = found
        steps = self.program.steps
        uses = [steps[begin:end] for begin, end in ranges]
        first = uses[0]
        unit = Unit(self.unit_name(first), first, self.source_of(first), first[-1].output, members, slots, len(uses))
        self.units.append(unit)
        for use, given in zip(uses, arguments):
            made = Step("unit", [self.source_of(use)], use[-1].output.shape, {"arguments": given}, {},
                        [node for step in use for node in step.nodes])
            made.unit = unit
            made.children = use
            made.output.tensor = use[-1].output.tensor
            at = next(i for i, step in enumerate(self.program.steps) if step is use[0])
            self.program.steps[at:at + len(use)] = [made]
            self.replace_outside(use, made)

    def replace_outside(self, use, made):
        old = use[-1].output
        for step in self.program.steps:
            step.inputs = [made.output if value is old else value for value in step.inputs]
        self.program.outputs = [made.output if value is old else value for value in self.program.outputs]

    def unit_name(self, steps):
        kinds = [step.kind for step in steps]
        convs = [step for step in steps if step.kind in ("conv", "depthwise")]
        shape = "".join("d" if step.kind == "depthwise" else "p" if step.numbers["kernel"] == (1, 1) else "k"
                        for step in convs)
        source = self.source_of(steps)
        adds_input = any(step.kind == "binary" and step.reads(source) for step in steps)
        if "shuffle" in kinds:
            name = "shuffle_unit"
        elif "concat" in kinds and any(step.kind == "concat" and step.reads(source) for step in steps):
            name = "dense_unit"
        elif "concat" in kinds:
            name = "branches"
        elif adds_input:
            name = "residual_unit"
        elif steps[-1].kind == "binary" and steps[-1].numbers["operation"] == "add":
            name = "projection_unit"
        elif shape == "pdp":
            name = "inverted_bottleneck"
        elif shape == "pkp":
            name = "bottleneck"
        elif shape == "dp":
            name = "separable"
        elif shape == "pd":
            name = "pointwise_depthwise"
        elif len(convs) == len(steps) and len(convs) > 1:
            name = "convolutions"
        else:
            name = "unit"
        taken = {unit.name for unit in self.units}
        number = 2
        unique = name
        while unique in taken:
            unique = f"{name}_{number}"
            number += 1
        return unique

    # Residual sums.

    def residuals(self, longest):
        for step in list(self.program.steps):
            self.residual(step, longest)

    def residual(self, step, longest):
        """x + f(x), where f is a block, or two convolutions."""
        if step.kind != "binary" or step.numbers["operation"] != "add" or step.inputs[0] is step.inputs[1]:
            return
        if step.inputs[0].shape != step.inputs[1].shape:
            return
        for x, y in (step.inputs, step.inputs[::-1]):
            chain, value = [], y
            while value is not x and len(chain) < longest:
                layer = self.alone(value)
                if layer is None or layer.kind not in ("conv", "depthwise", "unit"):
                    break
                chain.insert(0, layer)
                value = layer.inputs[0]
            if value is x and chain:
                made = self.collapse("residual", chain + [step], x, step.output, {
                    "activation": step.numbers["activation"]})
                made.children = chain
                return


def text_of(value):
    if isinstance(value, Activation):
        return f"{value.word}{value.numbers}"
    return str(value)
