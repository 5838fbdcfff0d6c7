"""A learning platform that others wrote (lti1p3platform), served over HTTP on another site than the tool's.

Its pages are at http://localhost:<port>, the tool's at http://127.0.0.1:<port>: to a browser two different sites, so
the tool's frame is a third party here. What the library leaves out is written per the specifications.
"""

from tests.journeys.platform.courses import Context, Person
from tests.journeys.platform.http import Said
from tests.journeys.platform.site import Platform

__all__ = ["Context", "Person", "Platform", "Said"]
