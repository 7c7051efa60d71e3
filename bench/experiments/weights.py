# SPDX-License-Identifier: BSD-3-Clause
"""Copies trained weights as IEEE halves, with a card that says what they are."""
import json
import pathlib
import struct

import page
import results
import rows as known
import runner
from results import Refusal

SEED = 1  # no run is chosen by what it reached on test pictures


def read_tensors(path):
    """Names to shapes and values of a safetensors file of floats."""
    try:
        content = path.read_bytes()
        size = struct.unpack("<Q", content[:8])[0]
        header = json.loads(content[8:8 + size])
        tensors = {}
        for name, entry in header.items():
            if name == "__metadata__":
                continue
            begin, end = entry["data_offsets"]
            data = content[8 + size + begin:8 + size + end]
            if entry["dtype"] != "F32":
                raise ValueError(f"{name} is {entry['dtype']}")
            tensors[name] = entry["shape"], struct.unpack(f"<{len(data) // 4}f", data)
        return tensors
    except (OSError, ValueError, KeyError, struct.error) as error:
        raise Refusal(f"{path}: is no safetensors file of floats, as train writes it ({error})") from error


def half_bytes(tensors):
    header, data = {"__metadata__": {"format": "pt"}}, b""
    for name, (shape, values) in tensors.items():
        try:
            packed = struct.pack(f"<{len(values)}e", *values)
        except OverflowError as error:
            raise Refusal(f"tensor {name} has a value beyond what a half holds") from error
        header[name] = {"dtype": "F16", "shape": shape, "data_offsets": [len(data), len(data) + len(packed)]}
        data += packed
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + data


def card(row, entry, score):
    data = page.NAMES[row.data]
    per_class = score["by_class"]
    classes = page.table(["class", "accuracy"], [[label, f"{value:.1f}"] for label, value in per_class.items()])
    apart = f" The published mean is {row.published:.2f} %." if row.published is not None else ""
    address = runner.SETS[row.data][3]
    return "\n\n".join([
        f"# {row.title} for {data}",
        page.wrapped(f"`{row.name}.safetensors` holds the network `{row.network}` ({entry['parameters']:,} parameters, "
                     f"{entry['multiply_adds'] / 1e6:.1f} million multiply-adds): a PyTorch `state_dict` in "
                     "safetensors, F16, with the batch-norm statistics. The input is 3 x 32 x 32, red, green and blue "
                     "divided by 255, with no mean or deviation."),
        page.wrapped(f"**Recipe.** {row.epochs} epochs of SGD with Nesterov's momentum of 0.9, a learning rate of 0.1 "
                     "that falls to 0 along a cosine by epoch, weight decay of 1e-4, batches of 128, crops with a "
                     f"padding of 4 and mirrored pictures; seed {entry['seed']}; the last epoch, whatever it reached. "
                     "It took "
                     f"{entry['seconds'] / 60:.0f} minutes ({entry.get('processor_seconds', 0) / 60:.0f} of the "
                     f"processor's) on {entry.get('processor', 'one core')}."),
        page.command_block(entry["command"]),
        page.wrapped(f"**Accuracy.** {score['top1']:,} of {score['pictures']:,} test pictures with these halves "
                     f"({100 * score['top1'] / score['pictures']:.2f} %), {entry['top1']:,} with the floats that were "
                     f"trained, and {score['top5']:,} among the first five.{apart}"),
        classes,
        page.wrapped(f"**Data.** {data} (A. Krizhevsky, 2009), its 50,000 training pictures: {address}"),
        "**Licence.** BSD-3-Clause, like the rest of Plait.", ""])


def ship(options):
    entries = results.read(options.results)
    shipped = 0
    for row in known.table():
        entry = next((entry for entry in page.of_row(row, entries) if entry["seed"] == SEED), None)
        source = runner.Job(row, SEED, options).output
        if entry is None or not source.is_file():
            continue
        if shipped == 0:
            runner.check_data(options.data, [row])
        runner.build([runner.Job(row, SEED, options)], options)
        target = pathlib.Path(options.into) / f"{row.name}.safetensors"
        beside = target.with_name(target.name + ".new")
        try:
            beside.write_bytes(half_bytes(read_tensors(source)))
            score = runner.Job(row, SEED, options).evaluate(beside)
            beside.replace(target)
        except OSError as error:
            raise Refusal(f"{target}: cannot be written ({error.strerror})") from error
        finally:
            beside.unlink(missing_ok=True)
        results.write_text(target.with_suffix(".md"), card(row, entry, score))
        print(f"wrote {target}: {100 * score['top1'] / score['pictures']:.2f} %")
        shipped += 1
    print(f"{shipped} of {len(known.table())} rows have weights in {options.work}")
    return 0
