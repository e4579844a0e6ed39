"""Headless Chromium, driven by its DevTools protocol over a pipe: for tests of pages.

    with Browser(folder) as browser:
        page = browser.open("http://127.0.0.1:8000/")
        page.wait("document.readyState == 'complete'")
        page.click("#draw")
"""
import base64
import fcntl
import itertools
import json
import os
import select
import shutil
import subprocess
import time


class Failure(Exception):
    pass


class Browser:
    """folder: for the browser's own files."""

    def __init__(self, folder):
        to_browser, self._to = os.pipe()
        self._from, from_browser = os.pipe()
        # It reads from descriptor 3 and writes to 4.
        ends = [fcntl.fcntl(fd, fcntl.F_DUPFD, 10) for fd in (to_browser, from_browser)]
        os.close(to_browser)
        os.close(from_browser)

        def connect():
            os.dup2(ends[0], 3)
            os.dup2(ends[1], 4)

        self._process = subprocess.Popen(
            [shutil.which("chromium"), "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
             "--remote-debugging-pipe", "--window-size=1100,1000", f"--user-data-dir={folder}"],
            preexec_fn=connect, pass_fds=(3, 4), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for fd in ends:
            os.close(fd)
        self._numbers = itertools.count(1)
        self._rest = b""
        self.complaints = []  # exceptions, errors on the console

    def __enter__(self):
        return self

    def __exit__(self, *error):
        try:
            self.call("Browser.close", wait=5)
            self._process.wait(10)
        except (Failure, OSError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()

    def _read(self, until):
        while b"\0" not in self._rest:
            left = until - time.monotonic()
            if left <= 0 or not select.select([self._from], [], [], left)[0]:
                raise Failure("the browser does not answer")
            got = os.read(self._from, 1 << 20)
            if not got:
                raise Failure("the browser has ended")
            self._rest += got
        message, self._rest = self._rest.split(b"\0", 1)
        return json.loads(message)

    def _note(self, message):
        what = message.get("params", {})
        if message.get("method") == "Runtime.exceptionThrown":
            details = what["exceptionDetails"]
            self.complaints.append(details.get("exception", {}).get("description") or details["text"])
        if message.get("method") == "Log.entryAdded" and what["entry"]["level"] == "error":
            self.complaints.append(f"{what['entry']['text']} {what['entry'].get('url', '')}")
        if message.get("method") == "Runtime.consoleAPICalled" and what["type"] == "error":
            self.complaints.append(str([argument.get("value") for argument in what["args"]]))

    def call(self, method, session=None, wait=120, **params):
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        until = time.monotonic() + wait
        while True:
            said = self._read(until)
            if said.get("id") == number:
                if "error" in said:
                    raise Failure(f"{method}: {said['error']['message']}")
                return said["result"]
            self._note(said)

    def open(self, url):
        return Page(self, url)


class Page:
    def __init__(self, browser, url):
        self._browser = browser
        target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.call(domain + ".enable")
        self.call("Page.navigate", url=url)

    def call(self, method, **params):
        return self._browser.call(method, session=self._session, **params)

    def run(self, script):
        """The value of an expression, or of what it promises."""
        said = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in said:
            details = said["exceptionDetails"]
            raise Failure(details.get("exception", {}).get("description") or details["text"])
        return said["result"].get("value")

    def wait(self, condition, seconds=60):
        until = time.monotonic() + seconds
        while not self.run(condition):
            if time.monotonic() > until:
                raise Failure(f"not within {seconds} s: {condition}; the page says {self.run('document.body.innerText')[:600]!r}")
            time.sleep(0.02)

    def box(self, selector):
        self.run(f"document.querySelector({selector!r}).scrollIntoView({{block: 'center'}})")
        return self.run(f"(b => [b.x, b.y, b.width, b.height])(document.querySelector({selector!r}).getBoundingClientRect())")

    def mouse(self, kind, x, y):
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", buttons=int(kind != "mouseReleased"), clickCount=1)

    def click(self, selector):
        x, y, w, h = self.box(selector)
        self.mouse("mousePressed", x + w / 2, y + h / 2)
        self.mouse("mouseReleased", x + w / 2, y + h / 2)

    def drag(self, selector, path):
        """Along points given as shares of the element's width and height."""
        left, top, w, h = self.box(selector)
        for i, (x, y) in enumerate(path):
            self.mouse("mouseMoved" if i else "mousePressed", left + x * w, top + y * h)
        self.mouse("mouseReleased", left + path[-1][0] * w, top + path[-1][1] * h)

    def set(self, selector, value):
        self.run(f"(e => {{ e.value = {value!r}; e.dispatchEvent(new Event('input', {{bubbles: true}})); }})"
                 f"(document.querySelector({selector!r}))")

    def picture(self, file):
        """A screenshot of all of the page."""
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        shot = self.call("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)
        with open(file, "wb") as f:
            f.write(base64.b64decode(shot["data"]))
