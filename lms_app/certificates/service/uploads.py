"""What the register and the signature say of a PDF that somebody sends. The file is not kept."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row

ALTERED, FOREIGN = "altered", "foreign"


@dataclass(frozen=True)
class Upload:
    """`status`: valid, expired, replaced or revoked (ours, unchanged, and what the register says today), altered (bytes
    changed after signing), foreign (signed by others, or not at all and not ours) or unknown (no PDF, or no entry).

    `issued`: the register's row, when the file names one of ours. `signer`: the subject of the signer's certificate;
    `signed_at`: claimed, or proved when `timestamped`. `reason` is a sentence with `values`, translated where shown.
    """

    status: str
    issued: Row[Any] | None
    reason: str
    signer: str = ""
    level: str = ""
    signed_at: datetime | None = None
    timestamped: bool = False
    self_made: bool = False
    values: dict[str, Any] = field(default_factory=dict)
