from __future__ import annotations

import re
import sys
import threading

import pytest

from flaskgen.cli.reporters import (
    Display,
    LiveReporter,
    PlainReporter,
    VerboseReporter,
)
from flaskgen.effects.system.session import Reporter, Session
from tests.effects.system.interrupted import hangs_and_failures

URL = "https://ada:hunter2@example.org/simple"


def fail_in(reporter: Reporter) -> None:
    with reporter.step("Install"):
        raise RuntimeError("no")


def test_steps_are_timed_in_their_order() -> None:
    reporter = Reporter()
    with reporter.step("one"):
        pass
    with reporter.step("two"):
        pass
    assert [step["title"] for step in reporter.steps] == ["one", "two"]
    assert sum(float(step["seconds"]) for step in reporter.steps) <= reporter.seconds + 0.001


def test_a_step_that_fails_is_not_among_the_finished() -> None:
    reporter = Reporter()
    with pytest.raises(RuntimeError):
        fail_in(reporter)
    assert reporter.steps == []


def test_quiet_keeps_warnings_and_shows_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    reporter = Reporter()
    reporter.warn("careful")
    reporter.command(["git"])
    reporter.output("x")
    assert reporter.warnings == ["careful"]
    printed = capsys.readouterr()
    assert printed.out + printed.err == ""


LIVE = """
import time
from flaskgen.cli.reporters import LiveReporter

def work():
    with LiveReporter().step("x"):
        time.sleep(0.001)
"""


@pytest.mark.e2e
def test_a_signal_at_any_moment_does_not_hang_the_live_line() -> None:
    assert hangs_and_failures(LIVE) == []


def test_nothing_that_is_reported_can_colour_or_move_what_is_shown(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A title in the log of a clone, say, or a path."""
    for report in (PlainReporter().note, PlainReporter().warn):
        report("`flaskgen \x1b[2Jadd\nerror: mail` was interrupted")
        assert "`flaskgen \\x1b[2Jadd\\nerror: mail` was interrupted\n" in capsys.readouterr().err


def test_plain_gives_a_line_for_each_step_that_is_done_or_failed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    reporter = PlainReporter()
    with reporter.step("Write"):
        assert capsys.readouterr().err == ""
    reporter.note("adding another")
    reporter.warn("careful")
    with pytest.raises(RuntimeError):
        fail_in(reporter)
    lines = capsys.readouterr().err.splitlines()
    assert re.fullmatch(r"Write \(\d\.\d s\)", lines[0])
    assert lines[1:3] == ["note: adding another", "warning: careful"]
    assert re.fullmatch(r"Install: failed after \d\.\d s", lines[3])
    assert (reporter.notes, reporter.warnings) == (["adding another"], ["careful"])


def test_verbose_shows_commands_and_output_without_passwords(capsys: pytest.CaptureFixture[str]) -> None:
    code = "import sys\nprint('looking at', *sys.argv[1:])"
    Session(VerboseReporter()).run([sys.executable, "-c", code, "--index-url", URL, "a b"])
    command, output = capsys.readouterr().err.splitlines()
    assert command.startswith(f"$ {sys.executable} -c 'import sys ...' --index-url ")
    assert command.endswith(" 'a b'")
    assert output.startswith("  looking at --index-url ")
    assert "hunter2" not in command + output


def test_live_draws_a_line_again_until_the_step_is_ticked(capsys: pytest.CaptureFixture[str]) -> None:
    reporter = LiveReporter()
    with reporter.step("Install 24 packages"):
        threading.Event().wait(0.35)
    shown = capsys.readouterr().err
    assert shown.count("\r\x1b[K") >= 3
    assert re.search(r"\u2713 Install 24 packages 0\.[3-9] s\n$", shown)
    assert shown.count("\n") == 1


def test_live_marks_a_step_that_fails(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RuntimeError):
        fail_in(LiveReporter())
    assert capsys.readouterr().err.endswith("\u2717 Install\n")


def test_what_is_told_during_a_live_step_has_a_line_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    reporter = LiveReporter()
    with reporter.step("Install"):
        reporter.warn("careful")
        reporter.note("adding another")
    shown = capsys.readouterr().err
    assert "\r\x1b[Kwarning: careful\n" in shown
    assert "\r\x1b[Knote: adding another\n" in shown


@pytest.mark.parametrize(
    ("display", "kind"),
    [
        (Display(as_json=True, quiet=False, verbose=True), Reporter),
        (Display(as_json=False, quiet=True, verbose=False), Reporter),
        (Display(as_json=False, quiet=False, verbose=True), VerboseReporter),
        (Display(as_json=False, quiet=False, verbose=False), PlainReporter),
    ],
)
def test_the_reporter_is_chosen_by_what_was_asked(display: Display, kind: type[Reporter]) -> None:
    assert type(display.session().reporter) is kind
