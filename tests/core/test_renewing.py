"""Work that takes longer than a lease asks for more, and hears when the row is another's by now."""

from datetime import timedelta

import pytest

from lms_app.core import outbox
from lms_app.core.clock import now
from lms_app.core.db import transaction


@pytest.mark.usefixtures("handlers")
def test_a_renewed_row_is_not_taken_by_another_worker_until_the_new_lease_ends() -> None:
    with transaction():
        outbox.put("local", "local/1", "local", {"n": 1})
    start = now()
    with transaction():
        [row] = outbox.take("one", 5, start)
        assert outbox.renew(row)
        assert outbox.take("other", 5, start + timedelta(seconds=59)) == []
        [again] = outbox.take("other", 5, start + timedelta(seconds=61))
        assert again.id == row.id
        assert not outbox.renew(row)
        assert outbox.renew(again)
