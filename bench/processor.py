# SPDX-License-Identifier: BSD-3-Clause
"""Which machine a figure is from."""
import pathlib
import platform


def processor():
    """The processor's name with family and model, since virtual machines hide the name."""
    fields = {}
    try:
        for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
            key, _, value = line.partition(":")
            fields.setdefault(key.strip(), value.strip())
    except OSError:
        pass
    name = fields.get("model name", platform.machine())
    return f"{name} family {fields.get('cpu family')} model {fields.get('model')}"
