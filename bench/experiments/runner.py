# SPDX-License-Identifier: BSD-3-Clause
"""Trains rows one after another, or several side by side, so that whatever ends it, the next call goes on."""
import contextlib
import ctypes
import fcntl
import json
import pathlib
import signal
import subprocess
import sys
import time

import results
from processor import processor
from results import Refusal

ROOT = pathlib.Path(__file__).resolve().parents[2]
SETS = {"cifar10": ("CIFAR-10", "cifar-10-batches-bin",
                    [*(f"data_batch_{n}.bin" for n in range(1, 6)), "test_batch.bin"],
                    "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"),
        "cifar100": ("CIFAR-100", "cifar-100-binary", ["train.bin", "test.bin"],
                     "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz")}


def check_data(folder, rows):
    for data in sorted({row.data for row in rows}):
        name, official, files, address = SETS[data]
        for file in files:
            if not (folder / official / file).is_file() and not (folder / file).is_file():
                raise Refusal(f"{folder}: has no {official}/{file} of {name} where it was expected: fetch {address} "
                              f"and unpack it in {folder}, or name another folder by --data")


ENDINGS = {signal.SIGINT, signal.SIGTERM}


@contextlib.contextmanager
def endings_held():
    """Signals that end this process reach it in `pause` alone: what one interrupts anywhere in `subprocess` may never
    be waited for again."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDINGS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def pause(seconds):
    if signal.sigtimedwait(ENDINGS, seconds):
        raise KeyboardInterrupt


def end_with_parent():
    """A trainer whose script was killed ends with a checkpoint, instead of training on beside the next call's."""
    try:
        ctypes.CDLL(None).prctl(1, signal.SIGINT)  # PR_SET_PDEATHSIG
    except (AttributeError, OSError):
        pass
    for ending in ENDINGS:
        signal.signal(ending, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDINGS)


class Job:
    """One row with one seed."""

    def __init__(self, row, seed, options):
        self.row, self.seed, self.options = row, seed, options
        self.name = f"{row.name}_seed_{seed}"
        self.threads = max(row.threads, options.threads)
        self.output = options.work / f"{self.name}.safetensors"
        self.result = options.work / f"{self.name}.result.json"
        self.process = None

    def program(self, target):
        if self.options.programs:
            return self.options.programs / target.removesuffix("_variants")
        return self.options.build / self.row.programs[0] / target

    def words(self, program, data, output):
        return [str(program), "--network", self.row.network, "--data", str(data), "--output", str(output),
                *self.row.all_options, "--seed", str(self.seed)]

    @property
    def command(self):
        """As anybody calls it from the root of the project."""
        folder, train, _ = self.row.programs
        return " ".join(self.words(f"build/{folder}/{train}", "DATA", f"{self.name}.safetensors"))

    def begin(self, lock):
        words = self.words(self.program(self.row.programs[1]), self.options.data, self.output)
        words += ["--threads", str(self.threads)]
        if pathlib.Path(f"{self.output}.checkpoint").exists():
            words.append("--resume")
        try:
            with open(self.options.work / f"{self.name}.output", "ab") as log:
                self.process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.PIPE,
                                                preexec_fn=end_with_parent, pass_fds=[lock.fileno()])
        except OSError as error:
            raise Refusal(f"{words[0]}: cannot be started ({error.strerror})") from error

    def epochs(self):
        """What the trainer logged of each epoch; the last line may be half a line."""
        try:
            lines = pathlib.Path(f"{self.output}.log.jsonl").read_text(encoding="utf-8").splitlines()
        except OSError:
            return []
        found = []
        for line in lines:
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            if isinstance(entry, dict) and entry.get("epoch") == len(found) + 1:
                found.append(entry)
        return found

    def end(self):
        """After the trainer has ended: the result, or None where the trainer was stopped before its end."""
        said = self.process.communicate()[1].decode(errors="replace").strip().splitlines()
        if self.process.returncode != 0:
            raise Refusal(f"{self.name}: {said[-1] if said else 'the trainer said nothing'} "
                          f"(exit status {self.process.returncode}); {self.output}.checkpoint is kept, without "
                          "which it begins anew")
        epochs = self.epochs()
        if len(epochs) < self.row.epochs:
            return None
        return self.keep(self.make_result(epochs[:self.row.epochs]))

    def make_result(self, epochs):
        def whole(key):
            """Of whole epochs: a trainer that was resumed has logged the rest of one."""
            shares = [entry["seconds"] * entry["pictures_per_second"] for entry in epochs]
            most = max(shares)
            return round(sum(entry.get(key, 0) * most / max(share, 1) for entry, share in zip(epochs, shares)), 1)

        made = {"row": self.row.name, "network": self.row.network, "data": self.row.data, "seed": self.seed,
                "epochs": self.row.epochs, "options": " ".join(self.row.options), "command": self.command,
                "seconds": whole("seconds"), "processor_seconds": whole("processor_seconds"),
                "processor": processor(), "threads": self.threads, "side_by_side": self.options.side_by_side,
                "curve": [round(entry["accuracy"], 2) for entry in epochs],
                "losses": [round(entry["loss"], 4) for entry in epochs]}
        if self.row.held_out:
            accuracy = round(epochs[-1]["accuracy"], 4)
            return {**made, "pictures": self.row.held_out, "top1": round(accuracy * self.row.held_out / 100),
                    "accuracy": accuracy, "held_out": self.row.held_out}
        score = self.evaluate(self.output)
        return {**made, "parameters": score["parameters"], "multiply_adds": score["multiply_adds"],
                "pictures": score["pictures"], "top1": score["top1"], "top5": score["top5"],
                "accuracy": round(100 * score["top1"] / score["pictures"], 4), "by_class": score["by_class"]}

    def evaluate(self, weights):
        """What evaluate says of weights, and the accuracy of each class in percent."""
        words = [str(self.program(self.row.programs[2])), "--json", "--network", self.row.network, "--weights",
                 str(weights), "--data", str(self.options.data)]
        try:
            done = subprocess.run(words, capture_output=True, text=True, preexec_fn=end_with_parent)
            if done.returncode != 0:
                raise Refusal(f"{self.name}: {(done.stderr.strip().splitlines() or ['evaluate said nothing'])[-1]}")
            score = json.loads(done.stdout)
        except (OSError, ValueError) as error:
            raise Refusal(f"{words[0]}: says nothing of {weights} ({error})") from error
        of_classes = enumerate(zip(score["labels"], score["confusion"]))
        return {**score, "by_class": {label: round(100 * counts[place] / max(1, sum(counts)), 2)
                                      for place, (label, counts) in of_classes}}

    def keep(self, made):
        results.write_text(self.result, json.dumps(made, ensure_ascii=False) + "\n")
        return made


def lock_work(options):
    """Held while this process or a trainer that it has begun lives; one whose script was killed ends after its step."""
    folder = options.work
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = open(folder / "lock", "w", encoding="utf-8")
    except OSError as error:
        raise Refusal(f"{folder}: cannot be written to ({error.strerror})") from error
    for _ in range(30):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return file
        except OSError:
            time.sleep(options.pause)
    file.close()
    raise Refusal(f"{folder}: another bench/accuracy is at work there")


def kept_results(folder):
    """What earlier calls have trained, whether or not the results file has it."""
    found = []
    for path in sorted(folder.glob("*.result.json")):
        try:
            entry = results.read_json(path)
            results.check_entry(entry, path, 0)
            found.append(entry)
        except Refusal:
            say(f"{path}: is no whole result; it is made again from the weights beside it")
    return found


def build(jobs, options):
    if options.programs:
        return
    targets = sorted({target for job in jobs for target in job.row.programs[1:]})
    for words in ((["cmake", "--preset", "release"] if not (options.build / "build.ninja").exists() else None),
                  ["cmake", "--build", str(options.build), "--target", *targets, f"-j{options.side_by_side}"]):
        try:
            if words and subprocess.run(words, cwd=ROOT, stdout=sys.stderr).returncode != 0:
                raise Refusal(f"{' '.join(words)}: failed")
        except OSError as error:
            raise Refusal(f"{words[0]}: cannot be started ({error.strerror}), which builds the programs") from error


def say(words):
    print(f"{time.strftime('%Y-%m-%d %H:%M')} {words}", flush=True)


def jobs_of(rows, options):
    """What is missing: of each wave every row once, then every row again, since single runs of all say more than all of
    a few."""
    done = {results.key(entry) for entry in results.read(options.results)}
    turns = [(row.wave, turn, row, seed) for row in rows for turn, seed in enumerate(row.seeds)]
    for _, _, row, seed in sorted(turns, key=lambda each: each[:2]):
        if (row.name, seed) not in done:
            yield Job(row, seed, options)


def run_all(groups, options):
    """`groups` are functions from results to rows, asked again until nothing is missing. Whether all was trained."""
    check_data(options.data, [row for rows_of in groups for row in rows_of(results.read(options.results))])
    with lock_work(options) as lock:
        gathered = results.add(options.results, kept_results(options.work))
        if gathered:
            say(f"{gathered} results of {options.work} that {options.results} did not have")
        whole = True
        for rows_of in groups:
            while jobs := list(jobs_of(rows_of(results.read(options.results)), options)):
                say(f"{len(jobs)} trainings to do")
                build(jobs, options)
                with endings_held():
                    if not train_all(jobs, lock, options):
                        whole = False
                        break
        if whole:
            say("all is trained")
        return whole


def train_all(jobs, lock, options):
    most = options.threads * options.side_by_side
    waiting, running, whole = list(jobs), [], True
    try:
        while waiting or running:
            while waiting and (not running or sum(job.threads for job in running) + waiting[0].threads <= most):
                job = waiting.pop(0)
                job.begin(lock)
                running.append(job)
                say(f"{job.name}: begins after {len(job.epochs())} of {job.row.epochs} epochs")
            for job in [job for job in running if job.process.poll() is not None]:
                running.remove(job)
                try:
                    made = job.end()
                    if made:
                        results.add(options.results, [made])
                        say(f"{job.name}: {made['accuracy']:.2f} % in {made['seconds'] / 60:.1f} minutes")
                    else:
                        whole = False
                        say(f"{job.name}: was stopped after {len(job.epochs())} epochs")
                except Refusal as refusal:
                    whole = False
                    print(f"accuracy: {refusal}", file=sys.stderr, flush=True)
            pause(options.pause)
    finally:
        for job in running:
            job.process.send_signal(signal.SIGINT)
        for job in running:
            job.process.wait()
    return whole
