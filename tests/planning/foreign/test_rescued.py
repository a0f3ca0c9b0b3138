from __future__ import annotations

from flaskgen.planning.foreign.rescued import Rescued, format_rescued, read_rescued
from flaskgen.planning.packages.pins import Pin

_URL = "shop @ https://example.com/shop-1.0.tar.gz"


def test_what_a_rescue_has_written_is_read_again():
    rescued = Rescued(
        "3.8",
        ("setuptools<58", "wheel<0.38"),
        ("celery[redis]", "Flask", "shop"),
        (
            Pin("celery", "4.0"),
            Pin("flask", "1.0", hashes=("sha256:aa", "sha256:bb")),
            Pin("shop", "", reference=_URL),
            Pin("click", "7.0"),
        ),
    )
    notes = {"": ["# six dropped: why"], "flask": ["# Flask==0.12 loosened: why"]}
    text = format_rescued(rescued, made_by="rescue` from setup.py", notes=notes, hashes=True)
    assert read_rescued(text) == rescued
