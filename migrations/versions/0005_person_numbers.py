"""Give each person a small number and repeat it beside their id where people are counted (docs/decisions/0020)."""

import sqlalchemy as sa
from alembic import op

revision = "0005_person_numbers"
down_revision = "0004_staff_and_plans"
branch_labels = None
depends_on = None

NUMBERED = "ck_outside_record_numbered"
NUMBER = {
    "sqlite": ("UPDATE person SET number = rowid",),
    "postgresql": ("CREATE SEQUENCE person_number_seq", "UPDATE person SET number = nextval('person_number_seq')"),
}
REPEAT = {
    "employment": "UPDATE employment SET person_number = (SELECT number FROM person p WHERE p.id = person_id)",
    "enrolment": "UPDATE enrolment SET person_number = (SELECT number FROM person p WHERE p.id = person_id)",
    "outside_record": "UPDATE outside_record SET person_number = (SELECT number FROM person p WHERE p.id = person_id)",
}
OLD = {
    "ix_employment_unit_id_person_id_since_until_audience": (
        "employment",
        ["unit_id", "person_id", "since", "until", "audience"],
    ),
    "ix_enrolment_completed_at_person_id_course_id_id": (
        "enrolment",
        ["completed_at", "person_id", "course_id", "id"],
    ),
    "ix_enrolment_due_at_completed_at_person_id_course_id_id": (
        "enrolment",
        ["due_at", "completed_at", "person_id", "course_id", "id"],
    ),
    "ix_outside_record_issued_on_person_id_course_id": ("outside_record", ["issued_on", "person_id", "course_id"]),
}
NEW = {
    "ix_employment_in_unit": ("employment", ["unit_id", "since", "until", "audience", "person_id", "person_number"]),
    "ix_enrolment_completed": ("enrolment", ["completed_at", "person_id", "course_id", "id", "person_number"]),
    "ix_enrolment_due": ("enrolment", ["due_at", "completed_at", "person_id", "course_id", "id", "person_number"]),
    "ix_outside_record_issued": ("outside_record", ["issued_on", "person_id", "course_id", "person_number"]),
}
"""Indexes: their table and columns."""


def upgrade() -> None:
    op.add_column("person", sa.Column("number", sa.Integer(), nullable=True))
    for statement in NUMBER[op.get_bind().dialect.name]:
        op.execute(statement)
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.alter_column("number", existing_type=sa.Integer(), nullable=False)
        batch_op.create_unique_constraint(batch_op.f("uq_person_number"), ["number"])
        batch_op.create_unique_constraint(batch_op.f("uq_person_id_number"), ["id", "number"])
    for name, (table, _columns) in OLD.items():
        op.drop_index(name, table_name=table)
    for table, statement in REPEAT.items():
        op.add_column(table, sa.Column("person_number", sa.Integer(), nullable=True))
        op.execute(statement)
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.alter_column("person_number", existing_type=sa.Integer(), nullable=table == "outside_record")
            batch_op.drop_constraint(batch_op.f(f"fk_{table}_person_id"), type_="foreignkey")
            batch_op.create_foreign_key(
                batch_op.f(f"fk_{table}_person_id_person_number"),
                "person",
                ["person_id", "person_number"],
                ["id", "number"],
            )
    with op.batch_alter_table("outside_record", schema=None) as batch_op:
        batch_op.create_check_constraint(batch_op.f(NUMBERED), "(person_id IS NULL) = (person_number IS NULL)")
    for name, (table, columns) in NEW.items():
        op.create_index(name, table, columns)


def downgrade() -> None:
    for name, (table, _columns) in NEW.items():
        op.drop_index(name, table_name=table)
    for name, (table, columns) in OLD.items():
        op.create_index(name, table, columns)
    with op.batch_alter_table("outside_record", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f(NUMBERED), type_="check")
    for table in REPEAT:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_constraint(batch_op.f(f"fk_{table}_person_id_person_number"), type_="foreignkey")
            batch_op.create_foreign_key(batch_op.f(f"fk_{table}_person_id"), "person", ["person_id"], ["id"])
            batch_op.drop_column("person_number")
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_person_id_number"), type_="unique")
        batch_op.drop_constraint(batch_op.f("uq_person_number"), type_="unique")
        batch_op.drop_column("number")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP SEQUENCE person_number_seq")
