"""The only home of prometheus_client. The outbox's gauges, read from the database at each scrape."""

from datetime import datetime

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from lms_app.operations import queries

__all__ = ["CONTENT_TYPE_LATEST", "text"]


def text(now: datetime) -> bytes:
    """Any process may answer: nothing is counted in memory, so that many processes say the same."""
    registry = CollectorRegistry()
    rows = Gauge("lms_outbox_rows", "Rows not done, by state", ["topic", "lane", "state"], registry=registry)
    oldest = Gauge("lms_outbox_oldest_seconds", "Age of the oldest open row", ["topic", "lane"], registry=registry)
    for owed in queries.owed(now):
        rows.labels(owed.topic, owed.lane, "waiting").set(owed.waiting)
        rows.labels(owed.topic, owed.lane, "in_flight").set(owed.flying)
        rows.labels(owed.topic, owed.lane, "held").set(owed.held)
        if owed.oldest:
            oldest.labels(owed.topic, owed.lane).set((now - owed.oldest).total_seconds())
    faults = Gauge("lms_outbox_lane_failures", "Host faults in a row", ["lane"], registry=registry)
    paused = Gauge("lms_outbox_lane_paused_seconds", "Time until a paused lane is tried", ["lane"], registry=registry)
    for lane in queries.ill_lanes(now):
        faults.labels(lane.lane).set(lane.failures)
        paused.labels(lane.lane).set(max(0.0, (lane.paused_until - now).total_seconds()))
    stuck = Gauge("lms_outbox_stuck", "1 when due rows wait and no worker takes them", registry=registry)
    stuck.set(queries.stuck_since(now) is not None)
    return generate_latest(registry)
