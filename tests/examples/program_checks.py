# SPDX-License-Identifier: BSD-3-Clause
"""What tests of the example programs share: files to give them, and what is expected of a run."""
import functools
import json
import pathlib
import re
import resource
import struct
import subprocess
import zlib


def png(width, height, rows=None):
    """A PNG of 8-bit RGB; without rows it is only as large as its header says."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    pixels = rows if rows is not None else b""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(pixels)) +
            chunk(b"IEND", b""))


def edited_header(weights, edit):
    """The same tensors under a header that `edit` has changed."""
    (length,) = struct.unpack("<Q", weights[:8])
    header = json.loads(weights[8:8 + length])
    text = json.dumps(edit(header)).encode()
    return struct.pack("<Q", len(text)) + text + weights[8 + length:]


# Programs put no map on the stack. Sanitizers put guards around what lies there.
SMALL_STACK = 256 * 1024


@functools.lru_cache(maxsize=None)
def on_small_stack(program):
    """What `subprocess` calls before it starts the program."""
    if re.search(rb"__(asan|tsan|msan)_init", pathlib.Path(program).read_bytes()):
        return None
    _, most = resource.getrlimit(resource.RLIMIT_STACK)
    return lambda: resource.setrlimit(resource.RLIMIT_STACK, (SMALL_STACK, most))


class Checks:
    def __init__(self, programs, source, folder):
        self.programs, self.source, self.folder = programs, source, folder
        self.failures = 0
        self.count = 0

    def file(self, name, content=b""):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def run(self, arguments, stdin=b""):
        command = [self.programs / arguments[0], *arguments[1:]]
        return subprocess.run([str(word) for word in command], input=stdin, capture_output=True, timeout=300,
                              preexec_fn=on_small_stack(command[0]))

    def expect(self, condition, arguments, done, why):
        self.count += 1
        if condition:
            return
        self.failures += 1
        print(f"FAILED: {' '.join(map(str, arguments))}\n  {why}; status {done.returncode}\n"
              f"  stderr: {done.stderr.decode(errors='replace')}")

    def refuses(self, *arguments, words=(), keeps=None, untouched=None, stdin=b""):
        """Status 2 and one line on stderr with all these words; `keeps` is what stdout has all the same,
        `untouched` a file that must not come to be."""
        done = self.run(arguments, stdin)
        sentence = done.stderr.decode(errors="replace")
        right = (done.returncode == 2 and sentence.count("\n") == 1 and sentence.endswith("\n") and
                 all(word in sentence for word in words))
        output = done.stdout.decode(errors="replace")
        right = right and (keeps in output if keeps else not output.strip())
        right = right and not (untouched and untouched.exists())
        self.expect(right, arguments, done, f"expected status 2 and one line with {list(words)}")

    def accepts(self, *arguments, words=()):
        done = self.run(arguments)
        right = done.returncode == 0 and all(word in done.stdout.decode(errors="replace") for word in words)
        self.expect(right, arguments, done, f"expected status 0 and {list(words)} on stdout")
