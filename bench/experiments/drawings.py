# SPDX-License-Identifier: BSD-3-Clause
"""Pictures of results: means with a bar of one standard deviation to either side, and every single run."""
import math
import pathlib
import statistics
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "docs"))
from draw_kernels import FAINT, INK, Drawing  # noqa: E402

MARK, RUN = "#2171b5", "#9ecae1"


def steps_of(low, high, most=7):
    """Round numbers from below `low` to above `high`."""
    span = max(high - low, 1e-9)
    size = 10 ** math.floor(math.log10(span / most))
    size = next(size * factor for factor in (1, 2, 5, 10) if span / (size * factor) <= most)
    first, last = math.floor(low / size), math.ceil(high / size)
    return [round(place * size, 6) for place in range(first, max(last, first + 1) + 1)]


def deviation(values):
    return statistics.stdev(values) if len(values) > 1 else 0.0


def ends_of(values):
    mean, bar = statistics.mean(values), deviation(values)
    return min([mean - bar, *values]), max([mean + bar, *values])


class Axis:
    """Values along a stretch of the drawing."""

    def __init__(self, begin, end, ticks):
        self.begin, self.end, self.ticks = begin, end, ticks

    def at(self, value):
        first, last = self.ticks[0], self.ticks[-1]
        return round(self.begin + (self.end - self.begin) * (value - first) / (last - first), 1)


def line(d, x1, y1, x2, y2, colour=FAINT, width=1.0):
    d.parts.append(f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="{colour}" stroke-width="{width}"/>')


def dot(d, x, y, radius, colour):
    d.parts.append(f'<circle cx="{x}" cy="{y}" r="{radius}" fill="{colour}"/>')


def vertical_bar(d, x, axis, values):
    """A mean at `x`, over single runs and a bar."""
    mean, bar = statistics.mean(values), deviation(values)
    for value in values:
        dot(d, x, axis.at(value), 2.5, RUN)
    if bar:
        low, high = axis.at(mean - bar), axis.at(mean + bar)
        line(d, x, low, x, high, MARK, 1.4)
        for end in (low, high):
            line(d, x - 4, end, x + 4, end, MARK, 1.4)
    dot(d, x, axis.at(mean), 4, MARK)


def frame(d, across, up, below, beside):
    for tick in across.ticks:
        d.text(across.at(tick), up.begin + 18, f"{tick:g}", 10, FAINT, "middle")
    for tick in up.ticks:
        line(d, across.begin, up.at(tick), across.end, up.at(tick), "#eaeef2")
        d.text(across.begin - 8, up.at(tick) + 3.5, f"{tick:g}", 10, FAINT, "end")
    line(d, across.begin, up.begin, across.end, up.begin)
    d.text((across.begin + across.end) / 2, up.begin + 38, below, 11, INK, "middle")
    d.text(24, up.end - 12, beside, 11)


def label_places(points, height=13):
    """Heights for labels beside points, moved apart where they would lie over each other."""
    placed = []
    for x, y, words in sorted(points, key=lambda point: point[1]):
        at = y
        while any(abs(at - other_y) < height and abs(x - other_x) < 190 for other_x, other_y in placed):
            at += 2
        placed.append((x, at))
        yield x, round(at, 1), words


def accuracy_against_cost(named, title, below):
    """`named`: label, multiply-adds, accuracies."""
    d = Drawing(820, 520)
    d.heading(24, 34, title, below)
    millions = [macs / 1e6 for _, macs, _ in named]
    ends = [end for _, _, values in named for end in ends_of(values)]
    across = Axis(70, 620, steps_of(min(millions) - 0.2, max(millions) + 0.2))
    up = Axis(450, 96, steps_of(min(ends), max(ends)))
    frame(d, across, up, "million multiply-adds", "percent of the test pictures")
    points = []
    for label, macs, values in named:
        alike = [other for other, of_other, _ in named if of_other == macs]
        x = across.at(macs / 1e6) + 9 * (alike.index(label) - (len(alike) - 1) / 2)
        vertical_bar(d, x, up, values)
        points.append((x, up.at(statistics.mean(values)), label))
    for x, y, label in label_places(points):
        d.text(x + 9, y + 3.5, label, 10)
    return d.svg()


def accuracy_by_name(named, title, below):
    """`named`: label, accuracies; a line each, the best first."""
    named = sorted(named, key=lambda each: -statistics.mean(each[1]))
    d = Drawing(820, 130 + 30 * len(named))
    d.heading(24, 34, title, below)
    ends = [end for _, values in named for end in ends_of(values)]
    across = Axis(290, 780, steps_of(min(ends), max(ends)))
    bottom = 84 + 30 * len(named)
    for tick in across.ticks:
        line(d, across.at(tick), 74, across.at(tick), bottom, "#eaeef2")
        d.text(across.at(tick), bottom + 16, f"{tick:g}", 10, FAINT, "middle")
    d.text((across.begin + across.end) / 2, bottom + 36, "percent of the test pictures", 11, INK, "middle")
    for place, (label, values) in enumerate(named):
        y = 92 + 30 * place
        mean, bar = statistics.mean(values), deviation(values)
        d.text(278, y + 4, label, 11, INK, "end")
        for value in values:
            dot(d, across.at(value), y, 2.5, RUN)
        if bar:
            low, high = across.at(mean - bar), across.at(mean + bar)
            line(d, low, y, high, y, MARK, 1.4)
            for end in (low, high):
                line(d, end, y - 4, end, y + 4, MARK, 1.4)
        dot(d, across.at(mean), y, 4, MARK)
    return d.svg()


def accuracy_against_epochs(curve, aim, title, below):
    """`curve`: epochs of a whole training, accuracies at its end."""
    curve = sorted(curve)
    d = Drawing(820, 420)
    d.heading(24, 34, title, below)
    ends = [end for _, values in curve for end in ends_of(values)]
    across = Axis(70, 780, steps_of(0, max(epochs for epochs, _ in curve)))
    up = Axis(350, 96, steps_of(min([*ends, aim]), max([*ends, aim])))
    frame(d, across, up, "epochs of the whole training", "percent of the test pictures")
    line(d, across.begin, up.at(aim), across.end, up.at(aim), INK)
    d.text(across.begin + 6, up.at(aim) - 5, f"{aim:g} %", 10)
    points = [(across.at(epochs), up.at(statistics.mean(values))) for epochs, values in curve]
    for (x1, y1), (x2, y2) in zip(points, points[1:]):
        line(d, x1, y1, x2, y2, RUN, 1.4)
    for epochs, values in curve:
        vertical_bar(d, across.at(epochs), up, values)
    return d.svg()
