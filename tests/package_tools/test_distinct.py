from __future__ import annotations

import pytest

from tests.package_tools import distinct
from tests.package_tools.distinct import distinct_requirements, required_by
from tests.project_templates.subsets import SUBSETS, closed


def test_of_subsets_that_require_the_same_the_largest_is_taken() -> None:
    mail, docker, both = closed(["mail"]), closed(["docker"]), closed(["docker", "deploy"])
    assert sorted(distinct_requirements([both, docker, mail]).values()) == [both, mail]


@pytest.mark.e2e
def test_every_requirement_of_a_sample_is_in_one_that_is_run() -> None:
    run = [required_by(subset) for subset in distinct_requirements(SUBSETS).values()]
    assert sorted(run) == sorted({required_by(subset) for subset in SUBSETS})


def test_another_lock_is_run_again(monkeypatch: pytest.MonkeyPatch) -> None:
    mail = [closed(["mail"])]
    before = distinct_requirements(mail)
    monkeypatch.setattr(distinct, "LOCK", distinct.LOCK.with_name("3.0.lock"))
    assert distinct_requirements(mail).keys().isdisjoint(before)
