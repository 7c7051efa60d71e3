# SPDX-License-Identifier: BSD-3-Clause
"""The real models beside the checkout, in ../shared/zoo, for tests that use them where they are."""
import json
import pathlib
import sys

import numpy as np

TOP = pathlib.Path(__file__).resolve().parents[2]
TOLERANCES = {"squeezenet_fp16": 1e-3}
TOLERANCE = 2e-4

sys.path.insert(0, str(TOP / "examples"))
sys.path.insert(0, str(TOP / "tests"))


def folders():
    """A folder each model; none where the checkout stands alone."""
    zoo = TOP.parent / "shared" / "zoo"
    return sorted(path.parent for path in zoo.glob("*/answer.json"))


class Model:
    def __init__(self, folder):
        self.name, self.path = folder.name, folder / f"{folder.name}.onnx"
        self.answer = json.loads((folder / "answer.json").read_text())
        self.input_name, self.input = self.answer["input"], np.load(folder / "input.npy")
        self.folder = folder

    def differences(self, answers):
        """The largest difference of each output, as a fraction of what is allowed, by name."""
        from agreement import largest_difference
        allowed = TOLERANCES.get(self.name, TOLERANCE)
        found = {}
        for output in self.answer["outputs"]:
            got = np.asarray(answers[output["name"]])
            if list(got.shape) != output["shape"]:
                raise ValueError(f"{output['name']}: shape {list(got.shape)} where {output['shape']} was expected")
            got = got.astype(np.float64).reshape(-1)
            wanted = np.load(self.folder / output["file"]).astype(np.float64).reshape(-1)
            difference = largest_difference(got[:len(wanted)], wanted)
            if "stride_file" in output:
                sampled = np.load(self.folder / output["stride_file"]).astype(np.float64).reshape(-1)
                difference = max(difference, largest_difference(got[::output["stride"]], sampled))
            largest = max(1, abs(output["min"]), abs(output["max"]))
            found[output["name"]] = difference / (allowed * largest)
        return found
