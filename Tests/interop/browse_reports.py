"""Looks at the pages of `resverify --report` in headless Chromium, and uses them.

    python browse_reports.py resverify fixtures WORK      # with selenium, h5py and numpy

Makes the page of a model that is right, of one with a planted mistake under names that hold markup,
and of one with many calls; prints what is wrong with them, and ends with exit code 1 if anything is.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import h5py
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

MARKUP = "<img src=x onerror=document.title='run'>"


def make(program: str, model: Path, golden: Path, page: Path, code: int) -> Path:
    result = subprocess.run(
        [program, model, "--golden", golden, "--quiet", "--diagnose", "--report", page],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    if result.returncode != code:
        raise SystemExit(f"{page.name}: exit {result.returncode}: {result.stderr}")
    return page


def planted(program: str, fixtures: Path, work: Path) -> Path:
    """A mirrored kernel, in a model and a case whose names hold markup."""
    source = fixtures / "digits_resnet"
    model, golden = work / f"{MARKUP}.h5", work / "golden.h5"
    shutil.copy(source / "keras3.h5", model)
    shutil.copy(source / "keras3.golden.h5", golden)
    with h5py.File(model, "r+") as file:
        kernel = file["model_weights/block2_conv1/block2_conv1/kernel"]
        kernel[...] = kernel[...][:, ::-1]
    with h5py.File(golden, "r+") as file:
        file["cases"].move("test_images", MARKUP)
    return make(program, model, golden, work / "planted.html", 1)


class Browser:
    """Chromium with a page open, and what is wrong with it."""

    def __init__(self) -> None:
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium") or "chromium"
        for name in ("headless=new", "disable-gpu", "disable-dev-shm-usage", "hide-scrollbars"):
            options.add_argument(f"--{name}")
        if os.geteuid() == 0:
            options.add_argument("--no-sandbox")
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        service = Service(shutil.which("chromedriver"))
        self.driver = webdriver.Chrome(options=options, service=service)
        self.problems: list[str] = []
        self.page = ""

    def expect(self, holds: object, problem: str) -> None:
        if not holds:
            self.problems.append(f"{self.page}: {problem}")

    def open(self, page: Path, width: int = 1200, scheme: str = "light") -> None:
        self.page = f"{page.name} ({width} px, {scheme})"
        metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
        self.driver.get_log("performance")
        self.driver.get(page.resolve().as_uri())

    def run(self, script: str) -> object:
        return self.driver.execute_script(f"return {script}")

    def count(self, selector: str) -> int:
        return len(self.driver.find_elements(By.CSS_SELECTOR, selector))

    def check_silence(self) -> None:
        """Nothing was fetched, and nothing complained."""
        for entry in self.driver.get_log("browser"):
            self.expect(False, f"the console says {entry['message']}")
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                address = message["params"]["request"]["url"]
                self.expect(address.startswith("file:"), f"fetches {address}")


def check_structure(browser: Browser, sign: str) -> None:
    """What a reader who cannot see the page has of it."""
    title = browser.run("document.querySelector('h1').textContent")
    browser.expect(sign in str(title), f"the verdict is '{title}'")
    browser.expect(browser.run("document.documentElement.lang") == "en", "has no language")
    for landmark in ("header", "main", "footer", "h1"):
        browser.expect(browser.count(landmark) == 1, f"has {browser.count(landmark)} {landmark}")
    unnamed = "svg:not([aria-label]):not([aria-hidden] svg):not([aria-hidden]), img:not([alt])"
    browser.expect(not browser.count(unnamed), f"has {browser.count(unnamed)} pictures unnamed")
    for table in browser.driver.find_elements(By.TAG_NAME, "table"):
        heads = table.find_elements(By.CSS_SELECTOR, "thead th[scope=col]")
        browser.expect(heads, "has a table without headings")
        rows = table.find_elements(By.CSS_SELECTOR, "tbody tr:not(.group)")
        names = table.find_elements(By.CSS_SELECTOR, "tbody tr:not(.group) > th[scope=row]")
        browser.expect(len(rows) == len(names) > 0, f"{len(names)} of {len(rows)} rows have names")
    repeated = browser.run(
        "[...document.querySelectorAll('[id]')].map(x => x.id)"
        ".filter((id, index, all) => all.indexOf(id) !== index)"
    )
    browser.expect(not repeated, f"identifiers are repeated: {repeated}")
    dangling = browser.run(
        "[...document.querySelectorAll('a[href]')].map(x => x.getAttribute('href').slice(1))"
        ".filter(id => !document.getElementById(id))"
    )
    browser.expect(not dangling, f"links lead nowhere: {dangling}")
    calls = browser.count("section.case tr[id]")
    for marks in (".plot.alone use.m", ".plot.whole use.m"):
        found = browser.count(marks)
        browser.expect(found == calls, f"{found} marks '{marks}' of {calls} calls")
    browser.expect(browser.count(".graph a[id] .sign") > 0, "the graph has no verdicts")


def luminance(color: str) -> float:
    channels = [int(part) / 255 for part in re.findall(r"\d+", color)[:3]]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def check_contrast(browser: Browser) -> str:
    """Texts are told from what is behind them. Returns the colour of the page."""
    paper = str(browser.run("getComputedStyle(document.body).backgroundColor"))
    for name in ("body", ".hint", ".badge", "td", "td .badge", "dt", "a", "figcaption", "small"):
        colors = browser.run(
            f"[...document.querySelectorAll('{name}')].slice(0, 40).map(x => {{"
            "let back = x; while (back !== document.body && "
            "getComputedStyle(back).backgroundColor === 'rgba(0, 0, 0, 0)')"
            " back = back.parentElement;"
            "return [getComputedStyle(x).color, getComputedStyle(back).backgroundColor] })"
        )
        for front, back in colors:  # type: ignore[attr-defined]
            light, dark = sorted((luminance(front), luminance(back)), reverse=True)
            ratio = (light + 0.05) / (dark + 0.05)
            browser.expect(ratio >= 4.5, f"'{name}' has a contrast of {ratio:.1f}: {front}, {back}")
    return paper


def check_keys(browser: Browser) -> None:
    """The chart is one stop of the tab key; the arrows move along the calls."""
    track = browser.driver.find_element(By.CSS_SELECTOR, "[role=slider]")
    first = int(track.get_attribute("aria-valuenow") or 0)
    count = int(track.get_attribute("aria-valuemax") or 0)
    names = browser.run("[...document.querySelectorAll('tr[id] th')].map(x => x.textContent)")

    def expect(number: int, how: str) -> None:
        value = track.get_attribute("aria-valuetext") or ""
        now = int(track.get_attribute("aria-valuenow") or 0)
        browser.expect(now == number, f"{how} moves to call {now}, not {number}")
        name = names[number - 1]  # type: ignore[index]
        browser.expect(f"Call {name}," in value, f"{how}: '{name}' is read as '{value}'")
        current = browser.run("document.querySelector('tr[aria-current] th').textContent")
        browser.expect(current == name, f"{how}: the table shows {current}")
        readout = browser.run("document.querySelector('.readout').textContent")
        browser.expect(name in str(readout), f"{how}: the readout is '{readout}'")

    stops = browser.run("document.querySelector('.chart').querySelectorAll('[tabindex]').length")
    browser.expect(stops == 1, f"the chart has {stops} stops")
    expect(first, "opening the page")
    track.send_keys(Keys.ARROW_LEFT)
    expect(max(1, first - 1), "the left arrow")
    track.send_keys(Keys.END)
    expect(count, "End")
    track.send_keys(Keys.HOME)
    expect(1, "Home")
    track.send_keys(Keys.ARROW_RIGHT)
    expect(2, "the right arrow")
    track.send_keys(Keys.ENTER)
    focus = browser.run("document.activeElement.textContent")
    browser.expect(focus == names[1], f"Enter leads to '{focus}'")  # type: ignore[index]
    browser.driver.switch_to.active_element.send_keys(Keys.ENTER)
    box = browser.run("document.activeElement.closest('.graph a')?.textContent ?? ''")
    browser.expect(names[1] in str(box), f"a name in the table leads to '{box}'")  # type: ignore[index]


def check_filter(browser: Browser) -> None:
    shown = "[...document.querySelectorAll('tbody tr[data-verdict]')].filter(x => !x.hidden)"
    everything = browser.run(f"{shown}.length")
    browser.run("document.querySelector('.filter input[value=wrong]').click()")
    kinds = browser.run(f"[...new Set({shown}.map(x => x.dataset.verdict))]")
    browser.expect(kinds == ["wrong"], f"the filter shows {kinds}")
    browser.run("document.querySelector('.filter input[value=all]').click()")
    browser.expect(browser.run(f"{shown}.length") == everything, "the filter hides for good")


def check_planted(browser: Browser) -> None:
    """The first wrong call is explained, and names are texts."""
    fault = str(browser.run("document.querySelector('.fault').textContent"))
    browser.expect("block2_conv1" in fault, "the fault is not named")
    browser.expect("mirrored" in fault, "the diagnosis is missing")
    for selector in (".heat[role=img]", ".histogram[role=img]"):
        browser.expect(browser.count(selector) == 2, f"{browser.count(selector)} of {selector}")
    browser.expect(browser.count("img") == 0, "a name was read as markup")
    browser.expect(browser.run("document.title") != "run", "a name was run")
    text = str(browser.run("document.body.textContent"))
    browser.expect(text.count(MARKUP) >= 3, "names are not shown as they are")
    check_filter(browser)


def check_policy(browser: Browser, page: Path) -> None:
    """The only script that may run is the page's own."""
    text = page.read_text()
    script = text.split("<script>")[1].split("</script>")[0]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    browser.expect(f"&#39;sha256-{digest}&#39;" in text, f"the policy must name sha256-{digest}")


def main() -> None:
    program, fixtures, work = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    work.mkdir(parents=True, exist_ok=True)
    source, many = fixtures / "digits_resnet", fixtures / "many_layers"
    sound = source / "keras3.h5", source / "keras3.golden.h5"
    large = many / "keras3.h5", many / "keras3.golden.h5"
    pages: list[tuple[Path, str, Callable[[Browser], None] | None]] = [
        (make(program, *sound, work / "sound.html", 0), "Agrees", None),
        (make(program, *large, work / "large.html", 0), "Agrees", None),
        (planted(program, fixtures, work), "Differs", check_planted),
    ]
    browser = Browser()
    try:
        for page, sign, more in pages:
            browser.open(page)
            check_policy(browser, page)
            check_structure(browser, sign)
            light = check_contrast(browser)
            if more:
                more(browser)
            check_keys(browser)
            browser.check_silence()
            browser.open(page, width=360, scheme="dark")
            browser.expect(check_contrast(browser) != light, "light and dark look alike")
            width = browser.run("document.documentElement.scrollWidth")
            browser.expect(width == 360, f"the body is {width} px wide on 360")
            browser.check_silence()
    finally:
        browser.driver.quit()
    for problem in browser.problems:
        print(problem[:400])
    sys.exit(1 if browser.problems else 0)


if __name__ == "__main__":
    main()
