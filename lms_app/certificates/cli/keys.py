"""Keys that seal, and files that an office signs with its own token elsewhere. No command prints a secret."""

from collections.abc import Iterator
from pathlib import Path

import click
from flask.cli import AppGroup

from lms_app.certificates.forms.books import Wanted
from lms_app.certificates.queries import books, register
from lms_app.certificates.queries import files as sent
from lms_app.certificates.queries import keys as known
from lms_app.certificates.service import archiving, external, files, issuers, keys
from lms_app.core.db import reading, transaction
from lms_app.core.errors import LmsError, NotFound
from lms_app.core.ids import parse_code

group = AppGroup("keys")

FILE = click.Path(path_type=Path, dir_okay=False, exists=True)


@group.command("keys")
def show() -> None:
    """List the keys: name, since when, until when, state, whose certificate, which issuers they seal for."""
    with reading():
        uses = known.uses()
        for one in known.seals():
            issuers = sorted({use.code for use in uses if use.key_id == one.id})
            state = "retired" if one.retired_at else "self-made" if one.self_made else "in use"
            until = f"{one.valid_until:%Y-%m-%d}" if one.valid_until else "-"
            whose = keys.owner(one.chain) or "-"
            click.echo(f"{one.name}\t{one.valid_from:%Y-%m-%d}\t{until}\t{state}\t{whose}\t{','.join(issuers) or '-'}")


@group.command("add-key")
@click.argument("name")
@click.option("--p12", type=FILE, help="PKCS#12 file; its passphrase is LMS_SIGNING_PASSPHRASE.")
@click.option("--pkcs11", "uri", help="pkcs11:token=NAME;object=KEY?module-path=/path/to/library.so")
@click.option("--external", "is_external", is_flag=True, help="A token that stays at the office: files wait for it.")
@click.option("--chain", type=FILE, help="Certificates as PEM, the signer's own first.")
def add_key(name: str, p12: Path | None, uri: str | None, chain: Path | None, *, is_external: bool) -> None:
    """Register a key. It seals only once an issuer uses it: see `use-key`."""
    if sum(map(bool, (p12, uri, is_external))) != 1:
        raise click.ClickException("one of --p12, --pkcs11, --external")
    certificates = chain.read_text() if chain else ""
    with transaction():
        if p12:
            keys.add_file(name, p12.read_bytes(), actor="cli")
        else:
            keys.add(name, uri or known.EXTERNAL, certificates, actor="cli")
    click.echo(f"added {name}")


@group.command("retire-key")
@click.argument("name")
def retire_key(name: str) -> None:
    """Let a key sign no more. What it signed stays valid."""
    with transaction():
        keys.retire(name, actor="cli")
    click.echo(f"retired {name}")


@group.command("use-key")
@click.argument("name")
@click.option("--issuer", required=True, help="Code of the issuer.")
def use_key(name: str, issuer: str) -> None:
    """Let a key seal what an issuer issues from now on."""
    with transaction():
        keys.use(name, issuer, actor="cli")
    click.echo(f"{issuer} uses {name}")


@group.command("check-key")
@click.argument("name")
def check_key(name: str) -> None:
    """Sign something with a key and check it."""
    with reading():
        keys.check(name)
    click.echo("ok")


@group.command()
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True)
@click.option("--most", default=external.MOST, show_default=True)
def unsigned(out: Path, most: int) -> None:
    """Write the files that wait for the office's signature, with their SHA-256, as a zip."""
    with reading():
        waiting = sent.how_many_unsigned()
        out.write_bytes(external.waiting_zip(most))
    click.echo(f"{min(waiting, most)} of {waiting}: {out}")


@group.command("take-signed")
@click.argument("paths", type=FILE, nargs=-1, required=True)
def take_signed(paths: tuple[Path, ...]) -> None:
    """Take signed files back: PDFs, or zips of them."""
    with transaction():
        results = external.take(_inside(paths), actor="cli")
    for one in results:
        click.echo(f"{one.name}\t{one.error % one.values if one.error else 'ok'}")
    wrong = sum(bool(one.error) for one in results)
    if wrong:
        raise click.ClickException(f"{wrong} of {len(results)} not taken")


@group.command()
@click.argument("codes", nargs=-1)
@click.option("--book", help="All of one book: ISSUER/NAME/YEAR, as `audit` names it.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True)
def archive(codes: tuple[str, ...], book: str | None, out: Path) -> None:
    """Write copies that hold all that checking needs (PAdES B-LT), one file a serial. What is there already stays."""
    out.mkdir(parents=True, exist_ok=True)
    run, failed = archiving.Archive(), 0
    for code in (*codes, *(_codes(book) if book else ())):
        try:
            click.echo(_archived(code, run, out))
        except LmsError as error:
            failed += 1
            click.echo(f"{code}\t{error}")
    if failed:
        raise click.ClickException(f"{failed} not written")


def _codes(name: str) -> list[str]:
    with reading():
        found = next((one for one in books.books() if f"{one.code}/{one.name}/{one.year}" == name), None)
        if found is None:
            raise click.ClickException(f"no book {name}")
        return [line.code for line in books.every(Wanted(book=found.id), issuers.today())]


def _archived(code: str, run: archiving.Archive, out: Path) -> str:
    with reading():
        issued = register.by_code(parse_code(code))
        if issued is None:
            raise NotFound("Không có giấy chứng nhận nào mang mã này. Hãy so lại mã với bản giấy.")
        path = out / f"{issued.serial}.pdf"
        if path.exists():
            return f"{code}\tthere\t{path}"
        made = run.copy(issued)
    with transaction():
        files.give(issued.id, made)
    part = path.with_suffix(".part")
    part.write_bytes(made.content)
    part.replace(path)
    return f"{code}\tok\t{path}"


def _inside(paths: tuple[Path, ...]) -> Iterator[tuple[str, bytes]]:
    for path in paths:
        yield from external.unpacked(path.name, path.read_bytes())
