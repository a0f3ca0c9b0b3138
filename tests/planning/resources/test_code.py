"""The code of fields."""

from __future__ import annotations

import itertools

import pytest

from flaskgen.planning.resources.code import code_of
from flaskgen.planning.resources.resource import parse_resource


@pytest.mark.parametrize("kind", ["str(1)", "str(2)", "str(4)", "str(5)", "str(300)", "slug(5)"])
def test_rows_of_tests_have_different_texts_that_fit(kind: str) -> None:
    resource = parse_resource("Country", [f"code:{kind}^"])
    (field,) = code_of(resource, [resource])
    numbers = itertools.count(1)
    texts = [eval(field.factory or "", {"numbers": numbers}) for _ in range(5_000)]
    assert len({*texts}) == len(texts)
    assert max(map(len, texts)) <= int(field.field.arguments[0])
