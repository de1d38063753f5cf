"""A browser without a screen, for the pages that the project writes."""

import json
import os
import shutil
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import Chrome, ChromeOptions, ChromeService

CHROMIUM = next((path for name in ("chromium", "google-chrome") if (path := shutil.which(name))), None)
DRIVER = shutil.which("chromedriver")


@pytest.fixture(scope="session")
def browser() -> Iterator[Chrome]:
    """Chromium, steered as by a person: real pointers, real keys."""
    if CHROMIUM is None or DRIVER is None:
        pytest.skip("no browser on this machine (Debian: apt-get install chromium chromium-driver)")
    options = ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in ("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = Chrome(options, ChromeService(DRIVER))
    driver.set_script_timeout(300)  # a shared machine is slow at times
    try:
        yield driver
    finally:
        driver.quit()


def show(browser: Chrome, page: Path, width: int = 1200, height: int = 900, **media: str) -> None:
    """Open a page, in a window as ``adjust`` makes it."""
    adjust(browser, width, height, **media)
    browser.get(page.resolve().as_uri())


def adjust(browser: Chrome, width: int = 1200, height: int = 900, **media: str) -> None:
    """Give the window a size, and the person preferences, such as prefers_color_scheme="dark"."""
    features = [{"name": name.replace("_", "-"), "value": value} for name, value in media.items()]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def complaints(browser: Chrome) -> list[str]:
    """What the page wrote to the console since somebody last asked."""
    return [json.dumps(entry) for entry in browser.execute("getLog", {"type": "browser"})["value"]]


def screenshot(browser: Chrome) -> bytes:
    """The whole page as PNG."""
    shot: dict[str, str] = browser.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": True})
    return b64decode(shot["data"])


def content_of(address: str) -> bytes:
    """What a ``data:`` address holds."""
    return b64decode(address.partition(";base64,")[2])


def accessibility_faults(browser: Chrome) -> list[str]:
    """The rules of axe-core that the page in its present state breaks, each with the elements that break it."""
    script = os.environ.get("AXE_CORE")
    if script is None:
        pytest.skip("AXE_CORE is not the path of axe.min.js (npm install axe-core)")
    browser.execute_script(Path(script).read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = browser.execute_async_script(
        "const done = arguments[0]; axe.run().then(({violations}) => done(violations));"
    )
    return [f"{rule['id']}: {', '.join(node['html'] for node in rule['nodes'])}" for rule in found]
