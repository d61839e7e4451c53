"""The task that workers run."""

import uuid
from unittest import mock

from payments.tasks import outbound


def test_the_task_has_a_fixed_name_and_hands_over_its_ids():
    delivery_id = uuid.uuid4()
    with mock.patch.object(outbound, "deliver") as deliver:
        outbound.deliver_callback(str(delivery_id), 2)
    deliver.assert_called_once_with(delivery_id, tries=2)
    assert outbound.deliver_callback.name == "payments.deliver"
    assert outbound.deliver_callback.acks_late
    assert outbound.deliver_callback.ignore_result
    assert outbound.deliver_callback.time_limit < 135  # the lease with the default CALLBACK_TIMEOUT
