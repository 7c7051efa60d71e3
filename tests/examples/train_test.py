#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Training from the command line: killed at twenty random moments and resumed, ended by Control-C, on folders, and what
it refuses.

usage: train_test.py PROGRAMS SOURCE [SEED]
"""
import json
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time

from bad_input_test import record
from program_checks import Checks, edited_header, png

NETWORK = "augshufflenet_plus_x0_5_cifar10"
EPOCHS = 3
KILLS = 20


def tiny_cifar(folder):
    """Forty training pictures and ten of the test, in CIFAR-10's layout."""
    folder.mkdir()
    for batch in range(5):
        (folder / f"data_batch_{batch + 1}.bin").write_bytes(
            b"".join(record(n % 10, 8 * batch + n) for n in range(8)))
    (folder / "test_batch.bin").write_bytes(b"".join(record(n, 100 + n) for n in range(10)))
    return folder


class Trainings:
    def __init__(self, checks, data):
        self.checks, self.data = checks, data
        self.program = checks.programs / "train"

    def command(self, output, *options, threads=1):
        return [str(word) for word in
                (self.program, "--network", NETWORK, "--data", self.data, "--output", output, "--epochs", EPOCHS,
                 "--batch", 16, "--threads", threads, *options)]

    def run(self, output, *options, threads=1):
        return subprocess.run(self.command(output, *options, threads=threads), capture_output=True, timeout=300)

    def folder_weights(self, name, *options):
        """What a training with these options ends with."""
        output = self.checks.folder / f"{name}.safetensors"
        done = self.run(output, *options)
        self.checks.expect(done.returncode == 0, ["train", *options], done, "trains")
        return output.read_bytes()

    def expect_whole(self, output, expected, done, what):
        """The weights of a training that nothing disturbed, and a log that has each epoch once."""
        lines = [json.loads(line) for line in pathlib.Path(f"{output}.log.jsonl").read_text().splitlines()]
        self.checks.expect([line["epoch"] for line in lines] == list(range(1, EPOCHS + 1)), [output], done,
                           f"{what}: the log has {[line['epoch'] for line in lines]}")
        self.checks.expect(output.read_bytes() == expected, [output], done,
                           f"{what}: other weights than those of a training that went through")


def test_kills(trainings, chance):
    checks = trainings.checks
    whole = checks.folder / "whole.safetensors"
    begin = time.monotonic()
    done = trainings.run(whole)
    seconds = time.monotonic() - begin
    checks.expect(done.returncode == 0 and whole.exists(), ["train"], done, "a training that nothing disturbs")
    expected = whole.read_bytes()
    killed = 0
    for turn in range(3 * KILLS):
        if killed == KILLS:
            break
        output = checks.folder / f"killed_{turn}.safetensors"
        process = subprocess.Popen(trainings.command(output, threads=1 + turn % 3), stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        time.sleep(chance.uniform(0, seconds))
        process.kill()
        killed += process.wait() == -signal.SIGKILL
        has_checkpoint = pathlib.Path(f"{output}.checkpoint").exists()
        done = trainings.run(output, *(["--resume"] if has_checkpoint else []), threads=1 + turn % 2)
        checks.expect(done.returncode == 0, ["train"], done, f"kill {turn}: goes on")
        trainings.expect_whole(output, expected, done, f"kill {turn}")
    checks.expect(killed == KILLS, ["train"], done, f"{killed} of {KILLS} were killed before their end")
    print(f"{killed} trainings were killed and resumed")
    return expected, seconds


def test_control_c(trainings, expected, seconds, chance):
    checks = trainings.checks
    for turn in range(4):
        output = checks.folder / f"ended_{turn}.safetensors"
        process = subprocess.Popen(trainings.command(output), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        time.sleep(chance.uniform(0.2, 0.9) * seconds)
        process.send_signal(signal.SIGINT)
        sentence = process.communicate(timeout=60)[1].decode()
        done = subprocess.CompletedProcess([], process.returncode, b"", sentence.encode())
        if process.returncode == -signal.SIGINT:
            continue  # before the program had begun
        checks.expect(process.returncode == 0, ["train"], done, "Control-C: ends with a checkpoint")
        done = trainings.run(output, "--resume")
        trainings.expect_whole(output, expected, done, f"Control-C {turn}")


def test_folders(checks, weights):
    def folder(name, classes):
        for label, pictures in classes.items():
            (checks.folder / name / label).mkdir(parents=True, exist_ok=True)
            for n in range(pictures):
                shade = bytes([40 + 60 * (label == "light") + n, 90, 20 * n % 256]) * 40
                checks.file(f"{name}/{label}/{n}.png", png(40, 36, (b"\0" + shade) * 36))
        return checks.folder / name

    def command(data, *options, network="augshufflenet_plus_x0_5_cifar100", output="folder.safetensors"):
        return ("train", "--network", network, "--data", data, "--epochs", "1", "--output", checks.folder / output,
                "--threads", "1", *options)

    good = folder("two", {"dark": 5, "light": 6})
    checks.accepts(*command(good), words=["epoch 1 of 1"])
    done = checks.run(command(good))
    checks.expect(done.stderr.decode().count("11 of 11 pictures were cut") == 1, command(good), done, "said once")
    checks.accepts("evaluate", "--weights", checks.folder / "folder.safetensors", "--data", good, words=["/11 ("])
    header = json.loads((checks.folder / "folder.safetensors").read_bytes()[8:].split(b"}}")[0] + b"}}")
    shapes = {name: entry["shape"] for name, entry in header.items() if name.startswith("linear.")}
    checks.expect(shapes["linear.bias"] == [2], ["shapes"], done, f"two rows were expected, not {shapes}")
    checks.accepts(*command(good, "--storage", "f16", "--from", weights, network="augshufflenet_x0_5_cifar10"),
                   words=["epoch 1 of 1"])
    checks.accepts(*command(good, "--freeze", "backbone", "--from", weights, network="augshufflenet_x0_5_cifar10"),
                   words=["epoch 1 of 1"])
    checks.refuses(*command(folder("one", {"dark": 3})), words=["one", "at least 2"])
    checks.refuses(*command(folder("empty", {"dark": 3, "light": 0})), words=["light", "no PNG"])
    checks.file("broken/dark/0.png", b"no picture")
    checks.file("broken/light/0.png", png(4, 4, (b"\0" + bytes(12)) * 4))
    checks.refuses(*command(checks.folder / "broken"), words=["0.png"])
    many = folder("many", {str(label): 1 for label in range(11)})
    checks.refuses(*command(many, network=NETWORK), words=["11 classes", "10"])


def test_recipe(trainings):
    """Options of the recipe change what is learnt, and held-out pictures are those that are tested on."""
    checks = trainings.checks
    seen = {trainings.folder_weights("plain")}
    for options in (("--schedule", "linear"), ("--schedule", "cosine_by_epoch"), ("--schedule", "constant"),
                    ("--warm-up", "1"), ("--label-smoothing", "0.1"), ("--weight-decay", "0.1"), ("--flip", "never"),
                    ("--flip", "alternating"), ("--crop-padding", "0"), ("--hold-out", "8")):
        seen.add(trainings.folder_weights("_".join(options).strip("-"), *options))
    done = trainings.run(checks.folder / "held_out.safetensors", "--hold-out", "8", "--rate", "0")
    accuracy = json.loads((checks.folder / "held_out.safetensors.log.jsonl").read_text().splitlines()[0])["accuracy"]
    checks.expect(accuracy * 8 / 100 == round(accuracy * 8 / 100), ["hold-out"], done, f"{accuracy} % of 8 pictures")
    checks.expect(len(seen) == 11, ["recipe"], done, f"{len(seen)} kinds of weights where 11 were expected")


def test_refusals(trainings, weights):
    checks = trainings.checks
    output = checks.folder / "refused.safetensors"

    def refuses(words, *options, data=trainings.data, network=NETWORK, to=output):
        checks.refuses("train", "--network", network, "--data", data, "--output", to, "--threads", "1", *options,
                       words=words, untouched=output)

    refuses(["cannot be trained", NETWORK], network="lenet")
    refuses(["nowhere"], data=checks.folder / "nowhere")
    refuses(["data_batch_1.bin"], data=checks.file("test_alone/test_batch.bin", record(1, 1)).parent)
    refuses(["rate"], "--rate", "-1")
    refuses(["rate"], "--rate", "nan")
    refuses(["epochs"], "--epochs", "0")
    refuses(["batch"], "--batch", "0")
    refuses(["batch"], "--batch", "129")
    refuses(["threads"], "--threads", "-1")
    refuses(["schedule"], "--schedule", "sudden")
    refuses(["warm-up", "0 to 30"], "--warm-up", "31")
    refuses(["label smoothing"], "--label-smoothing", "1.5")
    refuses(["weight decay"], "--weight-decay", "nan")
    refuses(["crop padding"], "--crop-padding", "-1")
    refuses(["40 training pictures", "1 to 39"], "--hold-out", "40")
    refuses(["cannot be held out"], "--hold-out", "-1")
    refuses(["--storage"], "--storage", "f8")
    refuses(["none.safetensors"], "--from", checks.folder / "none.safetensors")
    refuses(["refused.safetensors.checkpoint"], "--resume")
    refuses(["finite", "step"], "--rate", "1e30", "--batch", "16", "--epochs", "9")
    for left in checks.folder.glob("refused.safetensors*"):
        left.unlink()
    refuses(["missing"], "--epochs", str(EPOCHS), to=checks.folder / "missing" / "own.safetensors")

    # A checkpoint of another training, and one that is damaged.
    whole = pathlib.Path(f"{checks.folder / 'whole.safetensors'}.checkpoint").read_bytes()
    checkpoint = pathlib.Path(f"{output}.checkpoint")

    def resumes(words, content, *options, network=NETWORK):
        checkpoint.write_bytes(content)
        refuses(words, "--resume", "--epochs", str(EPOCHS), "--batch", "16", *options, network=network)
        checks.count += 1
        checks.failures += checkpoint.read_bytes() != content

    resumes(["another seed"], whole, "--seed", "2")
    resumes(["another rate", "0.1", "0.2"], whole, "--rate", "0.2")
    resumes(["another hold-out"], whole, "--hold-out", "8")
    resumes(["another schedule"], whole, "--schedule", "cosine_by_epoch")
    resumes(["checkpoint"], whole, network="augshufflenet_plus_x1_0_cifar10")
    resumes(["checkpoint"], whole[:1000])
    resumes(["checkpoint"], whole[:-7])
    resumes(["is no checkpoint"], weights.read_bytes(), network="augshufflenet_x0_5_cifar10")
    resumes(["another network or optimiser"], cut_numbers(whole))


def cut_numbers(checkpoint):
    """The checkpoint with four of its numbers fewer."""
    def edit(header):
        for name, entry in header.items():
            if name.endswith("numbers"):
                begin, end = entry["data_offsets"]
                entry["shape"] = [entry["shape"][0] - 4]
                entry["data_offsets"] = [begin, end - 16]
        return header
    return edited_header(checkpoint, edit)[:-16]


def main():
    programs, source = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    weights = source / "examples/weights/augshufflenet_x0_5_cifar10.safetensors"
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        checks = Checks(programs, source, pathlib.Path(folder))
        trainings = Trainings(checks, tiny_cifar(checks.folder / "cifar"))
        expected, seconds = test_kills(trainings, chance)
        test_control_c(trainings, expected, seconds, chance)
        test_refusals(trainings, weights)
        test_recipe(trainings)
        test_folders(checks, weights)
        print(f"{checks.count} checks, {checks.failures} failed")
        return 1 if checks.failures else 0


if __name__ == "__main__":
    sys.exit(main())
