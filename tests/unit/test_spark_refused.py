"""DataFrames where databricks-connect cannot be: a state that says what is missing, and nothing imported."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from portal.api import NoSuchThing, NotSetUp, spark
from portal.settings import settings


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("DATABRICKS_HOST", "https://adb-1.example.com")
    monkeypatch.setenv("DATABRICKS_CLUSTER_ID", "1127-093015-sh4red01")
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.mark.skipif(sys.version_info[:2] == (3, 12), reason="databricks-connect may be here")
def test_another_python_is_refused_with_a_sentence(cluster: None) -> None:
    with pytest.raises(NotSetUp, match=r"need Python 3\.12") as met, spark():
        pass
    assert met.value.setting == "portal[spark]"
    assert "pyspark" not in sys.modules


def test_without_a_cluster_the_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABRICKS_CLUSTER_ID", raising=False)
    settings.cache_clear()
    with pytest.raises(NotSetUp, match="DATABRICKS_CLUSTER_ID is not set"), spark():
        pass
    settings.cache_clear()


def test_what_is_no_cluster_enters_no_header(cluster: None) -> None:
    with pytest.raises(NoSuchThing), spark("a\r\nauthorization: other"):
        pass
