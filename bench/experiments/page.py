# SPDX-License-Identifier: BSD-3-Clause
"""Fills docs/experiments.md and draws its pictures from results alone: what is not there is said to be missing."""
import pathlib
import re
import statistics

import drawings
import results
import rows as known
from results import Refusal

ROOT = pathlib.Path(__file__).resolve().parents[2]
NAMES = {"cifar10": "CIFAR-10", "cifar100": "CIFAR-100"}


def of_row(row, entries):
    """Results with any seed, in the order of seeds."""
    return sorted((entry for entry in entries if entry["row"] == row.name), key=lambda entry: entry["seed"])


def accuracy_words(found):
    values = [entry["accuracy"] for entry in found]
    if not values:
        return "missing"
    if len(values) == 1:
        return f"{values[0]:.2f}"
    return f"{statistics.mean(values):.2f} ± {statistics.stdev(values):.2f}"


def seeds_words(found):
    return ", ".join(str(entry["seed"]) for entry in found) or "none"


def minutes(found, key="seconds"):
    return f"{statistics.mean(entry.get(key, 0) for entry in found) / 60:.0f}" if found else ""


def table(heads, lines):
    return "\n".join([f"| {' | '.join(heads)} |", "|" + "---|" * len(heads),
                      *(f"| {' | '.join(line)} |" for line in lines)])


def wrapped(words, width=118):
    made, line = [], ""
    for word in words.split(" "):
        if line and len(line) + 1 + len(word) > width:
            made.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    return "\n".join([*made, line])


def command_block(command):
    """A command over several lines, options beside their values."""
    together = "\u00a0"
    words = wrapped(re.sub(r"(--[\w-]+) ", rf"\1{together}", command), 100)
    return "```sh\n" + words.replace("\n", " \\\n    ").replace(together, " ") + "\n```"


def missing_words(rows, entries):
    """One sentence on what is not there yet."""
    none = [row.title + (f" on {NAMES[row.data]}" if row.group == "table" else "")
            for row in rows if not of_row(row, entries)]
    few = [row for row in rows if 0 < len(of_row(row, entries)) < len(row.seeds)]
    if not none and not few:
        return "Nothing is missing."
    if len(none) == len(rows):
        return f"All {len(rows)} are missing still."
    words = []
    if none:
        words.append(f"Missing are {len(none)} of {len(rows)}: {'; '.join(none)}.")
    if few:
        words.append(f"Seeds are missing of {len(few)}.")
    return wrapped(" ".join(words))


def published_table(entries):
    lines = []
    for row in known.table():
        found = of_row(row, entries)
        here = accuracy_words(found)
        beside = f"{row.published:.2f}" if row.published is not None else "not in its table"
        apart = (f"{statistics.mean(entry['accuracy'] for entry in found) - row.published:+.2f}"
                 if found and row.published is not None else "")
        lines.append([row.title, f"{row.multiply_adds / 1e6:.1f} M", NAMES[row.data], beside, here, apart,
                      seeds_words(found), minutes(found), minutes(found, "processor_seconds")])
    heads = ["network", "multiply-adds", "pictures", "published", "here", "apart", "seeds", "minutes",
             "processor's minutes"]
    return [table(heads, lines), missing_words(known.table(), entries)], {}


def variants_table(entries):
    base = statistics.mean([entry["accuracy"] for entry in of_row(known.variants()[0], entries)] or [0])
    lines, by_cost, by_name = [], [], []
    for row in known.variants():
        found = of_row(row, entries)
        apart = f"{statistics.mean(e['accuracy'] for e in found) - base:+.2f}" if found and base else ""
        lines.append([row.title, f"{row.multiply_adds / 1e6:.2f} M", f"{row.parameters:,}",
                      accuracy_words(found), apart, seeds_words(found)])
        if found:
            values = [entry["accuracy"] for entry in found]
            by_name.append((row.title, values))
            by_cost.append((row.title, row.multiply_adds, values))
    heads = ["variant", "multiply-adds", "parameters", "accuracy", "beside the first", "seeds"]
    parts = [table(heads, lines), missing_words(known.variants(), entries)]
    pictures = {}
    below = "AugShuffleNet 0.5x on CIFAR-10 after 15 epochs; bars: one standard deviation of the runs"
    if by_name:
        pictures["experiments_cost.svg"] = drawings.accuracy_against_cost(
            by_cost, "Accuracy and multiply-adds", below)
        parts.append(wrapped("![Accuracy of each variant after 15 epochs over its multiply-adds, a dot for the mean "
                             "with a bar of one standard deviation](pictures/experiments_cost.svg)"))
        pictures["experiments_variants.svg"] = drawings.accuracy_by_name(by_name, "Accuracy of each variant", below)
        parts.append(wrapped("![The same accuracies, a line for each variant, the best first]"
                             "(pictures/experiments_variants.svg)"))
    return parts, pictures


def tuning_table(entries):
    rows, recipe = known.tune(entries)
    lines = [[*row.options[1::2], accuracy_words(of_row(row, entries)), seeds_words(of_row(row, entries))]
             for row in rows]
    heads = [option.strip("-").replace("-", " ") for option in known.FIRST_RECIPE]
    parts = [table([*heads, "accuracy on what was held out", "seeds"], lines)]
    if recipe is None:
        return [*parts, "The tuning is not at its end, so there is no recipe and no curve yet."], {}
    options = " ".join(word for each in recipe.items() for word in each)
    command = command_block(f"build/examples/train --network {known.SHORT_NETWORK} --data DATA --output W --epochs 30 "
                            + options)
    return [*parts, "The recipe that was found, with 30 epochs:", command], {}


def short_table(entries):
    rows = sorted(known.short(entries), key=lambda row: row.epochs)
    if not rows:
        return ["The curve follows when the recipe is found."], {}
    lines, curve, reached = [], [], []
    for row in rows:
        found = of_row(row, entries)
        values = [entry["accuracy"] for entry in found]
        lines.append([str(row.epochs), accuracy_words(found), seeds_words(found), minutes(found),
                      minutes(found, "processor_seconds")])
        if values:
            curve.append((row.epochs, values))
        if len(values) >= len(row.seeds) and statistics.mean(values) >= known.AIM:
            reached.append(row.epochs)
    parts = [table(["epochs", "accuracy", "seeds", "minutes on two cores", "processor's minutes"], lines),
             missing_words(rows, entries)]
    if reached:
        parts.append(f"The fewest epochs that reach {known.AIM:.1f} % as a mean of three seeds: {min(reached)}.")
    elif len(curve) == len(rows):
        parts.append(f"None of them reaches {known.AIM:.1f} % as a mean of three seeds.")
    pictures = {}
    if curve:
        pictures["experiments_epochs.svg"] = drawings.accuracy_against_epochs(
            curve, known.AIM, "Accuracy of the short recipe",
            "AugShuffleNet 0.5x on CIFAR-10; each point trainings of their own, to a rate of zero")
        parts.append(wrapped("![Accuracy of the short recipe over the epochs of a whole training]"
                             "(pictures/experiments_epochs.svg)"))
    return parts, pictures


def runs_table(entries):
    """Every run; the options of the tuning are in its own table."""
    lines = [[f"`{entry['network']}`", str(entry["epochs"]), entry.get("options", ""), str(entry["seed"]),
              f"{entry['accuracy']:.2f}", minutes([entry]), minutes([entry], "processor_seconds")]
             for row in known.every_row(entries) if not row.held_out for entry in of_row(row, entries)]
    if not lines:
        return ["There is none yet."], {}
    heads = ["network", "epochs", "options", "seed", "accuracy", "minutes", "processor's minutes"]
    return [table(heads, lines)], {}


PARTS = {"published table": published_table, "variants": variants_table, "tuning": tuning_table, "curve": short_table,
         "runs": runs_table}


def fill(text, entries, source):
    """The page with its parts made anew, and the pictures of it by name."""
    pictures = {}
    for name, make in PARTS.items():
        begin, end = f"<!-- {name}: filled by bench/accuracy table -->", f"<!-- end of {name} -->"
        if text.count(begin) != 1 or text.count(end) != 1 or text.index(begin) > text.index(end):
            raise Refusal(f"{source}: has no '{begin}' and after it '{end}' once each, between which the part is to go")
        parts, drawn = make(entries)
        pictures.update(drawn)
        text = re.sub(re.escape(begin) + ".*?" + re.escape(end),
                      lambda _, parts=parts, begin=begin, end=end: "\n\n".join([begin, *parts, end]), text,
                      flags=re.DOTALL)
    return text, pictures


def make(options):
    page = options.docs / "experiments.md"
    try:
        before = page.read_text(encoding="utf-8")
    except OSError as error:
        raise Refusal(f"{page}: cannot be read ({error.strerror})") from error
    text, pictures = fill(before, results.read(options.results), page)
    files = {page: text, **{options.docs / "pictures" / name: svg for name, svg in pictures.items()}}
    stale = [file for file, words in files.items()
             if not file.is_file() or file.read_text(encoding="utf-8") != words]
    if options.check:
        if stale:
            raise Refusal(f"{stale[0]}: is not what {options.results} makes of it: bench/accuracy table fills it")
        return 0
    for file in stale:
        results.write_text(file, files[file])
        print(f"wrote {file}")
    return 0
