"""Files that a page hands out."""

from collections.abc import Iterator

from flask import Response, current_app

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PDF = "application/pdf"
ZIP = "application/zip"


def attachment(content: bytes | Iterator[bytes], kind: str, name: str) -> Response:
    """A file to be saved under this name (plain letters); no cache keeps it."""
    response = Response(content, mimetype=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def streamed(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Pieces that need the app while they are made, after the request: each is made within a context of its own."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - the app itself

    def made() -> Iterator[bytes]:
        while True:
            with app.app_context():
                piece = next(pieces, None)
            if piece is None:
                return
            yield piece

    return made()
