"""Give units a history, staff codes and imports; keep plans, targets, headcounts, assignments, reminders and reports.

Units that were there begin on 01/01/2000: nobody said when. HR officers that were there go on looking after everybody.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004_staff_and_plans"
down_revision = "0003_trusted_certificates"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "assignment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("audience", sa.String(length=10), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_by_name", sa.String(length=300), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["person.id"], name=op.f("fk_assignment_created_by")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_assignment_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment")),
    )
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_assignment_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "baseline",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("have", sa.Double(), nullable=False),
        sa.Column("out_of", sa.Double(), nullable=True),
        sa.Column("act", sa.String(length=300), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_baseline_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_baseline")),
        sa.UniqueConstraint("code", name=op.f("uq_baseline_code")),
    )
    with op.batch_alter_table("baseline", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_baseline_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "campaign",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("channel", sa.String(length=200), nullable=False),
        sa.Column("reach", sa.Integer(), nullable=True),
        sa.Column("act", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_campaign_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
    )
    with op.batch_alter_table("campaign", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_campaign_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "headcount",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("ld", sa.Integer(), nullable=False),
        sa.Column("ct", sa.Integer(), nullable=False),
        sa.Column("cc", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_by", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_headcount_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_headcount")),
        sa.UniqueConstraint("unit_id", "on_day", name=op.f("uq_headcount_unit_id_on_day")),
    )
    op.create_table(
        "network_member",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("full_name", sa.String(length=300), nullable=False),
        sa.Column("sector", sa.String(length=100), nullable=False),
        sa.Column("position", sa.String(length=300), nullable=False),
        sa.Column("contact", sa.String(length=254), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("act", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_network_member_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_network_member")),
    )
    with op.batch_alter_table("network_member", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_network_member_kind"), ["kind"], unique=False)
        batch_op.create_index(batch_op.f("ix_network_member_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "plan",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=100), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("file_key", sa.String(length=200), nullable=True),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("file_bytes", sa.Integer(), nullable=True),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_by", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_plan_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan")),
        sa.UniqueConstraint("unit_id", "year", name=op.f("uq_plan_unit_id_year")),
    )
    with op.batch_alter_table("plan", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_plan_year_status"), ["year", "status"], unique=False)

    op.create_table(
        "report",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("signer", sa.String(length=100), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("error", sa.String(length=500), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_by_name", sa.String(length=300), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["asked_by"], ["person.id"], name=op.f("fk_report_asked_by")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_report_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report")),
    )
    with op.batch_alter_table("report", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_report_asked_by"), ["asked_by"], unique=False)

    op.create_table(
        "staff_import",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("file_key", sa.String(length=200), nullable=False),
        sa.Column("rows_key", sa.String(length=200), nullable=True),
        sa.Column("faults_key", sa.String(length=200), nullable=True),
        sa.Column("roots", sa.JSON(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("leave_absent", sa.Boolean(), nullable=False),
        sa.Column("error", sa.String(length=500), nullable=False),
        sa.Column("error_values", sa.JSON(), nullable=False),
        sa.Column("sent_by", sa.Uuid(), nullable=False),
        sa.Column("sent_by_name", sa.String(length=300), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["sent_by"], ["person.id"], name=op.f("fk_staff_import_sent_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_import")),
    )
    with op.batch_alter_table("staff_import", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_staff_import_sent_by"), ["sent_by"], unique=False)

    op.create_table(
        "target",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("indicator", sa.String(length=4), nullable=False),
        sa.Column("audience", sa.String(length=10), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("act", sa.String(length=300), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_target_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_target")),
    )
    with op.batch_alter_table("target", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_target_indicator"), ["indicator"], unique=False)

    op.create_table(
        "unit_succession",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("from_id", sa.Uuid(), nullable=False),
        sa.Column("to_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("act", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["from_id"], ["unit.id"], name=op.f("fk_unit_succession_from_id")),
        sa.ForeignKeyConstraint(["to_id"], ["unit.id"], name=op.f("fk_unit_succession_to_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_succession")),
        sa.UniqueConstraint("from_id", "to_id", name=op.f("uq_unit_succession_from_id_to_id")),
    )
    with op.batch_alter_table("unit_succession", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_unit_succession_from_id"), ["from_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_unit_succession_to_id"), ["to_id"], unique=False)

    op.create_table(
        "assignment_course",
        sa.Column("assignment_id", sa.Uuid(), nullable=False),
        sa.Column("course_id", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["assignment_id"], ["assignment.id"], name=op.f("fk_assignment_course_assignment_id")),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_assignment_course_course_id")),
        sa.PrimaryKeyConstraint("assignment_id", "course_id", name=op.f("pk_assignment_course")),
    )
    op.create_table(
        "reminder",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("assignment_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=6), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("why", sa.String(length=300), nullable=False),
        sa.Column("owed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("owed_by", sa.String(length=300), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["assignment_id"], ["assignment.id"], name=op.f("fk_reminder_assignment_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_reminder_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder")),
        sa.UniqueConstraint(
            "assignment_id", "person_id", "kind", "on_day", name=op.f("uq_reminder_assignment_id_person_id_kind_on_day")
        ),
    )
    with op.batch_alter_table("reminder", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reminder_person_id"), ["person_id"], unique=False)

    op.create_table(
        "assigned_enrolment",
        sa.Column("assignment_id", sa.Uuid(), nullable=False),
        sa.Column("enrolment_id", sa.Uuid(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["assignment_id"], ["assignment.id"], name=op.f("fk_assigned_enrolment_assignment_id")),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolment.id"], name=op.f("fk_assigned_enrolment_enrolment_id")),
        sa.PrimaryKeyConstraint("assignment_id", "enrolment_id", name=op.f("pk_assigned_enrolment")),
    )
    with op.batch_alter_table("assigned_enrolment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_assigned_enrolment_enrolment_id"), ["enrolment_id"], unique=False)

    with op.batch_alter_table("employment", schema=None) as batch_op:
        batch_op.add_column(sa.Column("duty", sa.String(length=4), server_default="", nullable=False))
        batch_op.drop_index(batch_op.f("ix_employment_unit_id"))
        batch_op.create_index(
            batch_op.f("ix_employment_unit_id_person_id_since_until_audience"),
            ["unit_id", "person_id", "since", "until", "audience"],
            unique=False,
        )

    with op.batch_alter_table("enrolment", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_enrolment_completed_at_person_id_course_id_id"),
            ["completed_at", "person_id", "course_id", "id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_enrolment_due_at_completed_at_person_id_course_id_id"),
            ["due_at", "completed_at", "person_id", "course_id", "id"],
            unique=False,
        )
        batch_op.create_index(
            "ix_enrolment_of_person",
            ["person_id", "completed_at", "certificate", "course_id", "completed_version_id"],
            unique=False,
        )

    with op.batch_alter_table("certificate", schema=None) as batch_op:
        batch_op.create_index(
            "ix_certificate_revoked",
            ["enrolment_id"],
            unique=False,
            sqlite_where=sa.text("status = 'revoked'"),
            postgresql_where=sa.text("status = 'revoked'"),
        )

    with op.batch_alter_table("outside_record", schema=None) as batch_op:
        batch_op.add_column(sa.Column("counts_for", sa.String(length=4), server_default="", nullable=False))
        batch_op.create_index(
            batch_op.f("ix_outside_record_issued_on_person_id_course_id"),
            ["issued_on", "person_id", "course_id"],
            unique=False,
        )

    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.add_column(sa.Column("staff_code", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("birth_year", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("sex", sa.String(length=1), server_default="", nullable=False))
        batch_op.add_column(sa.Column("phone", sa.String(length=30), server_default="", nullable=False))
        batch_op.add_column(sa.Column("reminders", sa.Boolean(), server_default=sa.true(), nullable=False))
        batch_op.create_unique_constraint(batch_op.f("uq_person_staff_code"), ["staff_code"])
        batch_op.create_index(batch_op.f("ix_person_sort_key_id"), ["sort_key", "id"], unique=False)

    with op.batch_alter_table("role", schema=None) as batch_op:
        batch_op.add_column(sa.Column("unit_id", sa.Uuid(), nullable=True))
        batch_op.create_foreign_key(batch_op.f("fk_role_unit_id"), "unit", ["unit_id"], ["id"])

    with op.batch_alter_table("unit", schema=None) as batch_op:
        batch_op.add_column(sa.Column("kind", sa.String(length=12), server_default="other", nullable=False))
        batch_op.add_column(sa.Column("valid_from", sa.Date(), server_default="2000-01-01", nullable=False))
        batch_op.add_column(sa.Column("valid_until", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("act", sa.String(length=300), server_default="", nullable=False))
        batch_op.alter_column(
            "code", existing_type=sa.VARCHAR(length=40), type_=sa.String(length=60), existing_nullable=False
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_unit_period"), "valid_until IS NULL OR valid_until >= valid_from"
        )


def downgrade() -> None:
    with op.batch_alter_table("unit", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_unit_period"), type_="check")
        batch_op.alter_column(
            "code", existing_type=sa.String(length=60), type_=sa.VARCHAR(length=40), existing_nullable=False
        )
        batch_op.drop_column("act")
        batch_op.drop_column("valid_until")
        batch_op.drop_column("valid_from")
        batch_op.drop_column("kind")

    with op.batch_alter_table("role", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_role_unit_id"), type_="foreignkey")
        batch_op.drop_column("unit_id")

    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_person_sort_key_id"))
        batch_op.drop_constraint(batch_op.f("uq_person_staff_code"), type_="unique")
        batch_op.drop_column("reminders")
        batch_op.drop_column("phone")
        batch_op.drop_column("sex")
        batch_op.drop_column("birth_year")
        batch_op.drop_column("staff_code")

    with op.batch_alter_table("outside_record", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outside_record_issued_on_person_id_course_id"))
        batch_op.drop_column("counts_for")

    with op.batch_alter_table("certificate", schema=None) as batch_op:
        batch_op.drop_index("ix_certificate_revoked")

    with op.batch_alter_table("enrolment", schema=None) as batch_op:
        batch_op.drop_index("ix_enrolment_of_person")
        batch_op.drop_index(batch_op.f("ix_enrolment_due_at_completed_at_person_id_course_id_id"))
        batch_op.drop_index(batch_op.f("ix_enrolment_completed_at_person_id_course_id_id"))

    with op.batch_alter_table("employment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_employment_unit_id_person_id_since_until_audience"))
        batch_op.create_index(batch_op.f("ix_employment_unit_id"), ["unit_id"], unique=False)
        batch_op.drop_column("duty")

    with op.batch_alter_table("assigned_enrolment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_assigned_enrolment_enrolment_id"))

    op.drop_table("assigned_enrolment")
    with op.batch_alter_table("reminder", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reminder_person_id"))

    op.drop_table("reminder")
    op.drop_table("assignment_course")
    with op.batch_alter_table("unit_succession", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_unit_succession_to_id"))
        batch_op.drop_index(batch_op.f("ix_unit_succession_from_id"))

    op.drop_table("unit_succession")
    with op.batch_alter_table("target", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_target_indicator"))

    op.drop_table("target")
    with op.batch_alter_table("staff_import", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_staff_import_sent_by"))

    op.drop_table("staff_import")
    with op.batch_alter_table("report", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_report_asked_by"))

    op.drop_table("report")
    with op.batch_alter_table("plan", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_plan_year_status"))

    op.drop_table("plan")
    with op.batch_alter_table("network_member", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_network_member_unit_id"))
        batch_op.drop_index(batch_op.f("ix_network_member_kind"))

    op.drop_table("network_member")
    op.drop_table("headcount")
    with op.batch_alter_table("campaign", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_campaign_unit_id"))

    op.drop_table("campaign")
    with op.batch_alter_table("baseline", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_baseline_unit_id"))

    op.drop_table("baseline")
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_assignment_unit_id"))

    op.drop_table("assignment")
