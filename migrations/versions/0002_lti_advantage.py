"""Give LTI its classes and rosters, deep linking, linked accounts and certificates told; platforms get a status.

Sessions in frames end: what they may do is written differently from now on, and people open the link again.
A person known only through a platform has a name that only the platform told: it is to be confirmed before it is
certified.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002_lti_advantage"
down_revision = "0001_first"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lti_context",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("platform_id", sa.Uuid(), nullable=False),
        sa.Column("deployment_id", sa.String(length=255), nullable=False),
        sa.Column("context_id", sa.String(length=300), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("history", sa.String(length=1000), nullable=False),
        sa.Column("memberships_url", sa.String(length=1000), nullable=True),
        sa.Column("differences_url", sa.String(length=1000), nullable=True),
        sa.Column("roster_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("roster_error", sa.String(length=300), nullable=True),
        sa.Column("taught_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["platform_id"], ["lti_platform.id"], name=op.f("fk_lti_context_platform_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lti_context")),
        sa.UniqueConstraint(
            "platform_id",
            "deployment_id",
            "context_id",
            name=op.f("uq_lti_context_platform_id_deployment_id_context_id"),
        ),
    )
    op.create_table(
        "lti_picking",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("platform_id", sa.Uuid(), nullable=False),
        sa.Column("deployment_id", sa.String(length=255), nullable=False),
        sa.Column("sub", sa.String(length=255), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("locale", sa.String(length=20), nullable=False),
        sa.Column("origin", sa.String(length=1000), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["platform_id"], ["lti_platform.id"], name=op.f("fk_lti_picking_platform_id")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_lti_picking")),
    )
    with op.batch_alter_table("lti_picking", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_lti_picking_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "lti_account_link",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("own_person_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("how", sa.String(length=10), nullable=False),
        sa.Column("moved", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["person.id"], name=op.f("fk_lti_account_link_account_id")),
        sa.ForeignKeyConstraint(["own_person_id"], ["person.id"], name=op.f("fk_lti_account_link_own_person_id")),
        sa.ForeignKeyConstraint(["user_id"], ["lti_user.id"], name=op.f("fk_lti_account_link_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lti_account_link")),
    )
    with op.batch_alter_table("lti_account_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_lti_account_link_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_lti_account_link_user_id"), ["user_id"], unique=False)

    op.create_table(
        "lti_link_mail",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["person.id"], name=op.f("fk_lti_link_mail_account_id")),
        sa.ForeignKeyConstraint(["user_id"], ["lti_user.id"], name=op.f("fk_lti_link_mail_user_id")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_lti_link_mail")),
    )
    op.create_table(
        "lti_member",
        sa.Column("class_id", sa.Uuid(), nullable=False),
        sa.Column("sub", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("sort_key", sa.String(length=1000), nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["class_id"], ["lti_context.id"], name=op.f("fk_lti_member_class_id")),
        sa.PrimaryKeyConstraint("class_id", "sub", name=op.f("pk_lti_member")),
    )
    with op.batch_alter_table("lti_grade", schema=None) as batch_op:
        batch_op.add_column(sa.Column("link_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("sent_certificate", sa.String(length=20), nullable=True))
        batch_op.create_index(batch_op.f("ix_lti_grade_link_id"), ["link_id"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_lti_grade_link_id"), "lti_resource_link", ["link_id"], ["id"])

    with op.batch_alter_table("lti_launch", schema=None) as batch_op:
        batch_op.add_column(sa.Column("opens", sa.String(length=300), server_default="", nullable=False))
        batch_op.alter_column("link_id", existing_type=sa.Uuid(), nullable=True)
        batch_op.alter_column("enrolment_id", existing_type=sa.Uuid(), nullable=True)

    with op.batch_alter_table("lti_pending_launch", schema=None) as batch_op:
        batch_op.add_column(sa.Column("storage", sa.String(length=100), server_default="", nullable=False))

    with op.batch_alter_table("lti_platform", schema=None) as batch_op:
        batch_op.add_column(sa.Column("status", sa.String(length=10), server_default="active", nullable=False))
        batch_op.add_column(sa.Column("product", sa.String(length=100), server_default="", nullable=False))

    op.execute("UPDATE lti_platform SET status = 'disabled' WHERE NOT active")
    with op.batch_alter_table("lti_platform", schema=None) as batch_op:
        batch_op.drop_column("active")

    with op.batch_alter_table("lti_resource_link", schema=None) as batch_op:
        batch_op.add_column(sa.Column("class_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("history", sa.String(length=1000), server_default="", nullable=False))
        batch_op.add_column(sa.Column("lineitem", sa.String(length=1000), nullable=True))
        batch_op.add_column(sa.Column("lineitems", sa.String(length=1000), nullable=True))
        batch_op.add_column(sa.Column("scopes", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("lineitem_error", sa.String(length=300), nullable=True))
        batch_op.create_index(batch_op.f("ix_lti_resource_link_class_id"), ["class_id"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_lti_resource_link_class_id"), "lti_context", ["class_id"], ["id"])

    with op.batch_alter_table("lti_ticket", schema=None) as batch_op:
        batch_op.add_column(sa.Column("browser", sa.String(length=64), server_default="", nullable=False))

    with op.batch_alter_table("lti_tool_key", schema=None) as batch_op:
        batch_op.add_column(sa.Column("signs_from", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.add_column(sa.Column("name_source", sa.String(length=10), server_default="own", nullable=False))
    op.execute(
        "UPDATE person SET name_source = 'platform' WHERE email IS NULL AND id IN (SELECT person_id FROM lti_user)"
    )
    op.execute("DELETE FROM frame_session")
    op.execute("UPDATE outbox_lane SET at_once = 8 WHERE at_once = 4")
    with op.batch_alter_table("enrolment", schema=None) as batch_op:
        batch_op.add_column(sa.Column("certificate", sa.String(length=20), nullable=True))

    op.execute(
        "UPDATE enrolment SET certificate ="
        " (SELECT code FROM certificate WHERE certificate.enrolment_id = enrolment.id)"
    )


def downgrade() -> None:
    op.execute("DELETE FROM frame_session")
    with op.batch_alter_table("enrolment", schema=None) as batch_op:
        batch_op.drop_column("certificate")

    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_column("name_source")

    with op.batch_alter_table("lti_tool_key", schema=None) as batch_op:
        batch_op.drop_column("signs_from")

    with op.batch_alter_table("lti_ticket", schema=None) as batch_op:
        batch_op.drop_column("browser")

    with op.batch_alter_table("lti_resource_link", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_lti_resource_link_class_id"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_lti_resource_link_class_id"))
        batch_op.drop_column("lineitem_error")
        batch_op.drop_column("scopes")
        batch_op.drop_column("lineitems")
        batch_op.drop_column("lineitem")
        batch_op.drop_column("history")
        batch_op.drop_column("class_id")

    with op.batch_alter_table("lti_platform", schema=None) as batch_op:
        batch_op.add_column(sa.Column("active", sa.Boolean(), server_default=sa.true(), nullable=False))
        batch_op.drop_column("product")

    op.execute("UPDATE lti_platform SET active = (status = 'active')")
    with op.batch_alter_table("lti_platform", schema=None) as batch_op:
        batch_op.alter_column("active", server_default=None)
        batch_op.drop_column("status")

    with op.batch_alter_table("lti_pending_launch", schema=None) as batch_op:
        batch_op.drop_column("storage")

    op.execute("DELETE FROM lti_ticket")
    op.execute("DELETE FROM lti_launch WHERE enrolment_id IS NULL OR link_id IS NULL")
    with op.batch_alter_table("lti_launch", schema=None) as batch_op:
        batch_op.alter_column("enrolment_id", existing_type=sa.Uuid(), nullable=False)
        batch_op.alter_column("link_id", existing_type=sa.Uuid(), nullable=False)
        batch_op.drop_column("opens")

    with op.batch_alter_table("lti_grade", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_lti_grade_link_id"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_lti_grade_link_id"))
        batch_op.drop_column("sent_certificate")
        batch_op.drop_column("link_id")

    op.drop_table("lti_member")
    op.drop_table("lti_link_mail")
    with op.batch_alter_table("lti_account_link", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_lti_account_link_user_id"))
        batch_op.drop_index(batch_op.f("ix_lti_account_link_account_id"))

    op.drop_table("lti_account_link")
    with op.batch_alter_table("lti_picking", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_lti_picking_expires_at"))

    op.drop_table("lti_picking")
    op.drop_table("lti_context")
