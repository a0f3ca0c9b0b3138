"""Chromium without a window: a fresh profile, this machine only, pages used as a person uses them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

_SWITCHES = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--disable-default-apps", "--no-proxy-server", "--ignore-certificate-errors", "--hide-scrollbars"),
    # Nothing but this machine is reached, whatever a page asks for.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost",
)


def find_programs() -> tuple[str, str] | None:
    """Return the paths of Chromium and its driver, if both are installed."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    driver = shutil.which("chromedriver")
    return (browser, driver) if browser and driver else None


class Chromium:
    """A browser at one site."""

    def __init__(self, driver: Chrome, origin: str) -> None:
        self.driver = driver
        self.origin = origin

    def visit(self, path: str) -> None:
        self.driver.get(self.origin + path)

    @property
    def path(self) -> str:
        return self.driver.current_url.removeprefix(self.origin).partition("#")[0]

    @property
    def text(self) -> str:
        """What a person reads on the page."""
        return self.driver.find_element(By.TAG_NAME, "body").text

    @property
    def focused(self) -> WebElement:
        return self.driver.switch_to.active_element

    def fill(self, **fields: str) -> None:
        """Type into fields, by their names."""
        for name, text in fields.items():
            field = self.driver.find_element(By.CSS_SELECTOR, f"main [name={name}]")
            field.clear()
            field.send_keys(text)

    def paste(self, field: WebElement, text: str) -> None:
        """Copy the text in a page of its own, and paste it into the field of this one."""
        page = self.driver.current_window_handle
        self.driver.switch_to.new_window("tab")
        self.driver.get("data:text/html,<textarea></textarea>")
        source = self.driver.find_element(By.TAG_NAME, "textarea")
        source.send_keys(text, Keys.CONTROL, "ac")
        self.driver.close()
        self.driver.switch_to.window(page)
        field.send_keys(Keys.CONTROL, "v")

    def send(self, **fields: str) -> None:
        """Fill in the form of the page, and press its button."""
        self.fill(**fields)
        self.press("main form [type=submit]")

    def press(self, selector: str) -> None:
        """Press what leads to another page, and wait for it."""
        page = self.driver.find_element(By.TAG_NAME, "html")
        self.driver.find_element(By.CSS_SELECTOR, selector).click()
        self.wait_for_page_after(page)

    def follow(self, words: str) -> None:
        """Follow the link with these words, or with these words before it."""
        page = self.driver.find_element(By.TAG_NAME, "html")
        self.driver.find_element(By.XPATH, f"//*[self::p or self::li][contains(., '{words}')]//a").click()
        self.wait_for_page_after(page)

    def wait_for_page_after(self, page: WebElement) -> None:
        # Between two pages there is no state to read, and the old page's elements are not there any more.
        def is_loaded(driver: Chrome) -> bool:
            new = driver.find_element(By.TAG_NAME, "html") != page
            return new and bool(driver.execute_script("return document.readyState") == "complete")

        WebDriverWait(self.driver, 30).until(is_loaded)

    def send_nothing(self) -> bool:
        """Send the page's form empty, past the browser's own checks; tell whether there was one.

        A button that does something at once, such as to delete an account, is no such form.
        """
        forms = self.driver.find_elements(By.CSS_SELECTOR, "main form.form[method=post]")
        if forms:
            page = self.driver.find_element(By.TAG_NAME, "html")
            self.driver.execute_script(
                "arguments[0].noValidate = true; arguments[0].requestSubmit()", forms[0]
            )
            self.wait_for_page_after(page)
        return bool(forms)

    def show_as(self, scheme: str, width: int, height: int = 800) -> None:
        """Show pages light or dark, and this many CSS pixels wide."""
        # Colours that fade from one to the other would be measured on their way.
        wanted = [
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": wanted})
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)

    def is_wider_than_the_window(self) -> bool:
        root = "document.documentElement"
        wide: bool = self.driver.execute_script(f"return {root}.scrollWidth > {root}.clientWidth")
        return wide

    def take_complaints(self) -> list[str]:
        """Return what the console has said since the last call: failures, warnings, policy breaches."""
        entries: list[dict[str, Any]] = self.driver.get_log("browser")
        return [entry["message"] for entry in entries]

    def forget(self) -> None:
        """Forget the cookies: be someone else."""
        self.driver.execute_cdp_cmd("Network.clearBrowserCookies", {})


@contextmanager
def chromium(origin: str, home: Path) -> Iterator[Chromium]:
    """Start a browser whose home and profile are in a directory of its own."""
    programs = find_programs()
    assert programs, "Chromium and its driver are not installed"
    options = ChromeOptions()
    options.binary_location = programs[0]
    for switch in (*_SWITCHES, f"--user-data-dir={home / 'profile'}"):
        options.add_argument(switch)
    options.set_capability("goog:loggingPrefs", {"browser": "INFO"})
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8"}
    driver = Chrome(options, Service(programs[1], env=environment))
    try:
        driver.execute_cdp_cmd("Network.enable", {})
        yield Chromium(driver, origin)
    finally:
        driver.quit()
