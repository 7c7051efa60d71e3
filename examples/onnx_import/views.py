# SPDX-License-Identifier: BSD-3-Clause
"""How a tensor of the file lies over a map of channels x rows x columns.

Reshape, Transpose, Flatten and Squeeze move no value here: they only say anew which digits of channel, row and column
number each dimension counts. What they mean is decided where somebody reads the tensor.
"""

from typing import NamedTuple

import numpy as np


class Atom(NamedTuple):
    """Digits of one axis of a map: `size` steps of `stride`."""

    axis: str  # "c", "h" or "w"
    size: int
    stride: int


def product(numbers):
    result = 1
    for number in numbers:
        result *= int(number)
    return result


def _merged(atoms):
    """The same digits in as few atoms as can be."""
    result = []
    for atom in atoms:
        if atom.size == 1:
            continue
        last = result[-1] if result else None
        if last and last.axis == atom.axis and last.stride == atom.size * atom.stride:
            result[-1] = Atom(atom.axis, last.size * atom.size, atom.stride)
        else:
            result.append(atom)
    return tuple(result)


class View:
    """For each dimension of a tensor the atoms that it counts, from the slowest to the fastest."""

    def __init__(self, dims):
        self.dims = tuple(_merged(atoms) for atoms in dims)

    @staticmethod
    def of_map(shape, rank=4):
        """The usual view of a map: [1, C, H, W], [1, C, W] or [1, C]."""
        channels, rows, columns = shape
        dims = [[], [Atom("c", channels, 1)], [Atom("h", rows, 1)], [Atom("w", columns, 1)]]
        if rank == 3:
            return View([dims[0], dims[1], dims[2] + dims[3]])
        if rank == 2:
            return View([dims[0], dims[1] + dims[2] + dims[3]])
        return View(dims)

    @property
    def shape(self):
        return tuple(product(atom.size for atom in atoms) for atoms in self.dims)

    def __eq__(self, other):
        return self.dims == other.dims

    def __hash__(self):
        return hash(self.dims)

    def transposed(self, order):
        return View([self.dims[i] for i in order])

    def reshaped(self, shape):
        """None where a dimension would hold a part of an atom that has no such part."""
        rest = [atom for atoms in self.dims for atom in atoms][::-1]
        dims = []
        for size in shape:
            atoms = []
            need = int(size)
            while need > 1:
                if not rest:
                    return None
                atom = rest.pop()
                if need % atom.size == 0:
                    atoms.append(atom)
                    need //= atom.size
                elif atom.size % need == 0:
                    part = atom.size // need
                    atoms.append(Atom(atom.axis, need, atom.stride * part))
                    rest.append(Atom(atom.axis, part, atom.stride))
                    need = 1
                else:
                    return None
            dims.append(atoms)
        return None if rest else View(dims)

    def with_dim(self, index, atoms):
        return View([atoms if i == index else dim for i, dim in enumerate(self.dims)])

    def without_dim(self, index):
        return View([dim for i, dim in enumerate(self.dims) if i != index])

    def padded_to(self, rank):
        """With dimensions of 1 in front."""
        return View([()] * (rank - len(self.dims)) + list(self.dims))

    def roles(self):
        """Which dimension counts channels, rows and columns; None where they mix."""
        found = {}
        for index, atoms in enumerate(self.dims):
            for atom in atoms:
                if found.setdefault(atom.axis, index) != index:
                    return None
            if len({atom.axis for atom in atoms}) > 1:
                return None
        return found

    def axes(self):
        return {atom.axis for atoms in self.dims for atom in atoms}

    def to_map(self, array, shape):
        """An array of the tensor's shape as channels x rows x columns."""
        atoms = [atom for dim in self.dims for atom in dim]
        spread = np.reshape(array, [atom.size for atom in atoms])
        order = sorted(range(len(atoms)), key=lambda i: ("chw".index(atoms[i].axis), -atoms[i].stride))
        return np.ascontiguousarray(np.transpose(spread, order)).reshape(shape)
