"""Nothing secret survives the mask: by value, by shape, in tracebacks."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from portal.settings import Settings
from portal.viewer.secrets import masked, register
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
