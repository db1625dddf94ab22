"""Nothing secret survives the mask: by value, by shape, in tracebacks."""

from __future__ import annotations

import gc
import json
import logging
import time
from collections.abc import Iterator

import pytest
import structlog

from portal.settings import Settings
from portal.viewer import secrets
from portal.viewer.secrets import masked, masked_value, register, register_stranger
from portal.web import log as weblog

JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl"
DAPI = "dapi" + "0123456789abcdef" * 2


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("Authorization: Bearer abc.def-ghi_jkl", "abc.def-ghi_jkl"),
        ("'Authorization': 'Key 9aKxXcmD2bFzQ1rs'", "9aKxXcmD2bFzQ1rs"),
        (f"token {JWT} refused", JWT),
        (f"using {DAPI}.", DAPI),
        ('{"access_token": "opaque-value-1"}', "opaque-value-1"),
        ("subject_token=opaque-value-2&x=1", "opaque-value-2"),
        ("GET https://store.example.com/c/1?X-Amz-Signature=deadbeef&x=1", "deadbeef"),
        ("https://acc.blob.core.windows.net/c/1?sv=2020&sig=abc%2Fdef", "abc%2Fdef"),
    ],
)
def test_what_looks_secret_is_masked(text, secret):
    assert secret not in masked(text)
    assert "***" in masked(text)


@pytest.mark.parametrize("text", ["token expired", "a plain sentence", "Bearer of bad news", "statement 01ef-aa"])
def test_what_is_not_secret_stays(text):
    assert masked(text) == text


@pytest.mark.parametrize("around", ["{}", "saw {} there", "token={}", "token: {}", "['{}', 1]", "https://h/?a={}&b=1"])
def test_a_registered_value_is_masked_wherever_it_stands(around):
    register("Plain-opaque-session-value-77")
    assert "Plain-opaque-session-value-77" not in masked(around.format("Plain-opaque-session-value-77"))


@pytest.fixture
def _logging_as_before() -> Iterator[None]:
    """The tests after this one log as if it had not been."""
    before, handlers, level = structlog.get_config(), logging.getLogger().handlers[:], logging.getLogger().level
    yield
    structlog.configure(**before)
    logging.getLogger().handlers[:] = handlers
    logging.getLogger().setLevel(level)


@pytest.mark.usefixtures("_logging_as_before")
def test_a_traceback_of_ours_or_a_librarys_is_masked(capsys):
    weblog.configure(Settings(_env_file=None))
    try:
        raise RuntimeError(f"could not use Bearer {JWT}")
    except RuntimeError:
        structlog.get_logger("portal.test").exception("failed", header=f"Bearer {DAPI}")
        logging.getLogger("some.library").exception("failed with %s", DAPI)
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert len(lines) == 2
    assert all("Traceback" in line["exception"] for line in lines)
    text = json.dumps(lines)
    assert JWT not in text
    assert DAPI not in text


@pytest.mark.parametrize(
    "text",
    [
        "https://a?", "https://", "https://a", "eyJ", "-eyJaaaaaaaa", "eyJaaaaaaaa.", "bearer ", "key", "password",
        "password:", "a=", "a:b=", "dapi-", "=", "password" + " " * 50, "%", '"', "é", "https://a?sig=",
    ],
)  # fmt: skip
def test_no_text_takes_long_however_it_is_made(text):
    """Six megabytes of it: what a callback's body may hold. The old patterns took 43 s for 32 KB of the first."""
    long = text * (6_000_000 // len(text))
    started = time.thread_time()
    found = masked(long)
    assert time.thread_time() - started < 0.5
    assert len(found) < 3 * secrets.LONGEST
    assert "characters more)" in found


@pytest.mark.parametrize("text", ["https://a?", "-eyJaaaaaaaa", "https://", "password:", "a=b:"])
def test_a_text_that_is_not_cut_is_read_once(text, monkeypatch):
    """Without the cut, eight times the text takes eight times as long, not sixty-four."""
    monkeypatch.setattr(secrets, "LONGEST", 10_000_000)

    def seconds(length: int) -> float:
        made = text * (length // len(text))
        started = time.thread_time()
        masked(made)
        return time.thread_time() - started

    short = min(seconds(100_000) for _ in range(3))
    assert min(seconds(800_000) for _ in range(2)) < 30 * max(short, 0.001)


def test_a_deep_or_wide_structure_is_told_in_part():
    deep: list[object] = []
    for _ in range(5_000):
        deep = [deep]
    assert "…" in json.dumps(masked_value(deep), ensure_ascii=False)
    assert masked_value(list(range(100_000)))[-2:] == [secrets.MOST_ITEMS - 1, "… (99,800 more)"]


def test_a_cut_goes_through_no_secret():
    register("A-secret-right-at-the-cut-" + "x" * 200)
    text = "a " * ((secrets.LONGEST - 20) // 2) + "A-secret-right-at-the-cut-" + "x" * 200
    assert "A-secret" not in masked(text)


@pytest.mark.parametrize("around", ["{}.", "token={}==", "x-token:{}", "https://h/?a=b&c={}", "a=b=c={}"])
def test_a_registered_value_is_known_at_the_end_of_a_word(around):
    register("Another-opaque-value-78")
    register("Another-opaque-value-78==")
    assert "Another-opaque-value-78" not in masked(around.format("Another-opaque-value-78"))


def test_strangers_push_no_viewers_secret_out_and_leave_no_text_behind():
    viewers = [f"session-of-viewer-{number}-{'v' * 20}" for number in range(50)]
    for value in viewers:
        register_stranger(value)
        register(value)
    for number in range(30_000):
        register_stranger(f"forged-{number}-" + "f" * 100)
    assert all(masked(f"saw {value}") == "saw ***" for value in viewers)
    assert masked("saw forged-29999-" + "f" * 100) == "saw ***"
    assert len(secrets._strangers) <= 2_000
    kept = [*secrets._strangers._digests, *secrets._viewers._digests]
    assert {type(one) for one in kept} == {bytes}
    assert {len(one) for one in kept} == {16}


def test_what_was_registered_is_in_no_live_object():
    value = "".join(["only-", "here-", "for-", "a-", "moment-", str(time.time())])
    register(value)
    register_stranger(value)
    assert not any(value in str(vars(pool)) for pool in (secrets._viewers, secrets._strangers))
    holders = [one for one in gc.get_referrers(value) if isinstance(one, list | set | tuple | dict)]
    assert not [one for one in holders if one is not locals()]
