import base64
import os
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from paymenthub.kernel.crypto import (
    KeyFileError,
    KeyRing,
    SealBroken,
    constant_time_equal,
    generate_key,
    hash_secret,
    load_or_create_keys,
)

OLD, NEW = generate_key(), generate_key()
CONTEXT = b"provider_account:1"


def test_what_was_sealed_opens_again_and_looks_different_every_time():
    ring = KeyRing([NEW])
    first, second = (ring.seal(b"hello", context=CONTEXT) for _ in range(2))
    assert first != second
    assert "hello" not in first
    assert ring.open(first, context=CONTEXT) == ring.open(second, context=CONTEXT) == b"hello"
    assert ring.open(ring.seal(b"", context=b""), context=b"") == b""


def test_a_seal_does_not_open_in_another_place():
    ring = KeyRing([NEW])
    with pytest.raises(SealBroken):
        ring.open(ring.seal(b"hello", context=CONTEXT), context=b"provider_account:2")


def test_every_changed_character_breaks_the_seal():
    ring = KeyRing([NEW])
    token = ring.seal(b"hello!!!", context=CONTEXT)  # 36 bytes: in base64 every bit of every character counts
    for position, character in enumerate(token):
        broken = token[:position] + ("_" if character != "_" else "A") + token[position + 1 :]
        with pytest.raises(SealBroken):
            ring.open(broken, context=CONTEXT)


@pytest.mark.parametrize("token", ["", "v1..", "v2.0123456789abcdef.AAAA", "v1.0123456789abcdef.A", "é", "v1.x.y\n"])
def test_a_text_that_is_no_seal_is_refused(token):
    with pytest.raises(SealBroken):
        KeyRing([NEW]).open(token, context=b"")


def test_a_seal_too_short_for_its_nonce_is_refused():
    ring = KeyRing([NEW])
    key_id = ring.seal(b"", context=b"").split(".")[1]
    with pytest.raises(SealBroken):
        ring.open(f"v1.{key_id}.AAAA", context=b"")


def test_rotation_opens_old_seals_and_says_which_need_a_new_one():
    old_seal = KeyRing([OLD]).seal(b"hello", context=CONTEXT)
    rotated = KeyRing([NEW, OLD])
    assert rotated.open(old_seal, context=CONTEXT) == b"hello"
    assert rotated.needs_rotation(old_seal)
    assert not rotated.needs_rotation(rotated.seal(b"hello", context=CONTEXT))


def test_a_seal_whose_key_is_gone_does_not_open():
    with pytest.raises(SealBroken, match="No key"):
        KeyRing([NEW]).open(KeyRing([OLD]).seal(b"hello", context=CONTEXT), context=CONTEXT)


def test_keys_are_taken_as_bytes_and_as_base64_with_or_without_padding():
    raw = os.urandom(32)
    text = base64.urlsafe_b64encode(raw).decode()
    seal = KeyRing([raw]).seal(b"x", context=b"")
    assert KeyRing([text]).open(seal, context=b"") == KeyRing([text.rstrip("=")]).open(seal, context=b"") == b"x"


@pytest.mark.parametrize("key", [b"short", "short", "é" * 43, "A" * 42, "!" * 43, ""])
def test_a_bad_key_is_refused_without_being_shown(key):
    with pytest.raises(ValueError, match="32 bytes") as caught:
        KeyRing([key])
    assert not key or str(key) not in str(caught.value)


def test_a_ring_without_keys_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        KeyRing([])


def test_repr_shows_no_key():
    text = repr(KeyRing([NEW, OLD]))
    assert "2 keys" in text
    assert NEW[:8] not in text
    assert OLD[:8] not in text


def test_digest_depends_on_data_purpose_and_key_only():
    ring = KeyRing([NEW])
    digest = ring.digest(b"body", purpose="idempotency")
    assert digest == KeyRing([NEW, OLD]).digest(b"body", purpose="idempotency")
    assert len(digest) == 64
    assert digest != ring.digest(b"bodY", purpose="idempotency")
    assert digest != ring.digest(b"body", purpose="email")
    assert digest != KeyRing([OLD]).digest(b"body", purpose="idempotency")


def test_digest_outlives_a_rotation():
    stored = KeyRing([OLD]).digest(b"body", purpose="p")
    assert KeyRing([NEW, OLD]).digest_matches(stored, b"body", purpose="p")
    assert not KeyRing([NEW, OLD]).digest_matches(stored, b"other", purpose="p")
    assert not KeyRing([NEW]).digest_matches(stored, b"body", purpose="p")


def test_hash_of_a_secret_is_its_sha_256():
    assert hash_secret("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_constant_time_equal_compares_text_and_bytes():
    assert constant_time_equal("é", "é".encode())
    assert not constant_time_equal("a", "b")


def test_key_file_is_made_private_and_read_again(tmp_path):
    path = tmp_path / "deep" / "keys"
    keys = load_or_create_keys(path)
    assert len(keys) == 1
    assert KeyRing(keys)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_or_create_keys(path) == keys
    assert [item.name for item in path.parent.iterdir()] == ["keys"]


def test_key_file_is_the_same_for_all_who_start_at_once(tmp_path):
    path = tmp_path / "keys"
    with ThreadPoolExecutor(8) as pool:
        seen = list(pool.map(lambda _: tuple(load_or_create_keys(path)), range(32)))
    assert len(set(seen)) == 1
    assert [item.name for item in tmp_path.iterdir()] == ["keys"]


def test_key_file_made_by_another_in_between_wins(tmp_path, monkeypatch):
    path = tmp_path / "keys"
    real_link = os.link

    def other_was_faster(source, target):
        path.write_text(OLD + "\n")
        path.chmod(0o600)
        real_link(source, target)

    monkeypatch.setattr(os, "link", other_was_faster)
    assert load_or_create_keys(path) == [OLD]
    assert [item.name for item in tmp_path.iterdir()] == ["keys"]


def test_key_file_holds_several_keys_newest_first(tmp_path):
    path = tmp_path / "keys"
    path.write_text(f"{NEW}\n\n{OLD}\n")
    path.chmod(0o600)
    assert load_or_create_keys(path) == [NEW, OLD]


def test_key_file_that_others_may_read_is_refused_with_what_to_do(tmp_path):
    path = tmp_path / "keys"
    path.write_text(NEW)
    path.chmod(0o640)
    with pytest.raises(KeyFileError, match="chmod 600"):
        load_or_create_keys(path)


def test_empty_key_file_is_refused_and_not_replaced(tmp_path):
    path = tmp_path / "keys"
    path.touch(0o600)
    with pytest.raises(KeyFileError, match="empty"):
        load_or_create_keys(path)
    assert path.read_text() == ""
