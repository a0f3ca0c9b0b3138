"""Changes of the tables that the models describe."""

from __future__ import annotations

import pytest

from flaskgen.planning.flask.compatibility import FlaskSeries
from flaskgen.planning.merging.schema import (
    next_revision,
    problem_with_rows,
    schema_changes,
    steps_without_migrations,
    tables_left,
)
from tests.edits.cases import as_bytes
from tests.edits.measure import files_of
from tests.project_templates.rendering import render_project
from tests.project_templates.series import ALL_SERIES
from tests.project_templates.subsets import WEB

MODELS = """\
class User(UserMixin, db.Model):
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(120), unique=True)
    nick: Mapped[str | None]
    notes: Mapped[list["Note"]] = relationship()


tags = db.Table("tags", db.metadata, db.Column("note_id", db.ForeignKey("note.id"), primary_key=True))
"""


def changes(old, new):
    assert old in MODELS
    trees = [as_bytes({"shop/models.py": text}) for text in (MODELS, MODELS.replace(old, new, 1))]
    return schema_changes(*trees)


EMAIL = "    email: Mapped[str] = mapped_column(String(120), unique=True)\n"


@pytest.mark.parametrize(
    ("old", "new", "facts"),
    [
        (EMAIL, f"{EMAIL}    token: Mapped[str]\n", ["`user.token` is new"]),
        (EMAIL, f"{EMAIL}    token = db.Column(db.String(64))\n", ["`user.token` is new"]),
        (EMAIL, f"{EMAIL}    token = db.Column('key', db.String(64))\n", ["`user.key` is new"]),
        (EMAIL, "", ["`user.email` is gone"]),
        ("String(120)", "String(254)", ["`user.email` is String(254) instead of String(120)"]),
        ("str | None", "str", ["`user.nick` may not be null any more"]),
        ("Mapped[str | None]", "Mapped[Optional[int]]", ["`user.nick` is Integer instead of String"]),
        ("email: Mapped[str] =", "email: Mapped[str | None] =", ["`user.email` may be null now"]),
        ("str | None", "int", ["`user.nick` is Integer instead of String and may not be null any more"]),
        ("class User", "class Member", ["`member` is new", "`user` is gone"]),
        ("    id:", "    __tablename__ = 'people'\n    id:", ["`people` is new", "`user` is gone"]),
        ("    id:", "    __abstract__ = True\n    id:", ["`user` is gone"]),
        ('"tags"', '"labels"', ["`labels` is new", "`tags` is gone"]),
        ('primary_key=True))', 'primary_key=True), db.Column("tag", db.Text))', ["`tags.tag` is new"]),
    ],
)  # fmt: skip
def test_tables_and_columns_that_are_new_gone_or_changed(old, new, facts):
    assert [str(change) for change in changes(old, new)] == facts


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (EMAIL, EMAIL.replace("unique=True", "index=True, default=make")),
        (EMAIL, "    email = db.Column(db.String(120), nullable=False)\n"),
        (EMAIL, "    email: Mapped[str] = mapped_column(sa.String(120))\n"),
        ("str | None", "None | str"),
        ("Mapped[str | None]", "Mapped[Optional[str]]"),
        ("    id: Mapped[int]", '    """A user."""\n\n    id: Mapped[int]'),
        ("    nick: Mapped[str | None]\n", "    nick: Mapped[str] = mapped_column(nullable=True)\n"),
        ("relationship()\n", 'relationship(lazy="select")\n    limit: int = 3\n    size = 4\n'),
    ],
)
def test_other_edits_of_the_models_change_no_table(old, new):
    assert changes(old, new) == ()


def test_a_model_may_move_to_another_module():
    before = as_bytes({"shop/models.py": MODELS, "tests/models.py": MODELS})
    after = as_bytes({"shop/auth/users.py": MODELS, "shop/broken.py": "class Column(:\n"})
    assert schema_changes(before, after) == ()


@pytest.mark.parametrize("series", ALL_SERIES[:-1], ids=lambda series: series.name)
def test_the_tables_are_those_of_the_newest_series_on_every_other(series: FlaskSeries):
    trees = (render_project(WEB, series=series), render_project(WEB))
    assert schema_changes(*trees) == ()
    new = [str(change) for change in schema_changes({}, trees[0])]
    assert new == [f"`{table}` is new" for table in ("contact_message", "note", "user", "user_session")]


def test_an_extension_may_bring_a_table_and_take_it_away():
    trees = [
        as_bytes(dict(files_of(frozenset(names)))) for names in (["sqlalchemy"], ["sqlalchemy", "login"])
    ]
    tables = ["`user`", "`user_session`"]
    assert [str(change) for change in schema_changes(*trees)] == [f"{table} is new" for table in tables]
    assert [str(change) for change in schema_changes(*trees[::-1])] == [
        f"{table} is gone" for table in tables
    ]
    assert schema_changes({}, as_bytes(dict(files_of(frozenset(["wtf"]))))) == ()


# What is there to do

TOKEN = f"{EMAIL}    token: Mapped[str]\n"


@pytest.mark.parametrize(
    ("old", "new", "why", "care"),
    [
        (EMAIL, TOKEN, "`user.token` is new", "rows that exist need a value for `user.token`"),
        (EMAIL, f"{EMAIL}    token: Mapped[str | None]\n", "`user.token` is new", None),
        ("class User", "class Member", "`member` is new, `user` is gone", "the data in `user` is deleted"),
        ("str | None", "str", "`user.nick` may not be null any more",
         "rows that exist need a value for `user.nick`"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("command", ["flask", "python manage.py"])
def test_a_revision_that_is_not_written_is_to_be_written_by_hand(old, new, why, care, command):
    revision = next_revision(changes(old, new), command)
    reason = f"read the revision first: {care}" if care else "change the tables"
    assert revision.steps_by_hand() == (
        f'{command} db migrate -m "{revision.title}"  # the models changed: {why}',
        f"{command} db upgrade  # {reason}",
    )
    assert revision.steps_by_hand("no room")[0].endswith("  # flaskgen could not write it: no room")


@pytest.mark.parametrize(
    ("old", "new", "title", "reason"),
    [
        (EMAIL, TOKEN, "add user.token", "change the tables"),
        ("class User", "class Member", "add member, remove user", "the data in `user` is deleted"),
        ("str | None", "str", "change user.nick", "change the tables"),
    ],
)
def test_a_revision_that_is_written_is_only_to_be_applied(old, new, title, reason):
    revision = next_revision(changes(old, new), "flask")
    assert (revision.title, revision.apply) == (title, f"flask db upgrade  # {reason}")


REVISION = """\
def upgrade():
    with op.batch_alter_table('user', schema=None) as batch_op:
        batch_op.add_column(sa.Column('token', sa.String(), nullable=True))
        batch_op.alter_column('nick', existing_type=sa.String(), nullable=True)

    op.add_column('note', sa.Column('rank', sa.Integer(), server_default='0', nullable=False))
    op.create_table('tag', sa.Column('id', sa.Integer(), nullable=False))


def downgrade():
    with op.batch_alter_table('user', schema=None) as batch_op:
        batch_op.add_column(sa.Column('lost', sa.String(), nullable=False))
"""


@pytest.mark.parametrize(
    ("old", "new", "columns"),
    [
        ("sa.String(), nullable=True))", "sa.String(), nullable=False))", "`user.token`"),
        (
            "existing_type=sa.String(), nullable=True",
            "existing_type=sa.String(), nullable=False",
            "`user.nick`",
        ),
        ("server_default='0', ", "", "`note.rank`"),
        (
            "op.create_table",
            "op.alter_column('note', 'text', nullable=False)\n    op.create_table",
            "`note.text`",
        ),
        ("nullable=True", "nullable=False", "`user.token`, `user.nick`"),
    ],
)
def test_a_revision_that_fails_where_tables_have_rows_is_found(old, new, columns):
    assert problem_with_rows(REVISION) is None
    assert problem_with_rows(REVISION.replace(old, new)) == f"rows that exist need a value for {columns}"


def steps_of_change(fact):
    return [
        f"flask init-db  # after you delete an existing database, which {fact}",
        "flaskgen undo  # instead, to keep the data; "
        "then `flaskgen add migrate`, `flask init-db` and this change again",
    ]


@pytest.mark.parametrize(
    ("old", "new", "steps"),
    [
        ("class User", "class Member", ["flask init-db  # create the new tables: `member`"]),
        (EMAIL, TOKEN, steps_of_change("lacks `user.token`")),
        (EMAIL, "", steps_of_change("still requires `user.email`")),
        ("    nick: Mapped[str | None]\n", "", []),
        ("str | None", "str", steps_of_change("does not follow: `user.nick` may not be null any more")),
        (
            EMAIL,
            f"{TOKEN}class Tag(db.Model):\n    id = db.Column(db.Integer)\n",
            steps_of_change("lacks `user.token`"),
        ),
    ],
)
def test_without_migrations_the_steps_say_what_an_existing_database_lacks(old, new, steps):
    if "class Tag" in new:
        found = changes(MODELS, MODELS.replace(EMAIL, TOKEN) + "class Tag(db.Model):\n    pass\n")
    else:
        found = changes(old, new)
    assert [*steps_without_migrations(found, "flask")] == steps


def test_without_migrations_a_table_that_goes_stays_in_a_database():
    [note] = tables_left(changes("class User", "class Member"))
    assert note.startswith("an existing database keeps `user` and the rows: drop a table before")
    assert [*tables_left(changes(EMAIL, ""))] == []


def test_many_changes_are_told_by_the_first_ones():
    new = EMAIL + "".join(f"    a_long_name_{number}: Mapped[str]\n" for number in range(6))
    write, apply = next_revision(changes(EMAIL, new), "flask").steps_by_hand()
    assert write.startswith('flask db migrate -m "follow the models"  # ')
    assert write.endswith("`user.a_long_name_3` is new and 2 more")
    assert apply.endswith("`user.a_long_name_3` and 2 more")
