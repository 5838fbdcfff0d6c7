"""Give each person a small number and repeat it where people are counted; let the database keep both (decision 20)."""

import sqlalchemy as sa
from alembic import op

revision = "0005_person_numbers"
down_revision = "0004_staff_and_plans"
branch_labels = None
depends_on = None

REPEATING = ("employment", "enrolment", "outside_record")
OLD = {
    "ix_employment_unit_id_person_id_since_until_audience": (
        *("employment", "ix_employment_in_unit"),
        ["unit_id", "person_id", "since", "until", "audience"],
    ),
    "ix_enrolment_completed_at_person_id_course_id_id": (
        *("enrolment", "ix_enrolment_completed"),
        ["completed_at", "person_id", "course_id", "id"],
    ),
    "ix_enrolment_due_at_completed_at_person_id_course_id_id": (
        *("enrolment", "ix_enrolment_due"),
        ["due_at", "completed_at", "person_id", "course_id", "id"],
    ),
    "ix_outside_record_issued_on_person_id_course_id": (
        *("outside_record", "ix_outside_record_issued"),
        ["issued_on", "person_id", "course_id"],
    ),
}
"""Name of an index -> its table, the name of the one that holds the number too, its columns."""

GIVE = {
    "sqlite": (
        "UPDATE person SET number = rowid",
        """CREATE TRIGGER person_numbered AFTER INSERT ON person BEGIN
        UPDATE person SET number = (SELECT coalesce(max(number), 0) + 1 FROM person) WHERE id = NEW.id; END""",
    ),
    "postgresql": (
        "CREATE SEQUENCE person_number_seq OWNED BY person.number",
        "ALTER TABLE person ALTER number SET DEFAULT nextval('person_number_seq')",
        "UPDATE person SET number = nextval('person_number_seq')",
        """CREATE FUNCTION repeat_number() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN NEW.person_number = (SELECT number FROM person WHERE id = NEW.person_id); RETURN NEW; END'""",
    ),
}
FILL = "UPDATE {table} SET person_number = (SELECT number FROM person WHERE person.id = {table}.person_id)"
REPEAT = {
    "sqlite": (
        FILL,
        """CREATE TRIGGER {table}_numbered AFTER INSERT ON {table} BEGIN UPDATE {table}
        SET person_number = (SELECT number FROM person WHERE id = NEW.person_id) WHERE id = NEW.id; END""",
        """CREATE TRIGGER {table}_renumbered AFTER UPDATE OF person_id ON {table} BEGIN UPDATE {table}
        SET person_number = (SELECT number FROM person WHERE id = NEW.person_id) WHERE id = NEW.id; END""",
    ),
    "postgresql": (
        FILL,
        """CREATE TRIGGER {table}_numbered BEFORE INSERT OR UPDATE OF person_id ON {table}
        FOR EACH ROW EXECUTE FUNCTION repeat_number()""",
    ),
}
TAKE_BACK = {
    "sqlite": (
        "DROP TRIGGER person_numbered",
        *(f"DROP TRIGGER {table}_{what}" for table in REPEATING for what in ("numbered", "renumbered")),
    ),
    "postgresql": (
        *(f"DROP TRIGGER {table}_numbered ON {table}" for table in REPEATING),
        "DROP FUNCTION repeat_number()",
    ),
}


def upgrade() -> None:
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.add_column(sa.Column("number", sa.Integer(), nullable=True))
        batch_op.create_unique_constraint(batch_op.f("uq_person_number"), ["number"])
    for table in REPEATING:
        op.add_column(table, sa.Column("person_number", sa.Integer(), nullable=True))
    dialect = op.get_bind().dialect.name
    for statement in GIVE[dialect]:
        op.execute(statement)
    for table in REPEATING:
        for statement in REPEAT[dialect]:
            op.execute(statement.format(table=table))
    for old, (table, name, columns) in OLD.items():
        op.drop_index(old, table_name=table)
        op.create_index(name, table, [*columns, "person_number"])


def downgrade() -> None:
    for statement in TAKE_BACK[op.get_bind().dialect.name]:
        op.execute(statement)
    for old, (table, name, columns) in OLD.items():
        op.drop_index(name, table_name=table)
        op.create_index(old, table, columns)
    for table in REPEATING:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column("person_number")
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_person_number"), type_="unique")
        batch_op.drop_column("number")
