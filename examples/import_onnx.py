#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Makes a Plait network of an ONNX file: NAME.hpp, NAME.safetensors and NAME.check.safetensors."""

import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

try:
    import numpy  # noqa: F401
    import onnx  # noqa: F401
except ImportError as error:
    print(f"import_onnx.py: needs {error.name} (Debian: python3-onnx, python3-numpy)", file=sys.stderr)
    sys.exit(2)

from onnx_import.command import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
