"""The tags of slots: what a file offers, and what a slots.jinja fills."""

from __future__ import annotations

import pytest

from flaskgen.errors import TemplateDefect
from flaskgen.planning.templates.slots import Fill, SlotKind, SlotTag, read_fills, read_slots

SOURCE = "extensions/x/slots.jinja"

PAGE = """\
{# What x adds. #}

{# extensions.py #}
{% fill "extensions.imports" %}
from flask_x import X
{% endfill %}

{# config.py: two fills,
   one of them {% fill "commented.out" %} #}
{% fill "config.settings" part "url" %}
"URL": "",

{# a comment of the template #}
{% endfill %}
{% fill "config.start" %}
{% endfill %}
"""


def fills(text: str) -> list[Fill]:
    """Return those in no section."""
    return read_fills(text, SOURCE)[""]


def test_a_page_of_fills_is_read_in_order_with_the_line_where_each_content_begins():
    assert fills(PAGE) == [
        Fill("extensions.imports", "", "from flask_x import X\n", SOURCE, 5),
        Fill("config.settings", "url", '"URL": "",\n\n{# a comment of the template #}\n', SOURCE, 11),
        Fill("config.start", "", "", SOURCE, 16),
    ]


SECTIONS = """\
{# What x adds. #}

{% with "wtf+sqlalchemy" %}
{# forms.py #}
{% fill "a" %}
{% with form.name as name %}
{% endwith %}
{% endfill %}
{% endwith %}

{% fill "a" %}
always
{% endfill %}

{% with "no-cli" %}
{% endwith %}
{% with "wtf" %}
{% fill "a" part "b" %}
{% endfill %}
{% fill "a" %}
with wtf
{% endfill %}
{% endwith %}
"""


def test_fills_are_read_by_their_section_whose_traits_stand_as_written():
    assert read_fills(SECTIONS, SOURCE) == {
        "": [Fill("a", "", "always\n", SOURCE, 12)],
        "wtf+sqlalchemy": [Fill("a", "", "{% with form.name as name %}\n{% endwith %}\n", SOURCE, 6)],
        "no-cli": [],
        "wtf": [Fill("a", "b", "", SOURCE, 19), Fill("a", "", "with wtf\n", SOURCE, 21)],
    }


@pytest.mark.parametrize("text", ["", "\n\n", "{# nothing yet #}\n", "{# nothing yet #}"])
def test_a_page_can_be_without_fills(text: str):
    assert fills(text) == []


def test_spaces_behind_a_tag_and_a_missing_last_newline_do_no_harm():
    assert fills('{% fill "a" %}  \nx\n{% endfill %}\t') == [Fill("a", "", "x\n", SOURCE, 2)]


def test_parts_of_a_slot_and_its_unnamed_lines_are_different_fills():
    text = "".join(f"{{% fill {name} %}}\n{{% endfill %}}\n" for name in ('"a"', '"a" part "b"', '"a.b"'))
    assert [(fill.slot, fill.part) for fill in fills(text)] == [("a", ""), ("a", "b"), ("a.b", "")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('\n{% fill "a" %}\nx\n', r":2: the fill of `a` has no \{% endfill %\}"),
        ('{% fill "a" %}\nx\n{% fill "b" %}\n{% endfill %}\n', r":3: a tag inside the fill of `a`"),
        ('{% fill "a" %}\nx\n  {% endfill %}\n', r":3: a tag inside the fill of `a`"),
        ('{% fill "a" %}\nx {% endfill %}\n', r":2: a tag inside the fill of `a`"),
        ('{% fill "a" %}\n{% endfill %} x\n', r":2: a tag inside the fill of `a`"),
        ('{% fill "a" %}\n{% endfill %}\n\nx\n', r":4: text outside a fill"),
        ("{# never ends\n", r":1: text outside a fill"),
        ('{% slot "a" %}\n', r":1: text outside a fill"),
        ('{# x #} {% fill "a" %}\n{% endfill %}\n', r":1: malformed fill tag"),
        ('\n  {% fill "a" %}\n{% endfill %}\n', r":2: malformed fill tag"),
        ("{% fill a %}\n{% endfill %}\n", r":1: malformed fill tag"),
        ('{% fill "a/b" %}\n{% endfill %}\n', r":1: malformed fill tag"),
        ('{%- fill "a" -%}\n{% endfill %}\n', r":1: malformed fill tag"),
        ("{% endfill %}\n", r":1: malformed fill tag"),
        (
            '{% fill "a" %}\n{% endfill %}\n{% fill "a" %}\n{% endfill %}\n',
            r":3: the slot `a` is already filled in line 1",
        ),
        (
            '{% fill "a" part "b" %}\n{% endfill %}\n{% fill "a" part "b" %}\n{% endfill %}\n',
            r":3: the part `b` of the slot `a` is already filled in line 1",
        ),
        (
            '{% with "x" %}\n{% fill "a" %}\n{% endfill %}\n{% fill "a" %}\n{% endfill %}\n{% endwith %}\n',
            r":4: the slot `a` is already filled in line 2",
        ),
        (
            '{% with "x+y" %}\n{% endwith %}\n\n{% with "y+x" %}\n{% endwith %}\n',
            r":4: a section of the same traits begins in line 1",
        ),
        ('\n{% with "x" %}\n', r":2: the section `x` has no \{% endwith %\}"),
        (
            '{% with "x" %}\n{% with "y" %}\n{% endwith %}\n{% endwith %}\n',
            r":1: the section `x` has no \{% endwith %\}",
        ),
        ("\n{% endwith %}\n", r":2: malformed section tag"),
        ('{% with "x" %}\n  {% endwith %}\n', r":2: malformed section tag"),
        ('{% with "x" %} y\n{% endwith %}\n', r":1: malformed section tag"),
        ("{% with x %}\n{% endwith %}\n", r":1: malformed section tag"),
        ('{% with "x+" %}\n{% endwith %}\n', r":1: malformed section tag"),
        ('{% with "x" %}\n{% fill "a" %}\nx\n{% endwith %}\n', r":2: the fill of `a` has no \{% endfill %\}"),
        ('{% with "x" %}\ny\n{% endwith %}\n', r":2: text outside a fill"),
    ],
)
def test_a_wrong_page_is_refused_with_the_line(text: str, message: str):
    with pytest.raises(TemplateDefect, match=f"^extensions/x/slots.jinja{message}$"):
        fills(text)


def test_the_slots_of_a_text_are_read_in_order():
    text = 'a\n  {% slot "one" sorted %}\n{% slot "two" default %}\nb\n{% endslot %}\n{% slot "three" %}'
    assert list(read_slots(text, "a.py")) == [
        SlotTag("one", SlotKind.SORTED, ""),
        SlotTag("two", SlotKind.DEFAULT, ""),
        SlotTag("three", SlotKind.PLAIN, ""),
    ]


def test_a_comment_behind_a_slot_says_what_belongs_there():
    text = (
        '{% slot "one" %} {# a link, as in `{{ link }}` #}\n{% slot "two" default %}{# b #}\n{% endslot %}\n'
    )
    assert [tag.note for tag in read_slots(text, "a.html")] == ["a link, as in `{{ link }}`", "b"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('a\nx {% slot "y" %}\n', 2),
        ('{% slot "y %}\n', 1),
        ('{% slot "Y" %}\n', 1),
        ('a\n\n{% slot "y" later %}\n', 3),
        ('{% slot "y" %} {# a #} x\n', 1),
        ('{% slot "y" %} {# a\n#}\n', 1),
        ('{% slot "a" default %}\nx\n', 1),
        ("x\n{% endslot %}\n", 2),
        ('{% slot "a" %}\nx\n{% endslot %}\n', 3),
        ('{% slot "a" default %}\n{% slot "b" default %}\n{% endslot %}\n{% endslot %}\n', 2),
        ('{% slot "a" default %}\nx {% endslot %}\n', 2),
    ],
)
def test_a_malformed_slot_tag_is_refused_with_the_line(text: str, line: int):
    with pytest.raises(TemplateDefect, match=f"^a.py:{line + 10}: malformed slot tag$"):
        list(read_slots(text, "a.py", first_line=11))
