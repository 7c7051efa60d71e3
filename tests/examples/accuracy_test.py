#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""bench/accuracy with stand-ins for what trains and evaluates: killed and resumed, results of two machines, files that
are no results, the page that it fills and the weights that it ships.

usage: accuracy_test.py PROGRAMS SOURCE [SEED]
"""
import json
import os
import pathlib
import random
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time

from program_checks import Checks

# Says what it would have reached, and notes every epoch in a journal.
TRAIN = '''
import json, os, signal, struct, sys, time, zlib
words = sys.argv[1:]
resumes = "--resume" in words and not words.remove("--resume")
chosen = dict(zip(words[::2], words[1::2]))
output, epochs, folder = chosen["--output"], int(chosen["--epochs"]), os.path.dirname(__file__)
def read(path):
    with open(path, "rb") as file:
        return file.read()
asked = []
signal.signal(signal.SIGINT, lambda *_: asked.append(1))
if os.path.exists(folder + "/refuses") and read(folder + "/refuses") == chosen["--network"].encode():
    sys.exit("%s: loss is not finite" % chosen["--network"])
def write(path, content):
    with open(path + ".part", "wb") as file:
        file.write(content)
    os.replace(path + ".part", path)
def accuracy(epoch):
    recipe = " ".join(chosen.get(key, "") for key in sorted(chosen) if key not in ("--output", "--threads", "--data"))
    return 50 + 40 * epoch / epochs + zlib.crc32(recipe.encode()) / 2 ** 32
checkpoint, log = output + ".checkpoint", output + ".log.jsonl"
begin = int(read(checkpoint)) if resumes else 0
lines = read(log).decode().splitlines()[:begin] if begin else []
write(checkpoint, b"%d" % begin)
for epoch in range(begin + 1, epochs + 1):
    time.sleep(float(os.environ.get("EPOCH_SECONDS", "0")))
    if asked:
        sys.exit(0)
    with open(folder + "/journal", "a") as file:
        file.write("%s %d\\n" % (os.path.basename(output), epoch))
    lines.append(json.dumps({"epoch": epoch, "loss": 1 / epoch, "accuracy": accuracy(epoch), "rate": 0.1, "seconds": 60,
                             "pictures_per_second": 800, "processor_seconds": 50}))
    head = json.dumps({"linear.bias": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}).encode()
    write(output, struct.pack("<Q", len(head)) + head + struct.pack("<2f", accuracy(epoch), 1 / 3))
    write(log, ("\\n".join(lines) + "\\n").encode())
    write(checkpoint, b"%d" % epoch)
'''
EVALUATE = '''
import json, struct, sys
words = [word for word in sys.argv[1:] if word != "--json"]
chosen = dict(zip(words[::2], words[1::2]))
with open(chosen["--weights"], "rb") as file:
    content = file.read()
size = struct.unpack("<Q", content[:8])[0]
half = b"F16" in content[:8 + size]
reached = struct.unpack("<e" if half else "<f", content[8 + size:][:2 if half else 4])[0]
right = round(reached * 100)
print(json.dumps({"network": chosen["--network"], "parameters": 5, "multiply_adds": 7, "pictures": 10000, "top1": right,
                  "top5": 9900, "labels": ["cat", "dog"], "confusion": [[right // 2, 5000 - right // 2], [0, 5000]]}))
'''
FILES = ([f"cifar-10-batches-bin/data_batch_{n}.bin" for n in range(1, 6)] +
         ["cifar-10-batches-bin/test_batch.bin", "cifar-100-binary/train.bin", "cifar-100-binary/test.bin"])


class Script(Checks):
    """Calls bench/accuracy in a folder of its own."""

    def __init__(self, source, folder):
        super().__init__(source / "bench", source, folder)
        for name, text in (("train", TRAIN), ("evaluate", EVALUATE)):
            self.file(f"programs/{name}", f"#!{sys.executable} -SE\n{text}".encode()).chmod(0o755)
        for name in FILES:
            self.file(f"data/{name}")
        self.results, self.work = folder / "accuracy.json", folder / "work"

    def words(self, *arguments, work=None, results=None):
        return [*arguments, "--programs", self.folder / "programs", "--data", self.folder / "data", "--work",
                work or self.work, "--results", results or self.results, "--pause", "0.002", "--side-by-side", "2"]

    def begin(self, *arguments, epoch_seconds):
        environment = dict(os.environ, EPOCH_SECONDS=str(epoch_seconds))
        command = [str(word) for word in (self.programs / "accuracy", *self.words(*arguments))]
        return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def entries(self, file=None):
        return json.loads((file or self.results).read_text())["results"]

    def journal(self):
        return (self.folder / "programs/journal").read_text().splitlines()


def without_times(entries):
    return [{key: value for key, value in entry.items() if not key.endswith("seconds")} for entry in entries]


def test_kills(script, chance):
    """Killed anywhere, the same command ends with the results of one that went through, and no epoch is lost."""
    rows = ["train", "variant_augshufflenet_x0_5_cifar10", "variant_augshufflenet_never_x0_5_cifar10"]
    whole, kills = script.folder / "whole.json", 5
    script.accepts("accuracy", *script.words(*rows, work=script.folder / "other", results=whole),
                   words=["all is trained"])
    (script.folder / "programs/journal").unlink()
    for turn in range(kills):
        process = script.begin(*rows, epoch_seconds=0.01)
        time.sleep(chance.uniform(0.1, 0.4))
        process.send_signal(signal.SIGKILL if turn % 2 else signal.SIGTERM)
        process.communicate(timeout=60)
    for _ in range(100):
        done = script.run(["accuracy", *script.words(*rows)])
        if b"another bench/accuracy" not in done.stderr:  # else a trainer is in its last step
            break
    script.expect(done.returncode == 0 and b"all is trained" in done.stdout, rows, done, "goes on to the end")
    done = subprocess.CompletedProcess([], 0, b"", b"")
    script.expect(without_times(script.entries()) == without_times(script.entries(whole)), rows, done,
                  "other results than those of a call that nothing disturbs")
    epochs = script.journal()
    script.expect(len(set(epochs)) == 4 * 15, rows, done, f"{len(set(epochs))} epochs where 60 were expected")
    script.expect(len(epochs) <= 4 * 15 + 2 * kills, rows, done, f"{len(epochs)} epochs were trained")
    script.accepts("accuracy", *script.words(*rows), words=["all is trained"])
    script.expect(script.journal() == epochs, rows, done, "what is done was trained again")
    entry = script.entries()[0]
    command = ("build/bench/train_variants --network augshufflenet_never_x0_5_cifar10 --data DATA "
               "--output variant_augshufflenet_never_x0_5_cifar10_seed_1.safetensors --epochs 15 --seed 1")
    script.expect(entry["command"] == command and
                  entry["seconds"] == 900 and set(entry["by_class"]) == {"cat", "dog"}, rows, done, str(entry))


def test_what_lies_in_the_work_folder(script):
    """A results file that was lost, and a result cut in half, are made again without training."""
    rows = ["train", "variant_augshufflenet_x0_5_cifar10"]
    before, epochs = script.results.read_bytes(), script.journal()
    script.results.unlink()
    broken = script.work / "variant_augshufflenet_x0_5_cifar10_seed_1.result.json"
    broken.write_bytes(broken.read_bytes()[:50])
    script.accepts("accuracy", *script.words(*rows), words=["3 results of", "is no whole result", "all is trained"])
    done = subprocess.CompletedProcess([], 0, b"", b"")
    script.expect(without_times(script.entries()) == without_times(json.loads(before)["results"]) and
                  script.journal() == epochs, rows, done, "other results, or epochs were trained again")


def test_refusals(script):
    """One sentence and status 2; nothing is changed."""
    rows = ["train", "variants"]
    good = script.results.read_bytes()
    document = json.loads(good)
    entry = document["results"][0]

    def edited(**changes):
        return json.dumps({"version": 1, "results": [{**entry, **changes}]}).encode()

    for content, words in ((good[:len(good) // 2], ["cut in half"]), (b"", ["cut in half"]),
                           (json.dumps({**document, "version": 0}).encode(), ["version 0", "1 was expected"]),
                           (json.dumps(document["results"]).encode(), ["version None"]),
                           (b'{"version": 1}', ["no list 'results'"]),
                           (b'{"version": 1, "results": [3]}', ["result 0 is no object"]),
                           (edited(row=5), ["no 'row'"]), (edited(seed="1"), ["no 'seed'"]),
                           (edited(accuracy=float("nan")), ["no 'accuracy'"]),
                           (edited(accuracy=101), ["0 to 100"]), (b"\xff\xfe", ["no whole JSON"])):
        script.results.write_bytes(content)
        other = script.file("other_machine.json", content)
        commands = (rows, ["list"], ["table"], ["merge", script.folder / "whole.json"])
        for command in commands if content == good[:len(good) // 2] else commands[:1]:
            script.refuses("accuracy", *script.words(*command), words=words)
        script.expect(script.results.read_bytes() == content, rows, script.run(["accuracy", "list"]), "was changed")
        script.results.write_bytes(good)
        if words[0] in ("cut in half", "version 0", "no 'seed'"):
            script.refuses("accuracy", *script.words("merge", other), words=words)
        script.expect(script.results.read_bytes() == good, rows, script.run(["accuracy", "list"]), "was changed")
    script.refuses("accuracy", *script.words("merge", script.folder / "absent.json"),
                   words=["absent.json", "no such file"])
    script.refuses("accuracy", *script.words("train", "augshufflenet"), words=["no row 'augshufflenet'", "list"])
    script.refuses("accuracy", *script.words("train", "table"), "--data", script.folder / "nowhere",
                   words=["cifar-10-binary.tar.gz", "unpack"])
    (script.folder / "data" / FILES[-1]).unlink()
    script.refuses("accuracy", *script.words("train", "table"),
                   words=["cifar-100-binary/test.bin", "cifar-100-binary.tar"])
    script.file(f"data/{FILES[-1]}")
    script.refuses("accuracy", *script.words("train", "variants", work=script.file("a_file")), words=["a_file"])
    script.file("programs/refuses", b"augshufflenet_no_shuffle_x0_5_cifar10")
    name = "variant_augshufflenet_no_shuffle_x0_5_cifar10"
    script.refuses("accuracy", *script.words("train", name, "--seeds", "7"), keeps=f"{name}_seed_7: begins",
                   words=["loss is not finite", "is kept"])
    (script.folder / "programs/refuses").unlink()
    script.refuses("accuracy", *script.words("train", name), "--programs", script.folder / "nowhere",
                   keeps="trainings to do", words=["nowhere/train", "cannot be started"])


def test_merge(script):
    """Other seeds count beside one's own, the same seed once."""
    entry = script.entries()[0]
    others = [{**entry, "seed": 8, "accuracy": 12.5}, {**entry, "accuracy": 1.0}, {**entry, "seed": 8}]
    other = script.file("other_machine.json", json.dumps({"version": 1, "results": others}).encode())
    script.accepts("accuracy", *script.words("merge", other), words=["1 of 2 results were new"])
    script.accepts("accuracy", *script.words("merge", other), words=["0 of 2 results were new"])
    seeds = {found["seed"]: found["accuracy"] for found in script.entries() if found["row"] == entry["row"]}
    done = script.run(["accuracy", *script.words("list")])
    expected = {1: entry["accuracy"], 2: script.entries()[1]["accuracy"], 8: 12.5}
    script.expect(seeds == expected, ["merge"], done, str(seeds))
    line = b"    12.50 % in 15.0 minutes: build/bench/train_variants"
    script.expect(line in done.stdout, ["list"], done, "the other machine's accuracy")


def tuned(script):
    """Results of the tuning but for its last option."""
    import rows
    made = []
    while missing := [row for row in rows.tuning(made) if not rows.accuracies(row, made)]:
        made += [{"row": row.name, "network": row.network, "data": row.data, "command": "", "seed": seed, "epochs": 15,
                  "pictures": 5000, "top1": 4000, "accuracy": 95.0 - seed, "seconds": 60}
                 for row in missing for seed in row.seeds]
    last = [entry for entry in made if "cosine" not in entry["row"]]
    return script.file("tuned.json", json.dumps({"version": 1, "results": last}).encode())


def test_page(script):
    """Tables say what is missing; pictures are drawn of what is there; all again changes nothing."""
    docs = script.folder / "docs"
    (docs / "pictures").mkdir(parents=True)
    shutil.copy(script.source / "docs/experiments.md", docs)
    page = docs / "experiments.md"
    none = script.folder / "none.json"
    script.accepts("accuracy", *script.words("table", "--docs", docs, results=none))
    empty = page.read_text()
    done = script.run(["accuracy", *script.words("table", "--docs", docs, "--check", results=none)])
    script.expect(done.returncode == 0 and empty.count("are missing still") == 2 and
                  not list((docs / "pictures").iterdir()), ["table"], done, "a page without results")
    script.refuses("accuracy", *script.words("table", "--docs", docs, "--check"), words=["experiments.md", "fills it"])
    script.accepts("accuracy", *script.words("merge", tuned(script)), words=["18 of 18 results were new"])
    script.accepts("accuracy", *script.words("train", "tuning"), words=["2 trainings to do", "all is trained"])
    row = "short_64_0.1_0.0005_0_4_alternating_linear_2_10_epochs"
    script.accepts("accuracy", *script.words("train", row), words=["3 trainings to do", f"{row}_seed_3: 9"])
    script.accepts("accuracy", *script.words("train", "augshufflenet_plus_x0_5_cifar10", "--seeds", "1", "2"))
    script.accepts("accuracy", *script.words("table", "--docs", docs), words=["wrote"])
    text = page.read_text()
    values = [found["accuracy"] for found in script.entries() if found["row"] == "augshufflenet_plus_x0_5_cifar10"]
    mean = sum(values) / 2
    spread = abs(values[0] - values[1]) / 2 ** 0.5
    for words in (f"| {mean:.2f} ± {spread:.2f} | {mean - 90.90:+.2f} | 1, 2 | 200 |", "Missing are 15 of 16",
                  "The recipe that was found, with 30 epochs:", "The fewest epochs that reach 90.0 %"):
        script.expect(words in text, ["table"], done, f"'{words}' is not in the page")
    for picture in (docs / "pictures").iterdir():
        is_shown = f"](pictures/{picture.name})" in text
        script.expect(is_shown and "nan" not in picture.read_text(), ["table"], done, picture)
    script.expect(len(list((docs / "pictures").iterdir())) == 3, ["table"], done, "three pictures")
    longest = max(len(line) for line in text.splitlines() if not line.startswith("|"))
    script.expect(longest <= 120, ["table"], done, f"a line of {longest} characters")
    page.write_text(re.sub("<!-- end of curve -->", "", text))
    script.refuses("accuracy", *script.words("table", "--docs", docs), words=["end of curve"])


def test_ship(script):
    """Halves and a card for the first seed of each row that is trained."""
    into = script.folder / "shipped"
    into.mkdir()
    script.accepts("accuracy", *script.words("ship", "--into", into), words=["1 of 16 rows have weights"])
    done = script.run(["accuracy", *script.words("list")])
    content = (into / "augshufflenet_plus_x0_5_cifar10.safetensors").read_bytes()
    size = struct.unpack("<Q", content[:8])[0]
    header = json.loads(content[8:8 + size])
    script.expect(size % 8 == 0 and header["linear.bias"] == {"dtype": "F16", "shape": [2], "data_offsets": [0, 4]} and
                  struct.unpack("<2e", content[8 + size:])[1] == 0.333251953125, ["ship"], done, f"halves: {header}")
    card = (into / "augshufflenet_plus_x0_5_cifar10.md").read_text()
    for words in ("AugShuffleNet 0.5x for CIFAR-10", "--seed 1", "| cat |", "BSD-3-Clause", "cifar-10-binary.tar.gz"):
        script.expect(words in card, ["ship"], done, f"'{words}' is not in the card")
    script.expect(sorted(path.name for path in into.iterdir()) == ["augshufflenet_plus_x0_5_cifar10.md",
                  "augshufflenet_plus_x0_5_cifar10.safetensors"], ["ship"], done, "other files")


def test_what_is_committed(script, programs):
    """The committed page is what the committed results make, and costs are those of the networks."""
    script.accepts("accuracy", "table", "--check")
    import rows
    for network in ("augshufflenet_plus_x0_5_cifar10", "augshufflenet_plus_x1_5_cifar100",
                    "shufflenetv2_cifar_x1_0_cifar10"):
        done = subprocess.run([programs / "inspect", "--json", network], capture_output=True)
        found = json.loads(done.stdout)
        script.expect((found["multiply_adds"], found["parameters"]) == rows.COSTS[network], [network], done, str(found))


def main():
    programs, source = (pathlib.Path(path) for path in sys.argv[1:3])
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(source / "bench/experiments"))
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(10 ** 6)
    print(f"seed {seed}")
    with tempfile.TemporaryDirectory() as folder:
        script = Script(source, pathlib.Path(folder))
        test_kills(script, random.Random(seed))
        test_what_lies_in_the_work_folder(script)
        test_refusals(script)
        test_merge(script)
        test_page(script)
        test_ship(script)
        test_what_is_committed(script, programs)
    print(f"{script.count - script.failures} of {script.count} checks passed")
    return 1 if script.failures else 0


if __name__ == "__main__":
    sys.exit(main())
