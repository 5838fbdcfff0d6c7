"""Copies for an archive that outlives the authorities: what proves the signature stands in the file itself (B-LT)."""

import hashlib
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from lms_app.certificates import evidence
from lms_app.certificates.evidence import Evidence, NoEvidence
from lms_app.certificates.queries import files as sent
from lms_app.certificates.service.files import Made
from lms_app.certificates.signing import TIMED
from lms_app.core import storage
from lms_app.core.db import release


class Archive:
    """One run: the authorities of each key are asked once."""

    def __init__(self) -> None:
        self._gathered: dict[UUID, Evidence] = {}

    def copy(self, issued: Row[Any]) -> Made:
        """The newest PDF of a certificate with its evidence; enter it with `files.give`.

        Call it while reading: the database is let go of meanwhile. Raises `NoEvidence`.
        """
        given = sent.by_digest(issued.file_sha256) if issued.file_sha256 else None
        if given is None or given.level != TIMED:
            raise NoEvidence("Giấy số %(serial)s chưa có chữ ký với dấu thời gian (B-T).", serial=issued.serial)
        release()
        content = storage.get(issued.file_key)
        if hashlib.sha256(content).hexdigest() != issued.file_sha256:
            raise NoEvidence("Tệp đã lưu của giấy số %(serial)s không còn như khi cấp.", serial=issued.serial)
        if given.key_id not in self._gathered:
            self._gathered[given.key_id] = evidence.gathered(given.chain)
        done = evidence.completed(content, self._gathered[given.key_id])
        return Made(done.content, done.level, given.key_id)
