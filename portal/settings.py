"""Every option of the portal, in one typed table, read from the environment once.

A wrong value ends start-up with one sentence that names the variable, what it held (secrets masked) and what it
should be. A *missing* value does not: the page shows the *not set up* state that names it, since a deploy without its
variables must still answer (rsconnect verifies with `GET /`).
"""

from __future__ import annotations

import os
import re
from enum import StrEnum
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AliasChoices, BeforeValidator, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class SettingsError(ValueError):
    """A variable holds what it should not; `str(error)` is the sentence to show."""


class Product(StrEnum):
    """Where Posit's variables say that we run."""

    CONNECT = "CONNECT"
    WORKBENCH = "WORKBENCH"


def _aliases(*names: str) -> AliasChoices:
    return AliasChoices(*names)


_HTTP_PATH = re.compile(r"(?:/?sql/(?:1\.0|protocolv1)/(?:warehouses|endpoints)/)?([A-Za-z0-9_-]+)/?")


def _origin(value: Any) -> Any:
    """`host`, `host:port` or an https URL of either, to `https://host[:port]`."""
    if value is None or not str(value).strip():
        return None
    text = str(value).strip()
    parts = urlsplit(text if "://" in text else f"https://{text}")
    try:
        port = parts.port
    except ValueError:
        port = -1
    bad = parts.scheme != "https" or not parts.hostname or parts.username or parts.path.strip("/") or port == -1
    if bad or not re.fullmatch(r"[A-Za-z0-9.\-:\[\]]+", parts.netloc):
        raise ValueError("should be a workspace's host, such as adb-1234567890123456.7.azuredatabricks.net")
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"https://{host}" + (f":{port}" if port and port != 443 else "")


def _warehouse(value: Any) -> Any:
    """A warehouse's id out of an id or an HTTP path (`/sql/1.0/warehouses/<id>`)."""
    if value is None or not str(value).strip():
        return None
    found = _HTTP_PATH.fullmatch(str(value).strip())
    if not found:
        raise ValueError("should be a warehouse's id or its HTTP path, such as /sql/1.0/warehouses/1a2b3c4d5e6f7a8b")
    return found.group(1)


def _words(value: Any) -> Any:
    return tuple(re.split(r"[\s,]+", value.strip())) if isinstance(value, str) and value.strip() else value or ()


_HTTP = re.compile(r"https?://[^\s/?#@]+(?::\d+)?(?:/[^\s?#]*)?")
_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class Settings(BaseSettings):
    """The table. Each field's description is its line in the README."""

    model_config = SettingsConfigDict(extra="ignore", case_sensitive=True, env_ignore_empty=True, frozen=True)

    databricks_host: Annotated[str | None, BeforeValidator(_origin)] = Field(
        None,
        validation_alias=_aliases("DATABRICKS_HOST"),
        description="The workspace, with or without https:// and a port",
    )
    warehouse_id: Annotated[str | None, BeforeValidator(_warehouse)] = Field(
        None,
        validation_alias=_aliases("DATABRICKS_WAREHOUSE_ID", "DATABRICKS_HTTP_PATH", "DATABRICKS_PATH"),
        description="The SQL warehouse that pages use: its id or its HTTP path",
    )

    product: str | None = Field(
        None, validation_alias=_aliases("POSIT_PRODUCT", "RSTUDIO_PRODUCT"), description="Set by Connect or Workbench"
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
        "directory), an absolute path, `redis://…` or `rediss://…`",
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
    job_actions: bool = Field(
        True, validation_alias=_aliases("PORTAL_JOB_ACTIONS"), description="`off` hides run, cancel and repair"
    )
    safe_cells: bool = Field(
        True,
        validation_alias=_aliases("PORTAL_SAFE_CELLS"),
        description="`off` leaves formula-like text unquoted in CSV and Excel downloads",
    )

    frame_ancestors: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_words)] = Field(
        (),
        validation_alias=_aliases("PORTAL_FRAME_ANCESTORS"),
        description="Origins that may embed the portal, besides itself and the Connect server",
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
    audit_sql: Literal["hash", "text"] = Field(
        "hash", validation_alias=_aliases("PORTAL_AUDIT_SQL"), description="How the audit stream records SQL"
    )
    debug: bool = Field(
        False,
        validation_alias=_aliases("PORTAL_DEBUG"),
        description="`1`: Dash's dev tools and stack traces, with the developer identity on localhost only",
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

    @field_validator("autostart", "job_actions", "safe_cells", "allow_shared_identity", "debug", mode="before")
    @classmethod
    def _switch(cls, value: Any) -> Any:
        word = str(value).strip().lower()
        if word in {"1", "on", "true", "yes"}:
            return True
        if word in {"0", "off", "false", "no"}:
            return False
        raise ValueError("should be on or off")

    @field_validator("connect_server", mode="after")
    @classmethod
    def _server(cls, value: str | None) -> str | None:
        if value is not None and not _HTTP.fullmatch(value):
            raise ValueError("should be Connect's address, such as https://connect.example.com")
        return value.rstrip("/") if value else value

    @field_validator("integration_guid", mode="after")
    @classmethod
    def _guid(cls, value: str | None) -> str | None:
        if value is not None and not _GUID.fullmatch(value):
            raise ValueError("should be the integration's guid, such as 12345678-90ab-cdef-1234-567890abcdef")
        return value

    @field_validator("cache_url", mode="after")
    @classmethod
    def _cache(cls, value: str) -> str:
        scheme, sep, rest = value.partition("://")
        address = scheme in {"redis", "rediss"} and rest
        if value == "memory" or (address if sep else Path(value).is_absolute()):
            return value
        raise ValueError(
            "should be memory, an absolute path of a directory, redis://host:port/0 or rediss://host:port/0"
        )

    @field_validator("frame_ancestors", mode="after")
    @classmethod
    def _ancestors(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            if not re.fullmatch(r"https?://(\*\.)?[A-Za-z0-9.\-]+(:\d+|:\*)?", origin):
                raise ValueError("should be origins such as https://intranet.example.com, separated by spaces")
        return value

    @property
    def on_connect(self) -> bool:
        """Connect's variables are there. Any of them counts: in doubt we are on Connect and fail closed."""
        return self.product == Product.CONNECT or bool(self.connect_server or self.content_guid)

    @property
    def http_path(self) -> str | None:
        """The warehouse's HTTP path for the SQL connector."""
        return f"/sql/1.0/warehouses/{self.warehouse_id}" if self.warehouse_id else None

    @property
    def workspace_name(self) -> str:
        """The workspace's host, for people to read."""
        return (self.databricks_host or "").removeprefix("https://")


_SECRET = re.compile(r"KEY|TOKEN|SECRET|PASSWORD")


def _shown(name: str, value: str) -> str:
    if _SECRET.search(name):
        return "(a secret, not shown)"
    # A cache's address may hold a password.
    return repr(re.sub(r"//[^/@\s]*@", "//***@", value)[:200])


def variables(field_name: str) -> tuple[str, ...]:
    """The environment variables of one field, in order of precedence."""
    alias = Settings.model_fields[field_name].validation_alias
    assert isinstance(alias, AliasChoices)
    return tuple(str(choice) for choice in alias.choices)


def load() -> Settings:
    """Read the environment anew; raises `SettingsError` with one sentence about the first wrong variable."""
    try:
        return Settings()  # type: ignore[call-arg]  # every value comes from the environment
    except ValidationError as error:
        first = error.errors()[0]
        # pydantic names a field by its first alias, whichever was read.
        aliases = next(names for names in map(variables, Settings.model_fields) if str(first["loc"][0]) in names)
        name = next((name for name in aliases if os.environ.get(name)), aliases[0])
        value = os.environ.get(name, str(first.get("input")))
        if first["type"] == "value_error":
            should = str(first["ctx"]["error"])
        else:
            should = "should be " + first["msg"].removeprefix("Input should be ")
        raise SettingsError(f"{name} is {_shown(name, value)}: it {should}.") from None


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
