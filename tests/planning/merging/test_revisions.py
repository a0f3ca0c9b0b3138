"""What is to be typed for a revision."""

from __future__ import annotations

from flaskgen.planning.merging.revisions import first_revision, other_steps


def test_the_first_revision_of_a_new_project_creates_the_tables():
    revision = first_revision("flask", is_new=True)
    assert revision.apply == "flask db upgrade  # create the tables"
    assert revision.steps_by_hand() == (
        'flask db migrate -m "First tables"  # write the revision that creates the tables',
        "flask db upgrade  # create the tables",
    )


def test_tables_that_are_older_than_the_first_revision_keep_their_data():
    step = first_revision("flask", is_new=False).apply
    assert step.startswith("flask init-db  # ")
    assert "if a database has those of the models, the data stays" in step


def test_a_step_of_an_extension_goes_if_another_one_runs_its_command():
    steps = ("flask init-db  # x", 'flask db migrate -m "y"', "flask db upgrade  # later", "flask routes")
    own = ("flask db upgrade  # now", "flask db migrate", "flask init-db")
    assert other_steps(steps, own) == ("flask routes",)
    assert other_steps(steps, ()) == steps
