# SPDX-License-Identifier: BSD-3-Clause
"""Writes a network as C++ that reads as if somebody had written it."""

import re
from fractions import Fraction

from .fuse import multiply_adds_of, parameters_of
from .maps import NONE
from .words import Words, activation, comment, number

LONGEST_LINE = 108
LETTERS = "xyzuvwabcdefhijklmnopqrst"  # not g, which is the graph
MOST_ROWS_OF_A_CHAIN = 40


def wrapped(line, indent):
    """The line, or several of at most LONGEST_LINE characters."""
    lines = []
    text = " " * indent + line
    while len(text) > LONGEST_LINE:
        code = text.split("  // ")[0]
        if len(code) <= LONGEST_LINE and code != text:
            room = LONGEST_LINE - len(code) - 5
            return lines + [code + "  // " + comment(text[len(code) + 5:], room) if room > 8 else code]
        at = text.rfind(", ", indent + 8, LONGEST_LINE)
        if at < 0:
            break
        lines.append(text[:at + 1])
        text = " " * (indent + 8) + text[at + 2:]
    return lines + [text]


def shape_words(shape):
    return f"shape{{.channels = {shape[0]}, .height = {shape[1]}, .width = {shape[2]}}}"


def label_of(nodes, weight_names):
    """What the file calls the nodes: a common scope of their weights or their names."""
    labels = []
    for node in nodes:
        for name in node.inputs:
            if name in weight_names and not re.search(r"::|^\d+$", name):
                labels.append(re.sub(r"[./](weight|bias|W|B|kernel|gamma)(_\d+|:0)?$", "", name))
                break
    if not labels:
        labels = [node.name or node.outputs[0] for node in nodes]
    if not labels:
        return ""
    unique = list(dict.fromkeys(labels))
    if len(unique) == 1:
        return unique[0]
    parts = [re.split(r"([./])", label) for label in unique]
    common = []
    for pieces in zip(*parts):
        if len(set(pieces)) > 1:
            break
        common.append(pieces[0])
    text = "".join(common).rstrip("./")
    return text if text else f"{unique[0]} to {unique[-1]}"


class BlockWriter:
    """The body of a block: statements over maps."""

    def __init__(self, steps, sources, results, weight_names, words, in_unit, keeps_source=False):
        self.steps = [step for step in steps if step.kind != "slice"]
        self.names = dict(zip(sources, "x"))
        self.results = results
        self.weight_names = weight_names
        self.words = words
        self.in_unit = in_unit
        self.taken = set(self.names.values())
        self.kept = set(sources) if keeps_source else set()

    # Which map is read where.

    def root(self, value):
        while value.made_by is not None and value.made_by.kind == "slice":
            value = value.made_by.inputs[0]
        return value

    def last_reads(self):
        last = {}
        for i, step in enumerate(self.steps):
            for value in step.inputs:
                last[self.root(value)] = i
        for value in (*self.results, *self.kept):
            last[self.root(value)] = len(self.steps)
        return last

    def expression(self, value):
        if value.made_by is not None and value.made_by.kind == "slice" and value not in self.names:
            step = value.made_by
            base = self.expression(step.inputs[0])
            begin, end = step.numbers["begin"], step.numbers["end"]
            if self.in_unit and "." not in base:
                return f"{base}.slice({self.share(base, step, begin)}, {self.share(base, step, end)})"
            return f"{base}.slice({begin}, {end})"
        return self.names[value]

    @staticmethod
    def share(base, step, channel):
        part = Fraction(channel, step.inputs[0].channels)
        if part == 0:
            return "0"
        times = "" if part.numerator == 1 else f"{part.numerator} * "
        over = "" if part.denominator == 1 else f" / {part.denominator}"
        return f"{times}{base}.count{over}"

    # Statements.

    def is_chain(self):
        """Whether each step reads what the one before makes, and nothing else is read or made."""
        before = next(iter(self.names), None)
        for step in self.steps:
            if len(step.inputs) != 1 or step.inputs[0] is not before or step.kind in ("binary", "concat", "input"):
                return False
            before = step.output
        return len(self.results) == 1 and self.results[0] is before

    def blocks(self):
        """Of a chain: (block, label), equal ones that follow each other as one `repeat`."""
        found = []
        for step in self.steps:
            block = self.words_of(step).block(step)
            if found and found[-1][0] == block:
                found[-1][1].append(step)
            else:
                found.append((block, [step]))
        return [(self.repeated(block, len(steps)), label_of([n for s in steps for n in s.nodes], self.weight_names))
                for block, steps in found]

    @staticmethod
    def repeated(block, times):
        return block if times == 1 else f"repeat<{times}, {block}>"

    def words_of(self, step):
        return self.words(step)

    def lines(self):
        last = self.last_reads()
        rows = []
        assigned = {}
        for i, step in enumerate(self.steps):
            text = self.value_of(step)
            free = [self.names[self.root(value)] for value in step.inputs if last.get(self.root(value)) == i
                    and self.root(value) in self.names]
            if free:
                name = free[0]
                rows.append([name, False, text, [step]])
            else:
                name = next((n for n in LETTERS if n not in self.taken), None) or f"m{len(self.taken)}"
                self.taken.add(name)
                rows.append([name, True, text, [step]])
            assigned[name] = assigned.get(name, 0) + 1
            self.names[step.output] = name
        return self.with_repeats(rows), assigned

    @staticmethod
    def with_repeats(rows):
        """Lines x = g(x, block) that follow each other and are equal, as one."""
        kept = []
        for row in rows:
            before = kept[-1] if kept else None
            if before and not row[1] and row[2].startswith(f"g({row[0]}, ") and before[0] == row[0] and (
                    before[2] == row[2]) and before[3][-1].output in row[3][0].inputs:
                before[3] += row[3]
            else:
                kept.append(row)
        for row in kept:
            if len(row[3]) > 1:
                source, block = row[2][2:-1].split(", ", 1)
                row[2] = f"g({source}, repeat<{len(row[3])}, {block}>)"
        return kept

    def value_of(self, step):
        inputs = [self.expression(value) for value in step.inputs]
        n = step.numbers
        if step.kind == "binary":
            act = n["activation"]
            also = f", {activation(act)}" if act != NONE else ""
            return f"g.{n['operation']}({inputs[0]}, {inputs[1]}{also})"
        if step.kind == "concat":
            return f"g.concat({', '.join(inputs)})"
        if step.kind == "input":
            return f"g.input({shape_words(step.output.shape)})"
        return f"g({inputs[0]}, {self.words_of(step).block(step)})"

    def body(self, indent):
        rows, _ = self.lines()
        lines = []
        declared = set("x")
        for position, (name, is_new, text, steps) in enumerate(rows):
            label = label_of([node for step in steps for node in step.nodes], self.weight_names)
            also = "" if self.in_unit or not label else "  // " + comment(label)
            is_last = position == len(rows) - 1 and self.results == [steps[-1].output]
            if is_last:
                lines += wrapped(f"return {text};{also}", indent)
                return lines
            is_changed = any(row[0] == name for row in rows[position + 1:])
            declare = "" if name in declared else "feature_map " if is_changed else "const feature_map "
            declared.add(name)
            lines += wrapped(f"{declare}{name} = {text};{also}", indent)
        for value in self.results[:-1]:
            lines.append(" " * indent + f"g.output({self.expression(value)});")
        lines.append(" " * indent + f"return {self.expression(self.results[-1])};")
        return lines


class HeaderWriter:
    def __init__(self, program, units, name, weight_names, epsilon):
        self.program = program
        self.units = units
        self.name = name
        self.weight_names = weight_names
        self.epsilon = epsilon

    def plain_words(self, _):
        return Words(default_epsilon=self.epsilon)

    def network_lines(self):
        """The units, then the network."""
        lines = []
        for unit in self.units:
            lines += self.unit_lines(unit) + [""]
        steps = self.program.steps
        shape = shape_words(self.program.inputs[0].shape)
        writer = BlockWriter(steps, self.program.inputs[:1], self.program.outputs, self.weight_names,
                             self.plain_words, False)
        norms = [] if self.epsilon == 1e-5 else [(f"norms{{.epsilon = {number(self.epsilon)}}}", "")]
        if writer.is_chain():
            blocks = norms + writer.blocks()
            if len(blocks) <= MOST_ROWS_OF_A_CHAIN:
                lines.append(f"using network = plait::network<{shape},  //")
                for i, (block, label) in enumerate(blocks):
                    end = ">;" if i == len(blocks) - 1 else ","
                    also = f"  // {comment(label)}" if label else ""
                    lines += wrapped(f"{block}{end}{also}", 4)
                return lines
        lines += ["struct layers {", "    static constexpr bool composite = true;", "",
                  "    constexpr refusal check(shape) const { return {}; }",
                  "    constexpr feature_map lower(graph& g, feature_map x) const {"]
        if norms:
            lines.append(f"        x = g(x, {norms[0][0]});")
        lines += writer.body(8)
        lines += ["    }", "};", "", f"using network = plait::network<{shape}, layers{{}}>;"]
        return lines

    def unit_lines(self, unit):
        lines = [f"/// {unit.uses} times.", f"struct {unit.name} {{"]
        for name, kind, default in unit.members:
            lines.append(f"    {kind} {name}" + (f" = {default};" if default is not None else ";"))
        if unit.members:
            lines.append("")

        def words(step):
            index = next((i for i, each in enumerate(unit.steps) if each is step), None)
            return Words(lambda key: self.slot_text(unit, step, index, key), self.epsilon)

        counts_source = any(isinstance(slot, tuple) and slot[0] != "literal" for slot in unit.slots.values())
        writer = BlockWriter(unit.steps, [unit.source], [unit.result], self.weight_names, words, True, counts_source)
        lines += ["    constexpr refusal check(shape) const { return {}; }",
                  "    constexpr feature_map lower(graph& g, feature_map x) const {"]
        if writer.is_chain():
            blocks = [block for block, _ in writer.blocks()]
            lines.append(f"        return g(x, {blocks[0]}" + ("," if len(blocks) > 1 else ");"))
            for i, block in enumerate(blocks[1:]):
                lines += wrapped(block + (");" if i == len(blocks) - 2 else ","), 17)
        else:
            lines += writer.body(8)
        return lines + ["    }", "};"]

    @staticmethod
    def slot_text(unit, step, index, key):
        slot = unit.slots.get((index, key))
        if slot is None:
            return None
        if isinstance(slot, str):
            return slot
        word, number = slot
        if word == "literal":
            return str(number) if isinstance(number, int) else None
        if word == "times_source":
            return "x.count" if number == 1 else f"{number} * x.count"
        return f"x.count / {number}"


def totals_of(steps):
    """(parameters, multiply-adds) of steps and what is in them."""
    parameters = multiply_adds = 0
    for step in steps:
        if step.children:
            inner = totals_of(step.children)
            parameters += inner[0]
            multiply_adds += inner[1]
        else:
            parameters += parameters_of(step)
            multiply_adds += multiply_adds_of(step)
    return parameters, multiply_adds
