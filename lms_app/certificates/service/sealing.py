"""What becomes of a sealed file later: a time stamp, when there is a server for it."""

from urllib.parse import urlsplit
from uuid import UUID

from lms_app.core import outbox
from lms_app.core.site import settings

TIMESTAMP = "certificates.timestamp"


def owe_time_stamp(certificate_id: UUID) -> None:
    """Owe a sealed file its time stamp, in the caller's transaction; nothing without a time stamp server.

    Sealing never waits for the network: a file is B-B at once, and B-T when the server has answered.
    """
    if settings().tsa_url:
        lane = urlsplit(settings().tsa_url).hostname or TIMESTAMP
        outbox.put(TIMESTAMP, f"{TIMESTAMP}/{certificate_id}", lane, {"certificate": str(certificate_id)}, replace=True)
