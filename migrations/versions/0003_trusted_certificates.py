"""Give issuers a history, books a chain of entries, certificates editions, status bits and files that are remembered.

Certificates that were there get the entries, pages, bits and files that they would have had. Down again only while no
certificate was replaced: the older table holds one for each enrolment.
"""

import hashlib
import json
import random
import uuid
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003_trusted_certificates"
down_revision = "0002_lti_advantage"
branch_labels = None
depends_on = None


PROFILE = (
    *("parent_name", "name", "prefix", "place", "capacity", "signer_title", "signer_name", "valid_from"),
    "valid_until",
)
NEW = (
    *("page", "edition", "profile_id", "language", "decision", "english", "status_list", "status_index", "hidden"),
    "file_level",
)
PRINTED = (
    *("code", "serial", "number", "page", "book_number", "edition", "course_id", "kind", "design", "language"),
    *("course_title", "full_name", "birth_date", "position", "unit_name", "form", "periods", "minutes", "from_date"),
    *("to_date", "result", "decision", "issued_at", "issued_on", "valid_until", "issuer_parent", "issuer_name"),
    *("place", "capacity", "signer_title", "signer_name", "english", "status_list", "status_index"),
)
ROWS_A_PAGE, LIST_SIZE = 20, 131_072


def upgrade() -> None:
    op.create_table(
        "signing_key",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("location", sa.String(length=500), nullable=False),
        sa.Column("chain", sa.Text(), nullable=False),
        sa.Column("jwk", sa.JSON(), nullable=False),
        sa.Column("self_made", sa.Boolean(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signing_key")),
        sa.UniqueConstraint("name", name=op.f("uq_signing_key_name")),
    )
    op.create_table(
        "issue_batch",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("decision", sa.String(length=300), nullable=False),
        sa.Column("ordered_by", sa.Uuid(), nullable=True),
        sa.Column("ordered_by_name", sa.String(length=300), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["ordered_by"], ["person.id"], name=op.f("fk_issue_batch_ordered_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issue_batch")),
    )
    op.create_table(
        "issuer_profile",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("issuer_id", sa.Uuid(), nullable=False),
        sa.Column("parent_name", sa.String(length=300), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("prefix", sa.String(length=20), nullable=False),
        sa.Column("place", sa.String(length=100), nullable=False),
        sa.Column("signer_title", sa.String(length=200), nullable=False),
        sa.Column("signer_name", sa.String(length=200), nullable=False),
        sa.Column("capacity", sa.String(length=200), nullable=False),
        sa.Column("english", sa.JSON(), nullable=False),
        sa.Column("seal", sa.String(length=200), nullable=True),
        sa.Column("key_id", sa.Uuid(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["issuer_id"], ["issuer.id"], name=op.f("fk_issuer_profile_issuer_id")),
        sa.ForeignKeyConstraint(["key_id"], ["signing_key.id"], name=op.f("fk_issuer_profile_key_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issuer_profile")),
    )
    with op.batch_alter_table("issuer_profile", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_issuer_profile_issuer_id"), ["issuer_id"], unique=False)

    op.create_table(
        "outside_record",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("full_name", sa.String(length=300), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("unit_name", sa.String(length=300), nullable=False),
        sa.Column("course_title", sa.String(length=300), nullable=False),
        sa.Column("course_id", sa.String(length=40), nullable=True),
        sa.Column("issuer_name", sa.String(length=300), nullable=False),
        sa.Column("number", sa.String(length=100), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("periods", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=500), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("imported_by", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_outside_record_course_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_outside_record_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outside_record")),
        sa.UniqueConstraint("digest", name=op.f("uq_outside_record_digest")),
    )
    with op.batch_alter_table("outside_record", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outside_record_person_id"), ["person_id"], unique=False)

    op.create_table(
        "certificate_claim",
        sa.Column("enrolment_id", sa.Uuid(), nullable=False),
        sa.Column("waits_for", sa.String(length=10), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolment.id"], name=op.f("fk_certificate_claim_enrolment_id")),
        sa.PrimaryKeyConstraint("enrolment_id", name=op.f("pk_certificate_claim")),
    )
    with op.batch_alter_table("certificate_claim", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_certificate_claim_due_at"), ["due_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_certificate_claim_waits_for"), ["waits_for"], unique=False)

    op.create_table(
        "issue_item",
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("enrolment_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("error", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["issue_batch.id"], name=op.f("fk_issue_item_batch_id")),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolment.id"], name=op.f("fk_issue_item_enrolment_id")),
        sa.PrimaryKeyConstraint("batch_id", "enrolment_id", name=op.f("pk_issue_item")),
    )
    with op.batch_alter_table("issue_item", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_issue_item_state"), ["state"], unique=False)

    op.create_table(
        "certificate_file",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("certificate_id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.String(length=5), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["certificate_id"], ["certificate.id"], name=op.f("fk_certificate_file_certificate_id")
        ),
        sa.ForeignKeyConstraint(["key_id"], ["signing_key.id"], name=op.f("fk_certificate_file_key_id")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_certificate_file")),
    )
    with op.batch_alter_table("certificate_file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_certificate_file_certificate_id"), ["certificate_id"], unique=False)

    op.create_table(
        "register_entry",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("book_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("certificate_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["book_id"], ["register_book.id"], name=op.f("fk_register_entry_book_id")),
        sa.ForeignKeyConstraint(["certificate_id"], ["certificate.id"], name=op.f("fk_register_entry_certificate_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register_entry")),
        sa.UniqueConstraint("book_id", "position", name=op.f("uq_register_entry_book_id_position")),
    )
    with op.batch_alter_table("register_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_register_entry_certificate_id"), ["certificate_id"], unique=False)

    with op.batch_alter_table("register_book", schema=None) as batch_op:
        batch_op.add_column(sa.Column("last_entry", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("last_digest", sa.String(length=64), nullable=False, server_default=""))
    with op.batch_alter_table("register_book", schema=None) as batch_op:
        batch_op.alter_column("last_entry", server_default=None)
        batch_op.alter_column("last_digest", server_default=None)

    with op.batch_alter_table("certificate", schema=None) as batch_op:
        batch_op.add_column(sa.Column("page", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("edition", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("batch_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("profile_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("language", sa.String(length=5), nullable=True))
        batch_op.add_column(sa.Column("decision", sa.String(length=300), nullable=True))
        batch_op.add_column(sa.Column("english", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("replaced_by_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("status_list", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("status_index", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("share_key", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("hidden", sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("file_level", sa.String(length=5), nullable=True))

    _fill()

    with op.batch_alter_table("certificate", schema=None) as batch_op:
        for name in NEW:
            batch_op.alter_column(name, nullable=False)
        batch_op.drop_constraint(batch_op.f("uq_certificate_enrolment_id"), type_="unique")
        batch_op.create_index(batch_op.f("ix_certificate_batch_id"), ["batch_id"], unique=False)
        batch_op.create_unique_constraint(
            batch_op.f("uq_certificate_enrolment_id_edition"), ["enrolment_id", "edition"]
        )
        batch_op.create_unique_constraint(
            batch_op.f("uq_certificate_status_list_status_index"), ["status_list", "status_index"]
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_certificate_replaced_by_id"), "certificate", ["replaced_by_id"], ["id"]
        )
        batch_op.create_foreign_key(batch_op.f("fk_certificate_batch_id"), "issue_batch", ["batch_id"], ["id"])
        batch_op.create_foreign_key(batch_op.f("fk_certificate_profile_id"), "issuer_profile", ["profile_id"], ["id"])

    with op.batch_alter_table("issuer", schema=None) as batch_op:
        batch_op.drop_column("signer_title")
        batch_op.drop_column("place")
        batch_op.drop_column("prefix")
        batch_op.drop_column("parent_name")
        batch_op.drop_column("capacity")
        batch_op.drop_column("valid_until")
        batch_op.drop_column("valid_from")
        batch_op.drop_column("signer_name")
        batch_op.drop_column("name")


def downgrade() -> None:
    with op.batch_alter_table("register_book", schema=None) as batch_op:
        batch_op.drop_column("last_digest")
        batch_op.drop_column("last_entry")

    with op.batch_alter_table("issuer", schema=None) as batch_op:
        batch_op.add_column(sa.Column("name", sa.String(length=300), nullable=True))
        batch_op.add_column(sa.Column("signer_name", sa.String(length=200), nullable=True))
        batch_op.add_column(sa.Column("valid_from", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("valid_until", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("capacity", sa.String(length=200), nullable=True))
        batch_op.add_column(sa.Column("parent_name", sa.String(length=300), nullable=True))
        batch_op.add_column(sa.Column("prefix", sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column("place", sa.String(length=100), nullable=True))
        batch_op.add_column(sa.Column("signer_title", sa.String(length=200), nullable=True))
    _put_back()
    with op.batch_alter_table("issuer", schema=None) as batch_op:
        for name in PROFILE[:-1]:
            batch_op.alter_column(name, nullable=False)

    with op.batch_alter_table("certificate", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_certificate_profile_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_certificate_batch_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_certificate_replaced_by_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("uq_certificate_status_list_status_index"), type_="unique")
        batch_op.drop_constraint(batch_op.f("uq_certificate_enrolment_id_edition"), type_="unique")
        batch_op.drop_index(batch_op.f("ix_certificate_batch_id"))
        batch_op.create_unique_constraint(batch_op.f("uq_certificate_enrolment_id"), ["enrolment_id"])
        batch_op.drop_column("file_level")
        batch_op.drop_column("reminded_at")
        batch_op.drop_column("hidden")
        batch_op.drop_column("share_key")
        batch_op.drop_column("status_index")
        batch_op.drop_column("status_list")
        batch_op.drop_column("replaced_by_id")
        batch_op.drop_column("english")
        batch_op.drop_column("decision")
        batch_op.drop_column("language")
        batch_op.drop_column("profile_id")
        batch_op.drop_column("batch_id")
        batch_op.drop_column("edition")
        batch_op.drop_column("page")

    with op.batch_alter_table("register_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_register_entry_certificate_id"))

    op.drop_table("register_entry")
    with op.batch_alter_table("certificate_file", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_certificate_file_certificate_id"))

    op.drop_table("certificate_file")
    with op.batch_alter_table("issue_item", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_issue_item_state"))

    op.drop_table("issue_item")
    with op.batch_alter_table("certificate_claim", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_certificate_claim_waits_for"))
        batch_op.drop_index(batch_op.f("ix_certificate_claim_due_at"))

    op.drop_table("certificate_claim")
    with op.batch_alter_table("outside_record", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outside_record_person_id"))

    op.drop_table("outside_record")
    with op.batch_alter_table("issuer_profile", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_issuer_profile_issuer_id"))

    op.drop_table("issuer_profile")
    op.drop_table("issue_batch")
    op.drop_table("signing_key")


def _fill() -> None:
    """Give what was there its profiles, entries, bits and files."""
    connection = op.get_bind()
    tables = _tables("issuer", "issuer_profile", "register_book", "certificate", "certificate_file", "register_entry")
    issuers, profiles = tables["issuer"], tables["issuer_profile"]
    of_issuer = {}
    for issuer in connection.execute(sa.select(issuers)).mappings().all():
        of_issuer[issuer["id"]] = made = uuid.uuid4()  # noqa: TID251 - a migration stands alone
        values = {name: issuer[name] for name in PROFILE}
        _insert(connection, profiles, id=made, issuer_id=issuer["id"], english={}, seal=None, key_id=None, **values)
    bits = iter(random.sample(range(LIST_SIZE), LIST_SIZE // 2))
    for book in connection.execute(sa.select(tables["register_book"])).mappings().all():
        _chain(connection, tables, book, of_issuer[book["issuer_id"]], bits)


def _chain(connection: Any, tables: Any, book: Any, profile: Any, bits: Any) -> None:
    books, certificates = tables["register_book"], tables["certificate"]
    of_book = sa.select(certificates).where(certificates.c.book_id == book["id"]).order_by(certificates.c.number)
    found = [dict(one) for one in connection.execute(of_book).mappings()]
    lines = []
    for one in found:
        one |= {"page": (one["number"] - 1) // ROWS_A_PAGE + 1, "edition": 1, "profile_id": profile, "language": "vi"}
        one |= {"decision": "", "english": {}, "status_list": 1, "status_index": next(bits), "hidden": False}
        one["file_level"] = ""
        connection.execute(
            certificates.update().where(certificates.c.id == one["id"]).values(**{name: one[name] for name in NEW})
        )
        lines.append((one["issued_at"], "issue", one, {name: one[name] for name in PRINTED}))
        if one["file_sha256"]:
            values = {"certificate_id": one["id"], "level": "", "key_id": None, "made_at": one["issued_at"]}
            _insert(connection, tables["certificate_file"], digest=one["file_sha256"], **values)
    for one in (one for one in found if one["status"] == "revoked"):
        said = {"reason": one["revoked_reason"], "by": one["revoked_by"], "at": one["revoked_at"]}
        lines.append((one["revoked_at"], "revoke", one, {"code": one["code"], "serial": one["serial"], **said}))
    previous = ""
    for position, (at, kind, one, content) in enumerate(lines, 1):
        text = json.dumps(
            {"kind": kind, **content}, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_iso
        )
        digest = hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest()
        values = {"book_id": book["id"], "position": position, "kind": kind, "certificate_id": one["id"], "at": at}
        _insert(connection, tables["register_entry"], **values, content=text, previous=previous, digest=digest)
        previous = digest
    newest = {"last_entry": len(lines), "last_digest": previous}
    connection.execute(books.update().where(books.c.id == book["id"]).values(**newest))


def _put_back() -> None:
    """The newest profile is what the older table says of an issuer."""
    connection = op.get_bind()
    tables = _tables("issuer", "issuer_profile")
    issuers, profiles = tables["issuer"], tables["issuer_profile"]
    for one in connection.execute(sa.select(profiles).order_by(profiles.c.valid_from)).mappings().all():
        values = {name: one[name] for name in PROFILE}
        connection.execute(issuers.update().where(issuers.c.id == one["issuer_id"]).values(**values))


def _tables(*names: str) -> Any:
    """As they are at this revision. SQLite calls a UUID a CHAR(32)."""
    found = sa.MetaData()
    found.reflect(op.get_bind(), only=names)
    for table in found.tables.values():
        for column in table.columns:
            if isinstance(column.type, sa.CHAR) and column.type.length == 32:  # noqa: PLR2004
                column.type = sa.Uuid()
    return found.tables


def _insert(connection: Any, table: Any, **values: Any) -> None:
    connection.execute(table.insert().values(**values))


def _iso(value: Any) -> str:
    """As the register writes it: times in UTC (SQLite keeps no zone)."""
    if isinstance(value, datetime):
        return (value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)).isoformat()
    return str(value.isoformat())
