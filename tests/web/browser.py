# SPDX-License-Identifier: BSD-3-Clause
"""A Chromium to test pages in, driven by its DevTools protocol through two pipes, and a folder served to it."""
import base64
import functools
import http.server
import json
import os
import shutil
import subprocess
import tempfile
import threading
import time

ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-sync",
             "--remote-debugging-pipe", "--mute-audio", "--hide-scrollbars", "--disable-dev-shm-usage"]


class Handler(http.server.SimpleHTTPRequestHandler):
    extensions_map = {**http.server.SimpleHTTPRequestHandler.extensions_map, ".js": "text/javascript",
                      ".wasm": "application/wasm"}
    policy = None

    def log_message(self, *_):
        pass

    def end_headers(self):
        self.send_header("Cache-Control", "no-store")
        if self.policy:
            self.send_header("Content-Security-Policy", self.policy)
        super().end_headers()


class Server:
    """Serves a folder at `address` while the program runs, under a content security policy if one is given."""

    def __init__(self, folder, policy=None):
        handler = type("Handler", (Handler,), {"policy": policy})
        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(handler, directory=folder))
        self.http.daemon_threads = True
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self.http.server_address[1]}/"


class Browser:
    def __init__(self, *arguments):
        self.folder = tempfile.mkdtemp()
        read_by_browser, self.to_browser = os.pipe()
        self.from_browser, written_by_browser = os.pipe()

        def pipes():  # DevTools are at descriptors 3 and 4
            first, second = os.dup(read_by_browser), os.dup(written_by_browser)
            os.dup2(first, 3)
            os.dup2(second, 4)

        command = [shutil.which("chromium"), *ARGUMENTS, f"--user-data-dir={self.folder}", *arguments, "about:blank"]
        # pylint: disable=subprocess-popen-preexec-fn
        self.process = subprocess.Popen(command, preexec_fn=pipes, close_fds=False, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(read_by_browser)
        os.close(written_by_browser)
        self.lock = threading.Condition()
        self.answers, self.events, self.count = {}, [], 0
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        rest = b""
        while part := os.read(self.from_browser, 1 << 20):
            *messages, rest = (rest + part).split(b"\0")
            with self.lock:
                for message in map(json.loads, messages):
                    if "id" in message:
                        self.answers[message["id"]] = message
                    else:
                        self.events.append(message)
                self.lock.notify_all()

    def call(self, method, session=None, seconds=60, **parameters):
        with self.lock:
            self.count += 1
            number = self.count
        message = {"id": number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self.to_browser, json.dumps(message).encode() + b"\0")
        with self.lock:
            if not self.lock.wait_for(lambda: number in self.answers, seconds):
                raise TimeoutError(f"{method} did not end within {seconds} s")
            answer = self.answers.pop(number)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']['message']}")
        return answer["result"]

    def open(self, address, width=1280, height=900, dark=False, mobile=False):
        return Page(self, address, width, height, dark, mobile)

    def close(self):
        try:
            self.call("Browser.close", seconds=10)
        except (TimeoutError, OSError):
            self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Page:
    def __init__(self, browser, address, width, height, dark, mobile):
        self.browser = browser
        self.target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = browser.call("Target.attachToTarget", targetId=self.target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "DOM"):
            self.call(f"{domain}.enable")
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=mobile)
        self.call("Emulation.setEmulatedMedia",
                  features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])
        self.call("Page.navigate", url=address)

    def call(self, method, **parameters):
        return self.browser.call(method, self.session, **parameters)

    def close(self):
        self.browser.call("Target.closeTarget", targetId=self.target)

    def evaluate(self, expression, seconds=60):
        """What the expression, or what it promises, is; raises what it throws."""
        done = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True,
                         userGesture=True, seconds=seconds)
        if "exceptionDetails" in done:
            details = done["exceptionDetails"]
            raise RuntimeError(details.get("exception", {}).get("description", details["text"]))
        return done["result"].get("value")

    def wait(self, expression, seconds=60):
        end = time.monotonic() + seconds
        while not (value := self.evaluate(expression)):
            if time.monotonic() > end:
                raise TimeoutError(f"{expression} was not to be had within {seconds} s")
            time.sleep(0.05)
        return value

    def give_file(self, selector, *paths):
        root = self.call("DOM.getDocument")["root"]["nodeId"]
        node = self.call("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self.call("DOM.setFileInputFiles", nodeId=node, files=[str(path.resolve()) for path in paths])

    def press(self, key, code=None, text=None):
        for kind in ("keyDown" if text else "rawKeyDown", "keyUp"):
            parameters = {"type": kind, "key": key, "code": code or key}
            codes = {"Tab": 9, "Enter": 13, " ": 32, "ArrowRight": 39, "ArrowLeft": 37}
            parameters["windowsVirtualKeyCode"] = codes.get(key, 0)
            if text and kind == "keyDown":
                parameters["text"] = text
            self.call("Input.dispatchKeyEvent", **parameters)

    def picture(self, path, whole=True):
        data = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))

    def complaints(self):
        """Errors and warnings of the console, exceptions, and what the browser logs."""
        found = []
        with self.browser.lock:
            for event in self.browser.events:
                if event.get("sessionId") != self.session:
                    continue
                method, given = event["method"], event["params"]
                if method == "Runtime.exceptionThrown":
                    found.append(given["exceptionDetails"].get("exception", {}).get("description", "exception"))
                elif method == "Runtime.consoleAPICalled" and given["type"] in ("error", "warning", "assert"):
                    found.append(" ".join(str(a.get("value", a.get("description"))) for a in given["args"]))
                elif method == "Log.entryAdded" and given["entry"]["level"] in ("error", "warning"):
                    found.append(given["entry"]["text"] + " " + given["entry"].get("url", ""))
        return found
