"""Every option of the portal, in one typed table, read once: from the environment, else from `portal.toml`.

Wrong values end start-up with a sentence each that names the variable, what it held (secrets masked) and what it should
be. A *missing* value does not: the page shows the *not set up* state that names it, since a deploy without its
variables must still answer (rsconnect verifies with `GET /`).
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from ipaddress import ip_address
from typing import Annotated, Literal

from pydantic import AfterValidator, AliasChoices, BeforeValidator, Field, SecretStr, ValidationError, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import NoDecode, SettingsConfigDict

from portal import project_file
from portal import setting_values as values
from portal.own_settings import OwnSettings
from portal.paths import CONFIGURATION


class SettingsError(ValueError):
    """A variable holds what it should not; `str(error)` is the sentence to show."""


def _aliases(*names: str) -> AliasChoices:
    return AliasChoices(*names)


class Settings(OwnSettings):
    """The table. Each field's description is its line in the README."""

    model_config = SettingsConfigDict(extra="ignore", case_sensitive=True, env_ignore_empty=True, frozen=True)

    databricks_host: Annotated[str | None, BeforeValidator(values.origin)] = Field(
        None,
        validation_alias=_aliases("DATABRICKS_HOST"),
        description="The workspace, with or without https:// and a port",
    )
    warehouse_id: Annotated[str | None, BeforeValidator(values.warehouse)] = Field(
        None,
        validation_alias=_aliases("DATABRICKS_WAREHOUSE_ID", "DATABRICKS_HTTP_PATH", "DATABRICKS_PATH"),
        description="The SQL warehouse that pages use: its id or its HTTP path",
    )
    cluster_id: Annotated[str | None, BeforeValidator(values.cluster)] = Field(
        None,
        validation_alias=_aliases("DATABRICKS_CLUSTER_ID"),
        description="The cluster that pages with DataFrames attach to; see "
        "[docs/databricks-connect.md](docs/databricks-connect.md)",
    )

    product: str | None = Field(
        None,
        validation_alias=_aliases("POSIT_PRODUCT", "RSTUDIO_PRODUCT"),
        description="Set by Connect (`CONNECT`) or Workbench",
    )
    connect_server: str | None = Field(
        None, validation_alias=_aliases("CONNECT_SERVER"), description="Set by Connect: its own address"
    )
    connect_api_key: SecretStr | None = Field(
        None,
        validation_alias=_aliases("CONNECT_API_KEY"),
        description="Set by Connect: used for the exchange and to read the content's own integration, never for data",
    )
    content_guid: str | None = Field(
        None, validation_alias=_aliases("CONNECT_CONTENT_GUID"), description="Set by Connect: this content"
    )
    databricks_app: str | None = Field(
        None, validation_alias=_aliases("DATABRICKS_APP_NAME"), description="Set by Databricks Apps"
    )

    integration_guid: str | None = Field(
        None,
        validation_alias=_aliases("PORTAL_INTEGRATION_GUID"),
        description="Which Databricks integration to use where the content has several",
    )
    identity: Literal["developer"] | None = Field(
        None,
        validation_alias=_aliases("PORTAL_IDENTITY"),
        description="`developer`: everyone is you (the SDK's own profile, environment or CLI); localhost only",
    )
    allow_shared_identity: bool = Field(
        False,
        validation_alias=_aliases("PORTAL_ALLOW_SHARED_IDENTITY"),
        description="`1` lets the developer identity serve beyond localhost: all who reach it act as you",
    )

    cache_url: str = Field(
        "memory",
        validation_alias=_aliases("PORTAL_CACHE_URL"),
        description="Where sealed credentials are shared: `memory` (each process for itself; under gunicorn a private "
        "directory), an absolute path, `redis://…`, `rediss://…` (`?ssl_ca_certs=/path` for an authority of your "
        "own) or `unix://…`; [which Redis](docs/operating.md#which-redis)",
    )
    title: str = Field(
        "Data portal", validation_alias=_aliases("PORTAL_TITLE"), description="The portal's name in the shell"
    )
    home_query: str | None = Field(
        None,
        validation_alias=_aliases("PORTAL_HOME_QUERY"),
        description="The home page's query; `off` for none (default: ten rows of samples.nyctaxi.trips)",
    )
    autostart: bool = Field(
        True,
        validation_alias=_aliases("PORTAL_AUTOSTART"),
        description="`off`: no statement starts a stopped warehouse; its viewer does, on the warehouse page",
    )
    sql_mode: Literal["read", "full"] = Field(
        "read",
        validation_alias=_aliases("PORTAL_SQL_MODE"),
        description="`read`: the warehouse page takes only statements that read; `full`: all. A guard rail",
    )
    sql_functions: Annotated[tuple[str, ...], NoDecode, BeforeValidator(values.words)] = Field(
        (),
        validation_alias=_aliases("PORTAL_SQL_FUNCTIONS"),
        description="Functions that act or fetch from elsewhere and that statements may call all the same where only "
        "reading is allowed, by name: `ai_query`, `http_request`, `read_files`, …",
    )
    job_actions: bool = Field(
        True,
        validation_alias=_aliases("PORTAL_JOB_ACTIONS"),
        description="`off` hides run, cancel, repair and schedules of queries",
    )
    safe_cells: bool = Field(
        True,
        validation_alias=_aliases("PORTAL_SAFE_CELLS"),
        description="`off` leaves text as it is that a spreadsheet would run from a CSV download or the clipboard",
    )

    frame_ancestors: Annotated[tuple[str, ...], NoDecode, BeforeValidator(values.words)] = Field(
        (),
        validation_alias=_aliases("PORTAL_FRAME_ANCESTORS"),
        description="Origins that may embed the portal, besides itself and the Connect server; `none`: nobody may, for "
        "portals that are opened by themselves",
    )
    frame_sources: Annotated[tuple[str, ...], NoDecode, BeforeValidator(values.words)] = Field(
        (),
        validation_alias=_aliases("PORTAL_FRAME_SOURCES"),
        description="Origins that pages may show in frames of their own (`html.Iframe`), such as a report's server",
    )
    image_sources: Annotated[tuple[str, ...], NoDecode, BeforeValidator(values.words)] = Field(
        (),
        validation_alias=_aliases("PORTAL_IMAGE_SOURCES"),
        description="Origins that pages may show pictures of, besides the portal's own: logos, tiles of maps",
    )
    signing_key: SecretStr | None = Field(
        None,
        validation_alias=_aliases("PORTAL_SIGNING_KEY"),
        description="At least 32 random characters, the same for every process: pages and drafts outlive sessions, and "
        "nobody else can say that a viewer's sessions ended",
    )
    metrics_token: SecretStr | None = Field(
        None, validation_alias=_aliases("PORTAL_METRICS_TOKEN"), description="Bearer that opens /metrics; none: closed"
    )
    log_format: Literal["json", "console"] = Field(
        "json", validation_alias=_aliases("PORTAL_LOG_FORMAT"), description="`json` or `console`"
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", validation_alias=_aliases("PORTAL_LOG_LEVEL"), description="DEBUG, INFO, WARNING or ERROR"
    )
    audit_log: Annotated[str, AfterValidator(values.audit_log)] = Field(
        "stdout",
        validation_alias=_aliases("PORTAL_AUDIT_LOG"),
        description="Where the audit stream goes, whatever the log's level: `stdout`, `stderr`, an absolute path of a "
        "file, `syslog` (of this machine) or `syslog://host:514`",
    )
    audit_sql: Literal["hash", "text"] = Field(
        "hash", validation_alias=_aliases("PORTAL_AUDIT_SQL"), description="How the audit stream records SQL"
    )
    audit_reads: float = Field(
        0.0,
        ge=0,
        le=1,
        validation_alias=_aliases("PORTAL_AUDIT_READS"),
        description="Share of page and catalog reads in the audit stream: 0 (none) to 1 (all), such as 0.1",
    )
    debug: bool = Field(
        False,
        validation_alias=_aliases("PORTAL_DEBUG"),
        description="`1`: Dash's dev tools and stack traces, with the developer identity on localhost only",
    )

    call_seconds: float = Field(
        6.0,
        ge=1,
        le=60,
        validation_alias=_aliases("PORTAL_CALL_SECONDS"),
        description="What a call of Connect or the workspace may take as a whole, 1 to 60; a page then says which "
        "service does not answer",
    )
    read_seconds: float = Field(
        120.0,
        ge=5,
        le=3600,
        validation_alias=_aliases("PORTAL_READ_SECONDS"),
        description="What a page's read of a warehouse may take as a whole, 5 to 3600; the page says meanwhile that it "
        "goes on",
    )
    serving_seconds: float = Field(
        60.0,
        ge=1,
        le=300,
        validation_alias=_aliases("PORTAL_SERVING_SECONDS"),
        description="What a model serving endpoint may take to answer a page, 1 to 300; the page says meanwhile that "
        "it goes on",
    )
    port: int | None = Field(
        None,
        ge=1,
        le=65535,
        validation_alias=_aliases("PORT"),
        description="Where gunicorn listens (8000), and the sandbox's Connect (3939); on this machine only, unless "
        "`--bind` says otherwise",
    )
    app_port: int | None = Field(
        None,
        ge=1,
        le=65535,
        validation_alias=_aliases("DATABRICKS_APP_PORT"),
        description="Set by Databricks Apps: where gunicorn listens there, for everyone",
    )
    workers: int | None = Field(
        None,
        ge=1,
        le=256,
        validation_alias=_aliases("WEB_CONCURRENCY"),
        description="Processes of gunicorn (2)",
    )
    threads: int | None = Field(
        None,
        ge=3,
        le=1000,
        validation_alias=_aliases("PORTAL_THREADS"),
        description="Threads of a process that answer requests, where its server is not gunicorn: all but two of them "
        "may wait for other services at a time",
    )
    upload_mb: int = Field(
        1024,
        ge=1,
        le=1024,
        validation_alias=_aliases("PORTAL_UPLOAD_MB"),
        description="The largest file that is written to a volume, MB",
    )
    statements_per_viewer: int = Field(
        5,
        ge=1,
        le=100,
        validation_alias=_aliases("PORTAL_STATEMENTS_PER_VIEWER"),
        description="Statements one viewer may have running at a time, in each process",
    )
    downloads_per_viewer: int = Field(
        2,
        ge=1,
        le=100,
        validation_alias=_aliases("PORTAL_DOWNLOADS_PER_VIEWER"),
        description="Downloads one viewer may have under way at a time, in each process",
    )
    authorised_seconds: int = Field(
        60,
        ge=1,
        le=60,
        validation_alias=_aliases("PORTAL_AUTHORISED_SECONDS"),
        description="How long rows that a process keeps are shown before Databricks is asked again whether the viewer "
        "may have them",
    )
    requests_per_minute: int = Field(
        3000,
        ge=60,
        le=1_000_000,
        validation_alias=_aliases("PORTAL_REQUESTS_PER_MINUTE"),
        description="Requests that one session may make in a minute, in each process; files of the portal do not count",
    )
    chunk_cache_mb: int = Field(
        128,
        ge=16,
        le=65536,
        validation_alias=_aliases("PORTAL_CHUNK_CACHE_MB"),
        description="Memory for result chunks in a process, MB; twice that on disk",
    )

    _switches = field_validator(
        "autostart", "job_actions", "safe_cells", "allow_shared_identity", "debug", mode="before"
    )(values.switch)
    _product = field_validator("product")(values.product)
    _server = field_validator("connect_server")(values.server)
    _key = field_validator("connect_api_key")(values.key)
    _guids = field_validator("content_guid", "integration_guid")(values.guid)
    _cache = field_validator("cache_url")(values.cache)
    _title = field_validator("title")(values.title)
    _functions = field_validator("sql_functions")(values.functions)
    _ancestors = field_validator("frame_ancestors")(values.ancestors)
    _sources = field_validator("frame_sources", "image_sources")(values.sources)
    _long = field_validator("signing_key")(values.long_secret)
    _bearer = field_validator("metrics_token")(values.bearer)

    @property
    def may_be_framed(self) -> bool:
        """Whether any page may hold the portal in a frame."""
        return self.frame_ancestors != ("none",)

    @property
    def on_connect(self) -> bool:
        """Connect's variables are there. Any of them counts: in doubt we are on Connect and fail closed."""
        return self.product == "CONNECT" or bool(self.connect_server or self.content_guid)

    @property
    def http_path(self) -> str | None:
        """The warehouse's HTTP path for the SQL connector."""
        return f"/sql/1.0/warehouses/{self.warehouse_id}" if self.warehouse_id else None

    @property
    def workspace_name(self) -> str:
        """The workspace's host, for people to read."""
        return (self.databricks_host or "").removeprefix("https://")


_SECRET = re.compile(r"KEY|TOKEN|SECRET|PASSWORD")
INTERNAL = frozenset({"PORTAL_THREADS_OF_SERVER", "PORTAL_SESSION_TOKEN"})
"""Known, and not of this table: what gunicorn.conf.py tells its workers, and what `doctor --as` reads."""


def _shown(name: str, value: str) -> str:
    # A cache's address may hold a password.
    return "(a secret, not shown)" if _SECRET.search(name) else repr(values.masked(value)[:200])


def variables(field_name: str) -> tuple[str, ...]:
    """The environment variables of one field, in order of precedence."""
    alias = Settings.model_fields[field_name].validation_alias
    assert isinstance(alias, AliasChoices)
    return tuple(str(choice) for choice in alias.choices)


def load() -> Settings:
    """Read the environment anew; raises `SettingsError` with one sentence, on a line of its own, for each wrong
    variable.
    """
    try:
        given = project_file.read(name for field in Settings.model_fields for name in variables(field)[:1])
        for names in map(variables, Settings.model_fields):
            if any(map(os.environ.get, names)):
                # The environment's word counts, under whichever of a setting's names.
                given.pop(names[0], None)
        return Settings(**given)  # type: ignore[arg-type]  # by the names of the variables
    except project_file.ProjectFileError as error:
        raise SettingsError(str(error)) from None
    except ValidationError as error:
        raise SettingsError("\n".join(map(_sentence, error.errors()))) from None


def _sentence(error: ErrorDetails) -> str:
    # pydantic names a field by its first alias, whichever was read.
    aliases = next(names for names in map(variables, Settings.model_fields) if str(error["loc"][0]) in names)
    name = next((name for name in aliases if os.environ.get(name)), aliases[0])
    if os.environ.get(name) is None:
        name = f"{project_file.key(name)} in {CONFIGURATION}"
    value = os.environ.get(name, str(error.get("input")))
    should = error["msg"]
    match error["type"]:
        case "value_error":
            should = str(error["ctx"]["error"])
        case "int_parsing" | "int_from_float":
            should = "should be a whole number"
        case "float_parsing" | "finite_number":
            should = "should be a number"
        case "greater_than_equal" | "less_than_equal":
            least, most = _range(aliases[0])
            should = f"should be from {least:g} to {most:g}"
        case _:
            should = "should be " + should.removeprefix("Input should be ")
    return f"{name} is {_shown(name, value)}: it {should}."


def _range(variable: str) -> tuple[float, float]:
    field = next(field for name, field in Settings.model_fields.items() if variable in variables(name))
    bounds = {type(one).__name__: one for one in field.metadata}
    return bounds["Ge"].ge, bounds["Le"].le


def unknown(environment: Mapping[str, str] = os.environ) -> list[str]:
    """A sentence for each `PORTAL_…` that is set and that nobody reads, with the name that may have been meant."""
    known = {name for field in Settings.model_fields for name in variables(field)}
    found = []
    for name in sorted(environment):
        if name.startswith("PORTAL_") and name not in known | INTERNAL:
            near = get_close_matches(name, known, 1, 0.75)
            meant = f" Is {near[0]} meant?" if near else " `python -m portal settings` lists those there are."
            found.append(f"{name[:100]} is no setting of the portal, and has no effect.{meant}")
    return found


@cache
def settings() -> Settings:
    """The settings of this process."""
    return load()


def is_loopback(host: str | None) -> bool:
    """Whether a host name or address, with or without a port, is this machine."""
    name = (host or "").strip()
    if name.startswith("["):
        name = name[1 : name.find("]")]
    elif name.count(":") == 1:
        name = name.partition(":")[0]
    if name == "localhost":
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False
