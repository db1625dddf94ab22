"""What is imported late, and what is not imported at all: each in a process of its own, since imports last."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.sandbox_client import ROOT

FIRST = "import portal.patches.imports as late, sys\n"
OF_OURS = ("DATABRICKS_", "CONNECT_", "PORTAL_", "POSIT_", "RSTUDIO_", "DASH_")


def run(code: str, **variables: str) -> str:
    """What a fresh process prints."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(OF_OURS)}
    done = subprocess.run(
        [sys.executable, "-c", FIRST + textwrap.dedent(code)],
        cwd=ROOT, env={**clean, **variables}, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.strip()


def test_a_late_module_is_loaded_by_its_first_use() -> None:
    said = run("""
        import pyarrow as pa, pyarrow.compute as pc
        print("pyarrow.lib" in sys.modules, late.is_loaded("pyarrow"), late.is_loaded("pyarrow.compute"))
        print(pc.sum(pa.array([1, 2])).as_py(), late.is_loaded("pyarrow"), late.is_loaded("pyarrow.compute"))
        print(type(pa).__name__, pa.compute is pc, pa.__spec__.loader is pa.__loader__)
    """)
    assert said.splitlines() == ["False False False", "3 True True", "module True True"]


def test_a_late_package_imports_its_own_modules_while_it_loads() -> None:
    said = run("""
        import plotly.express as px
        print(px.line(x=[1, 2], y=[3, 4]).data[0].type)
    """)
    assert said == "scatter"


def test_what_lies_below_a_late_module_loads_it_first() -> None:
    said = run("""
        import pyarrow
        from pyarrow import feather
        print(late.is_loaded("pyarrow"), feather.__name__)
    """)
    assert said == "True pyarrow.feather"


def test_threads_that_ask_at_once_all_get_the_whole_module() -> None:
    said = run("""
        import threading, pyarrow as pa
        found, failed = [], []
        start = threading.Barrier(8)
        def ask():
            start.wait()
            try:
                found.append(pa.table({"a": [1]}).num_rows)
            except BaseException as error:
                failed.append(repr(error))
        threads = [threading.Thread(target=ask) for _ in range(8)]
        [one.start() for one in threads]; [one.join() for one in threads]
        print(found, failed)
    """)
    assert said == "[1, 1, 1, 1, 1, 1, 1, 1] []"


def test_who_asks_while_it_loads_does_not_get_a_name_that_is_about_to_change(tmp_path: Path) -> None:
    """As `pyarrow.compute.cast` is made from a list first, and written with other arguments further down."""
    (tmp_path / "slowly.py").write_text("cast = 'made'\nimport time\ntime.sleep(0.5)\ncast = 'written'\n")
    said = run(f"""
        import threading, time
        sys.path.insert(0, {str(tmp_path)!r})
        late.LATE = late.LATE | {{"slowly"}}
        import slowly
        first = threading.Thread(target=lambda: slowly.whatever if hasattr(slowly, "whatever") else None)
        first.start()
        time.sleep(0.2)
        print(late.is_loaded("slowly"), slowly.cast, late.is_loaded("slowly"))
    """)
    assert said == "False written True"


@pytest.mark.parametrize(
    "below", ["value = 2", "import late_package; value = late_package.half"], ids=["alone", "both"]
)
def test_a_package_and_what_lies_below_it_in_two_threads_at_once(below: str) -> None:
    """Each holds what the other wants next: Python's lock of the lower module, and the one of what is being loaded."""
    said = run(f"""
        import pathlib, tempfile, threading, time
        folder = pathlib.Path(tempfile.mkdtemp()) / "late_package"
        folder.mkdir()
        (folder / "__init__.py").write_text(
            "half = 2; import time; time.sleep(0.5); from late_package import below; whole = 1")
        (folder / "below.py").write_text({below!r})
        sys.path.insert(0, str(folder.parent))
        late.LATE = late.LATE | {{"late_package"}}
        import late_package
        found = []
        def by_name():
            found.append(late_package.whole)
        def by_import():
            time.sleep(0.2)
            from late_package.below import value
            found.append(value)
        threads = [threading.Thread(target=one, daemon=True) for one in (by_name, by_import)]
        [one.start() for one in threads]; [one.join(20) for one in threads]
        print(sorted(found))
    """)
    assert said == "[1, 2]"


def test_a_module_that_cannot_be_loaded_says_so_each_time(tmp_path: object) -> None:
    said = run("""
        import tempfile, pathlib
        folder = pathlib.Path(tempfile.mkdtemp())
        (folder / "late_and_broken.py").write_text("raise OSError('no such luck')")
        sys.path.insert(0, str(folder))
        late.LATE = late.LATE | {"late_and_broken"}
        import late_and_broken
        for _ in range(2):
            try:
                late_and_broken.anything
            except OSError as error:
                print(error)
    """)
    assert said.splitlines() == ["no such luck", "no such luck"]


def test_the_sdk_is_imported_by_parts() -> None:
    said = run("""
        from databricks.sdk.core import Config
        from databricks.sdk.service.iam import CurrentUserAPI
        services = [name for name in sys.modules if name.startswith("databricks.sdk.service.")]
        print(len(services), late.is_loaded("databricks.sdk"))
        from databricks.sdk import oauth
        print(oauth.__name__, late.is_loaded("databricks.sdk"))
        from databricks.sdk import WorkspaceClient
        services = [name for name in sys.modules if name.startswith("databricks.sdk.service.")]
        print(WorkspaceClient.__name__, len(services) > 30, late.is_loaded("databricks.sdk"))
    """)
    first, second, third = said.splitlines()
    assert int(first.split()[0]) <= 3
    assert first.endswith("False")
    assert second == "databricks.sdk.oauth False"
    assert third == "WorkspaceClient True True"


def test_the_connector_comes_without_pandas_and_redis() -> None:
    said = run("""
        sql = late.sql_connector()
        import pyarrow
        pyarrow.array([1, 2])
        print([name for name in ("pandas", "redis") if name in sys.modules], callable(sql.connect))
        # It is there for the connector all the same, and pyarrow knows its series.
        import databricks.sql.result_set as result_set
        print(result_set.pandas.Int64Dtype(), "pandas" in sys.modules)
        import pandas
        series = pandas.Series([1.0, float("nan")])
        print(pyarrow.array(series).null_count, result_set.pandas.DataFrame is pandas.DataFrame)
        print(pyarrow.table({"a": [1]}).to_pandas().shape)
    """)
    assert said.splitlines() == ["[] True", "Int64 True", "1 True", "(1, 1)"]


def test_a_module_kept_from_one_thread_is_there_for_others() -> None:
    said = run("""
        import threading
        met = []
        def other():
            import colorsys
            met.append(colorsys.__name__)
        sys.modules.pop("colorsys", None)
        with late.without("colorsys"):
            try:
                import colorsys
            except ModuleNotFoundError as error:
                met.append(error.name)
            thread = threading.Thread(target=other); thread.start(); thread.join()
        print(met)
    """)
    assert said == "['colorsys', 'colorsys']"


NOT_FOR_A_DOCUMENT = (
    "pyarrow.lib", "numpy", "pandas", "redis", "sqlglot", "narwhals._utils", "plotly.express",
    "databricks.sql.client", "databricks.sdk.core", "databricks.sdk.service.sql", "posit.connect", "pybreaker",
    "portal.boards.queries", "markdown_it", "asyncio.events",
)  # fmt: skip
"""A budget: a process's first answer waits for none of these. What makes it longer is imported by whoever needs it."""


def test_the_first_answer_waits_for_nothing_that_it_does_not_show() -> None:
    said = run(
        f"""
        import wsgi
        answer = wsgi.server.test_client().get("/")
        assert answer.status_code == 200 and b"portal-page" in answer.data
        names = {NOT_FOR_A_DOCUMENT!r}
        print([name for name in names if name in sys.modules], len(sys.modules))
        """,
        CONNECT_SERVER="http://127.0.0.1:1/", CONNECT_API_KEY="key", POSIT_PRODUCT="CONNECT", PORTAL_LOG_LEVEL="ERROR",
    )  # fmt: skip
    assert said.startswith("[] "), said


@pytest.mark.parametrize("name", ["pyarrow", "databricks.sdk"])
def test_nobody_is_kept_from_reloading(name: str) -> None:
    """The real loader stands in the spec afterwards, for `importlib.reload` and whoever reads sources."""
    said = run(f"""
        import importlib, inspect
        module = importlib.import_module({name!r})
        late.load(module)
        print(type(module.__spec__.loader).__name__, inspect.getsourcefile(module) is not None)
    """)
    assert said == "SourceFileLoader True"


def test_a_module_that_asks_for_its_own_parts_while_it_loads_is_loaded() -> None:
    """narwhals does, and plotly.express imports narwhals: a page may begin with it."""
    said = run("""
        import plotly.express as px
        print(px.line(x=[1, 2], y=[3, 4]).data[0].type, late.is_loaded("narwhals"))
    """)
    assert said == "scatter True"


def test_a_page_that_is_asynchronous_finds_asyncio_whole() -> None:
    said = run("""
        import asyncio, janus, threading
        async def there():
            queue = janus.Queue()
            threading.Thread(target=queue.sync_q.put, args=("came",)).start()
            return await queue.async_q.get()
        print(late.is_loaded("asyncio"), asyncio.run(there()), late.is_loaded("asyncio"))
    """)
    assert said == "False came True"
