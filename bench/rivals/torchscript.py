#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Answers `run SECONDS` with the median microseconds of a forward pass, and `logits` with the logits.

usage: torchscript.py NAME FOLDER
"""
import json
import statistics
import sys
import time

import numpy
import torch


def main():
    name, folder = sys.argv[1], sys.argv[2]
    torch.set_num_threads(1)
    torch.set_num_interop_threads(1)
    saved = {"input_shape": ""}
    traced = torch.jit.load(f"{folder}/{name}.pt", _extra_files=saved).eval()
    model = torch.jit.optimize_for_inference(torch.jit.freeze(traced))
    values = numpy.fromfile(f"{folder}/{name}.input", dtype="<f4")
    picture = torch.from_numpy(values.reshape(json.loads(saved["input_shape"])))
    with torch.no_grad():
        for _ in range(20):
            logits = model(picture)
        print("ready", flush=True)
        for line in sys.stdin:
            words = line.split()
            if words[0] == "logits":
                print(json.dumps(logits.flatten().tolist()), flush=True)
                continue
            times = []
            end = time.perf_counter() + float(words[1])
            while not times or time.perf_counter() < end:
                start = time.perf_counter_ns()
                model(picture)
                times.append((time.perf_counter_ns() - start) / 1000)
            print(statistics.median(times), flush=True)


if __name__ == "__main__":
    main()
