# SPDX-License-Identifier: BSD-3-Clause
"""What the importer says of a model that it does not take: one sentence."""

LONGEST_NAME = 80


class Refusal(Exception):
    """One sentence: what, where, what was expected, what was found."""


def quoted(name, longest=LONGEST_NAME):
    """A name of the file between quotes, on one line, as a reader can find it again; long ones are cut.

    >>> quoted("conv/1")
    "'conv/1'"
    >>> print(quoted("a\\n'b"))
    'a\\n\\'b'
    >>> quoted("x" * 100, longest=5)
    "'xxxxx...' (100 characters)"
    """
    text = name.decode("utf-8", "backslashreplace") if isinstance(name, bytes) else str(name)
    shown = "".join(_escaped(letter) for letter in text[:longest])
    return f"'{shown}'" if len(text) <= longest else f"'{shown}...' ({len(text):,} characters)"


def _escaped(letter):
    if letter in "\\'":
        return "\\" + letter
    if letter.isprintable():
        return letter
    return letter.encode("unicode_escape", "surrogatepass").decode("ascii")


def shape_words(shape):
    """[1, 3, ?, ?] of a shape whose unknown extents are None or names."""
    return "[" + ", ".join(str(extent) if isinstance(extent, int) else "?" for extent in shape) + "]"


def node_words(node, shapes=None):
    """A node with its operator and the tensors around it; `shapes` gives those that are known, by name."""
    def tensor(name):
        shape = (shapes or {}).get(name)
        return quoted(name, 40) + (" " + shape_words(shape) if shape is not None else "")

    def tensors(names, most=4):
        names = [name for name in names if name]
        more = f" and {len(names) - most} more" if len(names) > most else ""
        return ", ".join(tensor(name) for name in names[:most]) + more

    name = f"node {quoted(node.name)}" if node.name else "a node without a name"
    operator = node.op_type if node.op_type.isidentifier() and len(node.op_type) < 40 else quoted(node.op_type, 40)
    return f"{name} ({operator} of {tensors(node.input) or 'nothing'} to {tensors(node.output) or 'nothing'})"
