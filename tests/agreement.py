# SPDX-License-Identifier: BSD-3-Clause
"""The one comparison of Python's tests, as plait/core/agreement.hpp is of C++'s: what is not finite never agrees.

>>> largest_difference([1, 2.5], [1, 2])
0.5
>>> largest_deviation([1, -4.5], [1, -4])
0.125
>>> largest_deviation([0, 0], [0, 0])
0.0
>>> largest_deviation([0, 1e-30], [0, 0])
inf
>>> nan, inf = float("nan"), float("inf")
>>> largest_difference([1, nan], [1, 2])
Traceback (most recent call last):
ValueError: value 1 of 2 is nan where 2 was expected: both must be finite
>>> largest_deviation([5, 6], [inf, 1])
Traceback (most recent call last):
ValueError: value 0 of 2 is 5 where inf was expected: both must be finite
>>> largest_deviation([1], [1, 2])
Traceback (most recent call last):
ValueError: 1 values were found where 2 were expected
>>> largest_deviation([], [])
Traceback (most recent call last):
ValueError: no values were found, and none expected: there is nothing to compare
"""
import math


def largest_difference(found, expected):
    """Of two sequences of numbers."""
    if len(found) != len(expected):
        raise ValueError(f"{len(found)} values were found where {len(expected)} were expected")
    if not len(found):
        raise ValueError("no values were found, and none expected: there is nothing to compare")
    for i, (value, wanted) in enumerate(zip(found, expected)):
        if not (math.isfinite(value) and math.isfinite(wanted)):
            raise ValueError(f"value {i} of {len(found)} is {value} where {wanted} was expected: both must be finite")
    return max(abs(value - wanted) for value, wanted in zip(found, expected))


def largest_deviation(found, expected):
    """The same as a fraction of the largest magnitude that was expected."""
    difference = largest_difference(found, expected)
    largest = max(map(abs, expected))
    return float(difference / largest) if largest > 0 else math.inf if difference > 0 else 0.0
