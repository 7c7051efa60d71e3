# SPDX-License-Identifier: BSD-3-Clause
"""The file that keeps what was measured, one entry for each row and seed."""
import contextlib
import fcntl
import json
import os
import pathlib

VERSION = 1
NUMBERS = ("seed", "epochs", "pictures", "top1", "accuracy", "seconds")
TEXTS = ("row", "network", "data", "command")


class Refusal(Exception):
    """One sentence for whoever called."""


def read_json(path):
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Refusal(f"{path}: cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise Refusal(f"{path}: is no whole JSON file ({error}), as one cut in half or a merge with conflicts is; "
                      "nothing was changed, and what was trained lies in the work folder, too") from error


def check_entry(entry, path, place):
    """Refuses what is no result."""
    if not isinstance(entry, dict):
        raise Refusal(f"{path}: result {place} is no object where one was expected")
    for key in TEXTS:
        if not isinstance(entry.get(key), str):
            raise Refusal(f"{path}: result {place} has no '{key}' where a text was expected")
    for key in NUMBERS:
        value = entry.get(key)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) < float("inf"):
            raise Refusal(f"{path}: result {place} ({entry['row']}) has no '{key}' where a number was expected")
    if not 0 <= entry["accuracy"] <= 100:
        raise Refusal(f"{path}: result {place} ({entry['row']}) has an accuracy of {entry['accuracy']} where 0 to 100 "
                      "was expected")


def read(path):
    """The results in a file; none where there is no file."""
    path = pathlib.Path(path)
    if not path.exists():
        return []
    document = read_json(path)
    version = document.get("version") if isinstance(document, dict) else None
    if version != VERSION:
        raise Refusal(f"{path}: is of version {version} where {VERSION} was expected: another bench/accuracy wrote it; "
                      "nothing was changed")
    found = document.get("results")
    if not isinstance(found, list):
        raise Refusal(f"{path}: has no list 'results' where one was expected")
    for place, entry in enumerate(found):
        check_entry(entry, path, place)
    return merged(found, [])


def key(entry):
    return entry["row"], entry["seed"]


def merged(first, second):
    """Both, in order; of one row and seed the first one."""
    by_key = {key(entry): entry for entry in reversed([*first, *second])}
    return [by_key[name] for name in sorted(by_key)]


def write_text(path, text):
    """A whole file or what was there before."""
    path = pathlib.Path(path)
    beside = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        with open(beside, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except OSError as error:
        raise Refusal(f"{path}: cannot be written ({error.strerror})") from error
    finally:
        beside.unlink(missing_ok=True)


def to_text(entries):
    lines = ",\n".join("  " + json.dumps(entry, ensure_ascii=False) for entry in entries)
    return f'{{"version": {VERSION}, "results": [' + (f"\n{lines}\n" if entries else "") + "]}\n"


@contextlib.contextmanager
def locked(path):
    """One writer of a file at a time."""
    try:
        folder = os.open(pathlib.Path(path).resolve().parent, os.O_RDONLY)
    except OSError as error:
        raise Refusal(f"{path}: its folder cannot be read ({error.strerror})") from error
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def add(path, entries):
    """Adds to a file what it lacks; how many that were."""
    with locked(path):
        before = read(path)
        after = merged(before, entries)
        if len(after) != len(before):
            write_text(path, to_text(after))
        return len(after) - len(before)
