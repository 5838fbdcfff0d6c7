"""create_app: settings -> extensions -> parts; and the table from topics to what is done about them."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

from flask import Blueprint, Flask, request
from flask.cli import AppGroup
from flask.typing import ResponseReturnValue
from flask_migrate import Migrate
from jinja2 import BaseLoader, ChoiceLoader, PackageLoader, PrefixLoader, StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

from lms_app.accounts import cli as accounts_cli
from lms_app.accounts import jobs as accounts_jobs
from lms_app.accounts import login as accounts_login
from lms_app.accounts.cli import units as units_cli
from lms_app.accounts.views import account as accounts_views
from lms_app.accounts.views import imports as staff_imports
from lms_app.accounts.views import unit_changes, unit_lists
from lms_app.accounts.views import units as unit_views
from lms_app.assessment import jobs as assessment_jobs
from lms_app.assessment.views import attempts, checks
from lms_app.certificates import cli as certificate_cli
from lms_app.certificates import jobs as certificate_jobs
from lms_app.certificates.views import badges as certificate_badges
from lms_app.certificates.views import batches as certificate_batches
from lms_app.certificates.views import books as certificate_books
from lms_app.certificates.views import bulk as certificate_bulk
from lms_app.certificates.views import checking as certificate_checking
from lms_app.certificates.views import correcting as certificate_correcting
from lms_app.certificates.views import designs as certificate_designs
from lms_app.certificates.views import issuers as certificate_issuers
from lms_app.certificates.views import mine as my_certificates
from lms_app.certificates.views import naming as certificate_naming
from lms_app.certificates.views import offline as certificate_offline
from lms_app.certificates.views import outside as certificate_outside
from lms_app.certificates.views import register as certificate_register
from lms_app.certificates.views import signing as certificate_signing
from lms_app.certificates.views import verify as certificate_verify
from lms_app.core import db as database
from lms_app.core import jobs, outbox
from lms_app.core.commands import Spoken
from lms_app.core.db import db, transaction
from lms_app.core.settings import ROOT, Settings
from lms_app.courses import cli as courses_cli
from lms_app.courses import views as courses_views
from lms_app.learning import jobs as learning_jobs
from lms_app.learning.views import assigning as assignment_views
from lms_app.learning.views import reading as learning_views
from lms_app.learning.views import reminding as reminder_views
from lms_app.lti import cli as lti_cli
from lms_app.lti import jobs as lti_jobs
from lms_app.lti.views import admin as lti_admin
from lms_app.lti.views import classroom as lti_class
from lms_app.lti.views import connect as lti_connect
from lms_app.lti.views import grades as lti_grades
from lms_app.lti.views import guest as lti_guest
from lms_app.lti.views import identity as lti_identity
from lms_app.lti.views import launch as lti_launch
from lms_app.lti.views import picker as lti_picker
from lms_app.lti.views import register as lti_register
from lms_app.operations import cli as operations_cli
from lms_app.operations import demo
from lms_app.operations.views import outbox as operators
from lms_app.operations.views import pages
from lms_app.organisations.cli import plans as plan_cli
from lms_app.reporting import cli as reporting_cli
from lms_app.reporting import jobs as reporting_jobs
from lms_app.reporting.views import coverage as hr_coverage
from lms_app.reporting.views import headcount_lists as hr_headcount_lists
from lms_app.reporting.views import headcounts as hr_headcounts
from lms_app.reporting.views import home as hr_home
from lms_app.reporting.views import indicators as hr_indicators
from lms_app.reporting.views import network as hr_network
from lms_app.reporting.views import people as hr_coverage_people
from lms_app.reporting.views import plans as hr_plans
from lms_app.reporting.views import reports as hr_reports
from lms_app.reporting.views import targets as hr_targets
from lms_app.web import assets, errors, i18n, page, security
from lms_app.web.sessions import TwoSessions

BLUEPRINTS: tuple[Blueprint, ...] = (
    certificate_verify.bp,
    my_certificates.bp,
    certificate_naming.bp,
    certificate_batches.bp,
    certificate_register.bp,
    certificate_correcting.bp,
    certificate_issuers.bp,
    certificate_signing.bp,
    certificate_badges.bp,
    certificate_offline.bp,
    certificate_checking.bp,
    certificate_books.bp,
    certificate_bulk.bp,
    certificate_outside.bp,
    certificate_designs.bp,
    hr_home.bp,
    hr_coverage.bp,
    hr_coverage_people.bp,
    hr_reports.bp,
    hr_indicators.bp,
    hr_plans.bp,
    hr_headcounts.bp,
    hr_headcount_lists.bp,
    hr_targets.bp,
    hr_network.bp,
    accounts_views.bp,
    unit_views.bp,
    unit_changes.bp,
    unit_lists.bp,
    staff_imports.bp,
    courses_views.bp,
    learning_views.bp,
    assignment_views.bp,
    reminder_views.bp,
    checks.bp,
    attempts.bp,
    pages.bp,
    operators.bp,
    lti_launch.bp,
    lti_picker.bp,
    lti_guest.bp,
    lti_identity.bp,
    lti_class.bp,
    lti_connect.bp,
    lti_register.bp,
    lti_admin.bp,
    lti_grades.bp,
)
COMMANDS: tuple[AppGroup, ...] = (
    certificate_cli.group,
    plan_cli.group,
    lti_cli.group,
    courses_cli.group,
    units_cli.group,
    reporting_cli.group,
    accounts_cli.group,
    operations_cli.group,
    demo.group,
)
HANDLERS: dict[str, outbox.Handler] = {
    "accounts.link": outbox.send(accounts_jobs.send_link),
    "accounts.import": outbox.send(accounts_jobs.import_staff),
    "courses.published": outbox.do(assessment_jobs.follow),
    "accounts.named": outbox.do(certificate_jobs.issue_waiting),
    "accounts.staffed": outbox.do(learning_jobs.meet),
    "learning.assign": outbox.do(learning_jobs.enrol),
    "learning.due": outbox.do(learning_jobs.renew_due),
    "learning.reminders": outbox.do(learning_jobs.owe_reminders),
    "learning.remind": outbox.send(learning_jobs.remind),
    "learning.completed": outbox.do(certificate_jobs.complete),
    "certificates.claim": outbox.send(certificate_jobs.certify),
    "certificates.batch": outbox.do(certificate_jobs.work_batch),
    "certificates.issued": outbox.do(lti_jobs.owe_grades),
    "learning.moved": outbox.do(certificate_jobs.follow),
    "learning.scored": outbox.do(lti_jobs.owe_grades),
    "lti.link": outbox.send(lti_jobs.send_link_question),
    "lti.grade": outbox.send(lti_jobs.send_grade),
    "lti.lineitem": outbox.send(lti_jobs.find_line_item),
    "lti.roster": outbox.send(lti_jobs.refresh_roster),
    "certificates.render": outbox.send(certificate_jobs.render),
    "certificates.timestamp": outbox.send(certificate_jobs.timestamp),
    "certificates.notice": outbox.send(certificate_jobs.notify),
    "reporting.report": outbox.send(reporting_jobs.make),
    "learning.withdrawn": outbox.do(certificate_jobs.withdraw),
}
PARTS = ("accounts", "courses", "learning", "assessment", "certificates", "lti", "reporting", "operations")
SAFE = {"GET", "HEAD", "OPTIONS"}
MINUTE, HOUR, DAY = 60, 3600, 24 * 3600


class LmsFlask(Flask):
    """Flask with one transaction around each request and a template folder in each part."""

    jinja_environment = page.Templates

    @cached_property
    def jinja_loader(self) -> BaseLoader:
        """`certificates/verify.html` is `lms_app/certificates/templates/verify.html`."""
        parts = PrefixLoader({part: PackageLoader(f"lms_app.{part}") for part in PARTS})
        return ChoiceLoader([PackageLoader("lms_app.web"), parts])

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """No view and no hook is a coroutine, so none is looked at again in each request."""
        return func

    def full_dispatch_request(self) -> Any:
        """Settle the language, and whether this request may write, before any hook runs.

        Put back at the end: whatever this thread does next decides for itself.
        """
        i18n.begin()
        database.set_reading(value=request.method in SAFE)
        try:
            return super().full_dispatch_request()
        finally:
            database.set_reading(value=False)

    def dispatch_request(self, *args: Any) -> ResponseReturnValue:
        """Run the view in one transaction: an error undoes all of it. A safe method writes nothing."""
        if request.method in SAFE:
            return super().dispatch_request(*args)
        with transaction():
            return super().dispatch_request(*args)


def create_app(settings: Settings | None = None) -> LmsFlask:
    settings = settings or Settings.from_env()
    app = LmsFlask("lms_app", static_folder=None, root_path=str(ROOT / "lms_app"))
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS={"pool_size": 8, "max_overflow": 8},
        TEMPLATES_AUTO_RELOAD=False,
    )
    app.session_interface = TwoSessions(secure=settings.secure)
    app.extensions["settings"] = settings
    settings.data.mkdir(parents=True, exist_ok=True)
    db.init_app(app)
    database.init_engine(app)
    Migrate(app, db, directory=str(ROOT / "migrations"), render_as_batch=True, render_item=database.plain_types)
    _templates(app, settings)
    i18n.init(app, settings)
    security.init(app, settings)
    errors.init(app)
    _parts(app)
    _compile_templates(app)
    app.wsgi_app = _servers(app, settings)  # type: ignore[method-assign]  # Flask's documented place for middleware
    return app


def _templates(app: Flask, settings: Settings) -> None:
    env = app.jinja_env
    env.trim_blocks = env.lstrip_blocks = True
    env.undefined = StrictUndefined
    page.init(app, settings)


def _compile_templates(app: Flask) -> None:
    """All of them at start, so that no request pays for it and a broken one stops the start."""
    for name in app.jinja_env.list_templates(extensions=["html", "txt"]):
        app.jinja_env.get_template(name)


def _parts(app: Flask) -> None:
    accounts_login.init(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    for group in COMMANDS:
        app.cli.add_command(Spoken(group))
    outbox.init(app, HANDLERS)
    jobs.every(app, "accounts.sessions", DAY, accounts_jobs.forget_sessions)
    jobs.every(app, "accounts.lists", DAY, accounts_jobs.forget_lists)
    jobs.every(app, "certificates.reminders", HOUR, certificate_jobs.remind)
    jobs.every(app, "certificates.due", MINUTE, certificate_jobs.issue_due)
    jobs.every(app, "reporting.prune", DAY, reporting_jobs.prune)
    jobs.every(app, "learning.assigned", HOUR, learning_jobs.sweep)
    jobs.every(app, "learning.reminders", HOUR, learning_jobs.remind_due)
    jobs.every(app, "lti.rosters", DAY, lti_jobs.refresh_rosters)


def _servers(app: Flask, settings: Settings) -> Any:
    """Static files beside the app, and as many proxies believed as there are."""
    inner: Any = app.wsgi_app
    if settings.proxies:
        inner = ProxyFix(inner, x_for=settings.proxies, x_proto=settings.proxies, x_host=settings.proxies)
    return assets.serve(inner, settings.data, changing=app.debug)
