"""Sealed lists of signing secrets."""

import uuid

import pytest

from paymenthub.kernel.crypto import SealBroken, generate_key
from payments.models import Project, WebhookEndpoint
from payments.outbound.secrets import open_secrets, seal_secrets
from payments.outbound.sign import InvalidSecret, new_secret
from payments.selectors.keyring import ring


@pytest.mark.parametrize("kind", [Project, WebhookEndpoint])
def test_what_is_sealed_opens_in_its_order(kind):
    owner, secrets = kind(), [new_secret(), new_secret()]
    sealed = seal_secrets(owner, secrets)
    owner.callback_secrets_sealed = owner.secrets_sealed = sealed
    assert open_secrets(owner) == secrets
    assert secrets[0] not in sealed


def test_a_seal_moved_to_another_project_does_not_open():
    owner = Project()
    thief = Project(callback_secrets_sealed=seal_secrets(owner, [new_secret()]))
    with pytest.raises(SealBroken):
        open_secrets(thief)


def test_a_projects_seal_does_not_open_as_an_endpoints():
    same_id = uuid.uuid4()
    sealed = seal_secrets(Project(id=same_id), [new_secret()])
    with pytest.raises(SealBroken):
        open_secrets(WebhookEndpoint(id=same_id, secrets_sealed=sealed))


def test_no_secret_was_set():
    assert open_secrets(Project()) == []


def test_what_is_no_secret_is_not_sealed():
    with pytest.raises(InvalidSecret):
        seal_secrets(Project(), [new_secret(), "hunter2"])


def test_the_ring_follows_the_settings(settings, tmp_path):
    before = ring()
    settings.HUB_ENCRYPTION_KEYS = [generate_key()]
    changed = ring()
    settings.HUB_ENCRYPTION_KEYS = []
    settings.HUB_ENCRYPTION_KEYS_FILE = str(tmp_path / "keys")
    from_file = ring()
    assert len({id(before), id(changed), id(from_file)}) == 3
    assert ring() is from_file
    assert (tmp_path / "keys").exists()


def test_the_ring_asks_for_a_key_where_none_is_named(settings):
    settings.HUB_ENCRYPTION_KEYS = []
    settings.HUB_ENCRYPTION_KEYS_FILE = ""
    with pytest.raises(Exception, match="HUB_ENCRYPTION_KEYS is not set"):
        ring()
