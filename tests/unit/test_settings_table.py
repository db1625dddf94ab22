"""A setting that is not in the README's table does not exist for whoever runs the portal."""

from __future__ import annotations

import pytest

from portal import settings_table
from portal.settings import Settings, variables
from tests.sandbox_client import ROOT

README = ROOT / "README.md"


def test_the_readme_has_the_table_as_it_is():
    text = README.read_text(encoding="utf-8")
    assert settings_table.with_table(text) == text, "run: python -m portal settings --write"


@pytest.mark.parametrize("name", list(Settings.model_fields))
def test_every_setting_says_what_it_means(name: str):
    assert Settings.model_fields[name].description
    table = settings_table.markdown()
    for variable in variables(name):
        assert f"`{variable}`" in table


def test_secrets_are_not_printed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setenv("PORTAL_METRICS_TOKEN", "hush-hush-hush")
    monkeypatch.setenv("CONNECT_API_KEY", "quiet-quiet")
    monkeypatch.setenv("PORTAL_CACHE_URL", "redis://:pass-word@host:6379/0")
    settings_table._here()
    said = capsys.readouterr().out
    assert "PORTAL_METRICS_TOKEN" in said
    for secret in ("hush-hush-hush", "quiet-quiet", "pass-word"):
        assert secret not in said
