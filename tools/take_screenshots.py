"""Take the pictures of docs/images: generated applications, installed and served, in a real browser.

Needs Chromium with its driver, openssl and Pillow; the pictures have the fonts of the machine.
"""

from __future__ import annotations

import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.browser.chromium import Chromium, chromium  # noqa: E402
from tests.browser.https_front import https_front, make_certificate  # noqa: E402
from tests.browser.people import log_in, register  # noqa: E402
from tests.browser.production import make_production  # noqa: E402
from tests.mailbox import serve_mail  # noqa: E402

IMAGES = ROOT / "docs" / "images"
EMAIL = "ada@example.org"
NOTES = ("Water the plants", "Read about Jacquard's loom", "Write to Charles", "Count the Bernoulli numbers")
COLOURS = 128


@dataclass(frozen=True)
class Shot:
    """A page, and how it is shown."""

    name: str
    path: str
    scheme: str = "light"
    width: int = 1280
    height: int = 800


# Each preset's pages for strangers, then those for members.
SHOTS = {
    "web": (
        [Shot("home", "/"), Shot("contact", "/contact"), Shot("login-phone", "/auth/login", width=390)],
        [Shot("notes-dark", "/notes/", scheme="dark"), Shot("account", "/auth/account")],
    ),
    "full": (
        [Shot("home", "/"), Shot("notes-phone", "/notes/", width=390), Shot("api", "/api/docs")],
        [Shot("notes-dark", "/notes/", scheme="dark"), Shot("account", "/auth/account")],
    ),
}


def take(browser: Chromium, shot: Shot, file: Path) -> None:
    """Save what is in the window as a PNG of few colours, which has a tenth of the bytes."""
    browser.show_as(shot.scheme, shot.width, shot.height)
    browser.visit(shot.path)
    with Image.open(BytesIO(browser.driver.get_screenshot_as_png())) as picture:
        picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(file, optimize=True)
    print(f"{file.relative_to(ROOT)}: {file.stat().st_size // 1024} KB")


def take_all(preset: str, folder: Path, cache: Path) -> None:
    """Make and serve the project of a preset, and take its pictures."""
    with ExitStack() as stack:
        mailbox, mail_port = stack.enter_context(serve_mail())
        settings = {"TRUSTED_HOSTS": "localhost", "PROXY_HOPS": "1"}
        settings |= {"MAIL_SERVER": "127.0.0.1", "MAIL_PORT": str(mail_port)}
        made = make_production(folder, "--preset", preset, cache=cache, **settings)
        made.flask("init-db")
        made.add_notes(*NOTES)
        front = stack.enter_context(
            https_front(make_certificate(folder), stack.enter_context(made.serving()))
        )
        browser = stack.enter_context(chromium(f"https://{front.host}", folder / "chromium"))
        strangers, members = SHOTS[preset]
        for shot in strangers:
            take(browser, shot, IMAGES / f"{preset}-{shot.name}.png")
        register(browser, mailbox, EMAIL)
        log_in(browser, EMAIL)
        for shot in members:
            take(browser, shot, IMAGES / f"{preset}-{shot.name}.png")


def main() -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for preset in SHOTS:
            place = Path(folder, preset)
            (place / "chromium").mkdir(parents=True)
            take_all(preset, place, Path(folder, "cache"))


if __name__ == "__main__":
    main()
