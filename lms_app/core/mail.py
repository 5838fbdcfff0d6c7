"""The only home of smtplib. Mail is sent by outbox handlers (lane `smtp`), never inside a request."""

import logging
import smtplib
import ssl
from email.headerregistry import HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime, make_msgid
from urllib.parse import SplitResult, unquote, urlsplit

from flask import current_app

from lms_app.core import outbox
from lms_app.core.clock import now
from lms_app.core.ids import new_id
from lms_app.core.settings import Settings

log = logging.getLogger(__name__)

LIMIT = 10.0
"""Seconds for each step of the talk with the mail server."""

STOP = "List-Unsubscribe"
FOR_GOOD = 500
"""SMTP codes from here on say no for good; below, later."""


class Unfolded(UnstructuredHeader):
    """An address that is longer than a line would be folded into encoded words, which no mail program follows."""

    name: str

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}"


_headers = HeaderRegistry()
_headers.map_to_type(STOP.lower(), Unfolded)  # type: ignore[arg-type]  # as the library mixes its own headers
WIRE = SMTP.clone(header_factory=_headers)


def deliver(to: str, subject: str, text: str, html: str | None = None, *, stop: str = "") -> outbox.Outcome:
    """Send one mail by LMS_MAIL_URL, and say what came of it in the outbox's words. Never raises for the server's part.

    `stop`: the address of a page that stops such mail, for the button of mail programs (RFC 2369 List-Unsubscribe).
    Without a mail server a demo, or LMS_MAIL_URL=file:, writes it into `<data>/mail/`.
    """
    settings: Settings = current_app.extensions["settings"]
    message = compose(settings, to, subject, text, html)
    if stop:
        message[STOP] = f"<{stop}>"
    url = urlsplit(settings.mail_url)
    if url.scheme == "file" or (settings.demo and not url.scheme):
        return _keep(settings, message)
    if not url.scheme:
        return outbox.again("LMS_MAIL_URL is not set", host_fault=True)
    try:
        _talk(url, message)
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError) as error:
        return _refused(error)
    except smtplib.SMTPResponseException as error:
        return outbox.again(f"SMTP {error.smtp_code}", host_fault=True)
    except (OSError, smtplib.SMTPException) as error:
        return outbox.again(type(error).__name__, host_fault=True)
    return outbox.DONE


def _refused(error: smtplib.SMTPRecipientsRefused | smtplib.SMTPDataError) -> outbox.Outcome:
    """The server is well and says no to this mail."""
    if isinstance(error, smtplib.SMTPDataError):
        code = error.smtp_code
    else:
        code = max((code for code, _ in error.recipients.values()), default=FOR_GOOD)
    return outbox.hold(f"SMTP {code}") if code >= FOR_GOOD else outbox.again(f"SMTP {code}")


def compose(settings: Settings, to: str, subject: str, text: str, html: str | None) -> EmailMessage:
    """Refuses (`ValueError`) a line break in `to` or `subject`, which would add headers."""
    message = EmailMessage(policy=WIRE)
    message["From"] = settings.mail_from
    message["To"] = to
    message["Subject"] = subject
    message["Date"] = format_datetime(now())
    message["Message-ID"] = make_msgid(domain=urlsplit(settings.url).hostname)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    if html is not None:
        message.add_alternative(html, subtype="html")
    return message


def _keep(settings: Settings, message: EmailMessage) -> outbox.Outcome:
    folder = settings.data / "mail"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{now():%Y%m%d-%H%M%S}-{new_id().hex[:8]}.eml"
    path.write_bytes(message.as_bytes())
    log.info("mail written to %s", path)
    return outbox.DONE


def _talk(url: SplitResult, message: EmailMessage) -> None:
    """`smtps://` is encrypted from the start; `smtp://` as soon as the server offers it."""
    host, context = url.hostname or "", ssl.create_default_context()
    if url.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, url.port or 465, timeout=LIMIT, context=context)
    else:
        server = smtplib.SMTP(host, url.port or 25, timeout=LIMIT)
    with server:
        server.ehlo()
        if url.scheme == "smtp" and server.has_extn("starttls"):
            server.starttls(context=context)
        if url.username:
            server.login(unquote(url.username), unquote(url.password or ""))
        server.send_message(message)
