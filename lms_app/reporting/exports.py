"""The files of a report, all from one `Document`: Excel and PDF for people, CSV and JSON for programs.

Layout of paper and sheet: NĐ 30/2020, Annex I (letterhead, place and day, signatures), A4 across.
"""

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from flask import current_app

from lms_app.certificates import pdf
from lms_app.core import tables
from lms_app.core.site import settings
from lms_app.reporting import document as report
from lms_app.reporting.document import Document
from lms_app.reporting.sheets import COUNTER, xlsx

ENDINGS = ("xlsx", "pdf", "csv", "json")
SHOWN = 20
"""Rows of a table that the page shows."""

FORMAT = "bao-cao/1"
STYLE = Path(__file__).parent / "templates" / "report-print.css"


def files(document: Document) -> dict[str, bytes]:
    """Ending -> content of every file."""
    return {
        "xlsx": xlsx(document),
        "pdf": paper(document),
        "csv": tables.comma_separated(flat(document)),
        "json": json.dumps(machine(document), ensure_ascii=False, indent=1).encode(),
    }


def paper(document: Document) -> bytes:
    """Tagged PDF, A4 across."""
    style = STYLE.read_text("utf-8") + "".join(map(_widths, document.tables))
    return pdf.document(html(document), style, settings().designs / "default")


def _widths(table: report.Table) -> str:
    """Rules of CSS for the columns of one table, in parts of its width."""
    widths = [COUNTER, *(column.width for column in table.printed)]
    parts = [f"{100 * width / sum(widths):.2f}%" for width in widths]
    return "".join(f"#{table.name} col:nth-child({at}) {{ width: {part} }}\n" for at, part in enumerate(parts, 1))


def html(document: Document) -> str:
    template = current_app.jinja_env.get_template("reporting/report-print.html")
    return template.render(d=document, text=report.text, long_day=report.long_day)


def flat(document: Document) -> Iterator[list[Any]]:
    """One flat table: which table, which kind of row, its group, then the columns of all tables; empty: not known."""
    keys = list(dict.fromkeys(column.key for table in document.tables for column in table.columns))
    yield ["table", "row", "group", *keys]
    for table in document.tables:
        for kind, group, row in table.lines():
            yield [table.name, kind, group, *(written(row.get(key)) for key in keys)]


def machine(document: Document) -> dict[str, Any]:
    """What the JSON file holds; its schema is in docs/reports.md."""
    about = document.about
    return {
        "format": FORMAT,
        "kind": about.kind,
        "title": document.title,
        "unit": {"code": about.code, "name": about.unit},
        "year": about.year,
        "since": about.since.isoformat(),
        "as_of": about.day.isoformat(),
        "made_on": about.made_on.isoformat(),
        "tables": [
            {
                "name": table.name,
                "title": table.title,
                "columns": {column.key: _label(column) for column in table.columns},
                "rows": [
                    {"row": kind, "group": group}
                    | {column.key: report.plain(row.get(column.key)) for column in table.columns}
                    for kind, group, row in table.lines()
                ],
            }
            for table in document.tables
        ],
        "notes": list(document.notes),
    }


def preview(document: Document) -> dict[str, Any]:
    """The first rows of every table, as they are printed, for the page."""
    return {
        "tables": [
            {
                "title": table.title,
                "heads": [
                    {"over": over, "titles": [one.title for one in columns], "stands": [one.stands for one in columns]}
                    for over, columns in table.heads
                ],
                "rows": [
                    {
                        "kind": kind,
                        "group": group,
                        "cells": [report.text(row[one.key]) if one.key in row else "" for one in table.printed],
                    }
                    for kind, group, row in islice(table.lines(), SHOWN)
                ],
                "left": max(sum(1 for _ in table.lines()) - SHOWN, 0),
            }
            for table in document.tables
        ],
        "notes": list(document.notes),
        "unknown": report.UNKNOWN,
    }


def _label(column: report.Column) -> str:
    return f"{column.over}: {column.title}" if column.over else column.title


def written(cell: report.Cell) -> Any:
    """As it stands in the CSV: 0.788, 2026-11-23, true; nothing for what is not known or not there."""
    return str(cell).lower() if isinstance(cell, bool) else report.plain(cell)
