"""Every use of a library's internals: what, the version it was seen in, why, and the test that fails when it is gone.

What is ours to do with a library's inside stands in a module of this package, named after the library. Where it is part
of something larger (a parser, a worker, a connection), it stays there and is listed here. `tests/unit/test_patches.py`
compares the versions with the installed ones, looks for uses that are not listed, and runs most of the others' tests.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Use:
    """One use of what a library does not promise."""

    library: str
    version: str
    """The release that it was seen in, as far as the library says what changes: `4.4` is any 4.4.x."""
    what: str
    where: str
    why: str
    test: str


USES = (
    Use(
        "dash", "4.4", "_dash_renderer._js_dist_dependencies, dash_table._js_dist", "portal/patches/dash.py",
        "Dash links polyfills and the DataTable on every page", "test_patches.py::test_scripts_that_dash_need_not_link",
    ),
    Use(
        "dash", "4.4", "_pages._path_to_page", "portal/patches/dash.py",
        "which page an address is, before Dash's router runs in the browser", "test_patches.py::test_page_of_a_path",
    ),
    Use(
        "dash", "4.4", "Dash._generate_scripts_html, ._generate_css_dist_html", "portal/patches/dash.py",
        "each document looked at every script on the disk", "test_patches.py::test_links_are_remembered_for_a_moment",
    ),
    Use(
        "dash", "4.4", "Component.to_plotly_json, ._prop_names", "portal/patches/dash.py",
        "a document of 600 components spent a sixth of its time in looking for props that are not set",
        "test_patches.py::test_components_are_written_as_dash_writes_them",
    ),
    Use(
        "dash", "4.4", "Component.__init__, ._prop_names, ._base_nodes, _deprecated_components; generated __init__",
        "portal/patches/dash.py", "a twelfth of a page's time was spent in making what it consists of",
        "test_patches.py::test_components_are_made_as_dash_makes_them",
    ),
    Use(
        "plotly", "7.1", "plotly.io.json.to_json_plotly, PlotlyJSONEncoder.default", "portal/patches/dash.py",
        "a seventh of a page's time was spent in writing it", "test_patches.py::test_json_is_what_plotly_writes",
    ),
    Use(
        "dash", "4.4", "ids of the pages' container (_pages_location, _pages_content, …)", "portal/ui/document.py",
        "the first page comes with the layout", "test_patches.py::test_container_of_pages",
    ),
    Use(
        "dash", "4.4", "_callback.GLOBAL_CALLBACK_MAP, GLOBAL_CALLBACK_LIST", "portal/ui/registry.py",
        "a page that fails leaves no callbacks behind", "test_patches.py::test_callbacks_before_an_app_takes_them",
    ),
    Use(
        "dash", "4.4", "Dash._inline_scripts, _callback.GLOBAL_INLINE_SCRIPTS", "portal/patches/dash.py",
        "a page that is imported late brings functions of the browser's that the next document must hold",
        "test_patches.py::test_links_are_remembered_for_a_moment",
    ),
    Use(
        "dash_ag_grid", "35.3", "_js_dist", "portal/patches/dash.py",
        "the grid's 284 kB load on pages that have one", "test_patches.py::test_scripts_that_dash_need_not_link",
    ),
    Use(
        "cachelib", "0.17", "RedisCache._write_client", "portal/patches/cachelib.py",
        "locks, which cachelib has none of", "test_patches.py::test_client_of_a_redis_cache",
    ),
    Use(
        "redis", "8.1", "Connection._connect, .send_packed_command, .disconnect; ConnectionPool.connection_class",
        "portal/patches/redis.py", "a name server that is dead holds no request, nor does an answer that dribbles",
        "test_patches.py::test_name_of_a_redis_host",
    ),
    Use(
        "cachelib", "0.17", "FileSystemCache's header and file endings", "portal/cache.py",
        "expired files are swept without reading them", "test_patches.py::test_header_of_a_cached_file",
    ),
    Use(
        "databricks-sdk", "0.156", "ApiClient._api_client._session, ApiClient.do", "portal/patches/databricks.py",
        "bounds on each call, and a look at each path", "test_patches.py::test_inside_of_the_sdk",
    ),
    Use(
        "databricks-sdk", "0.156", "services hold the ApiClient that they were made with",
        "portal/patches/databricks.py", "`workspace()` is the viewer's, over the one client's connections",
        "test_patches.py::test_services_of_the_sdk_go_out_by_another_client",
    ),
    Use(
        "databricks-sdk", "0.156", "the package without its __init__", "portal/patches/imports.py",
        "importing forty services takes a second or two", "test_patches_imports.py",
    ),
    Use(
        "databricks-sql-connector", "4.9", "__repr__ of Thrift's answers", "portal/patches/databricks.py",
        "each is written as text for a log that is off", "test_patches.py::test_answers_are_not_printed",
    ),
    Use(
        "databricks-sql-connector", "4.9", "pandas and pybreaker's redis are not used at import",
        "portal/patches/imports.py", "half of the connector's import", "test_patches_imports.py",
    ),
    Use(
        "databricks-connect", "17.3", "SparkSession._active_session, names of loggers", "portal/patches/spark.py",
        "a UDF asks for the active session; failures are logged with plans", "spark/test_inside.py",
    ),
    Use(
        "databricks-connect", "17.3", "SparkSession.__del__", "portal/patches/spark.py",
        "two sessions that are collected wait for each other for good", "spark/test_inside.py",
    ),
    Use(
        "databricks-connect", "17.3", "ChannelBuilder._secure_channel", "portal/databricks/spark/line.py",
        "the way its own builders make a channel with interceptors", "spark/test_viewers.py",
    ),
    Use(
        "pyarrow", "26.0", "lib._pandas_api", "portal/patches/imports.py",
        "pyarrow.array imports pandas", "test_patches_imports.py",
    ),
    Use(
        "urllib3", "2.", "HTTPConnectionPool.ConnectionCls, HTTPConnection._new_conn, ._dns_host",
        "portal/viewer/upstream/lines.py", "a deadline ends every connection", "test_patches.py::test_lines_of_urllib3",
    ),
    Use(
        "sqlglot", "30.30", "Parser._advance", "portal/databricks/sqlcanonical.py",
        "a parse has a bound", "test_sqlcanonical.py, test_patches.py::test_every_step_of_a_parse_counts",
    ),
    Use(
        "gunicorn", "27.0", "workers.gthread.ThreadWorker, TConn", "portal/web/worker.py",
        "a client that dribbles holds no thread", "wire/test_strangers.py, test_patches.py::test_worker_of_gunicorn",
    ),
    Use(
        "gunicorn", "27.0", "http.wsgi.Response, what its answers send first", "portal/web/connection.py",
        "an answer is one packet and one system call", "wire/test_connection.py",
    ),
)  # fmt: skip
"""Modules of browsers have a list of their own: `assets/src/patches.js`."""
