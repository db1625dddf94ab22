"""What a variable's text may be: readers that return the value, or raise `ValueError` with the rest of a sentence that
begins "NAME is VALUE: it …".
"""

from __future__ import annotations

import re
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    from pydantic import SecretStr

REDIS_OPTIONS = frozenset(
    {
        "ssl_ca_certs", "ssl_ca_path", "ssl_certfile", "ssl_keyfile", "ssl_cert_reqs", "ssl_check_hostname",
        "client_name", "protocol", "db",
    }
)  # fmt: skip
"""Options after the `?` of a Redis address. Time-outs are the portal's own: a slow cache must not hold a page."""
DATABASES = 16
"""Of a Redis that is set up as it comes."""
OPEN_TOKEN = 12
"""Characters of a bearer that cannot be tried out."""

_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?")
_HTTP_PATH = re.compile(r"(?:/?sql/(?:1\.0|protocolv1)/(?:warehouses|endpoints)/)?([A-Za-z0-9_-]+)/?")
_CLUSTER = re.compile(r"[A-Za-z0-9_-]{1,100}")
_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def is_host(name: str | None) -> bool:
    """Whether this may be a host: a name of labels, or an IP address, without a port.

    >>> [is_host(name) for name in ("a.example.com", "localhost", "10.0.0.1", "::1", "x..y", "10.0.0.256", "-a.b", "")]
    [True, True, True, True, False, False, False, False]
    """
    if not name:
        return False
    try:
        ip_address(name)
    except ValueError:
        # A last label of digits makes it an address of four numbers, and that it is not.
        last = name.rstrip(".").rpartition(".")[2]
        return len(name) <= 253 and _NAME.fullmatch(name) is not None and not last.isdecimal()
    return True


def address(text: str, schemes: tuple[str, ...]) -> tuple[str, str, int | None, str] | None:
    """Scheme, host (of IPv6 with its brackets), port and path of a URL of one of these; None where it is none."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return None
    odd = parts.username is not None or re.search(r"[\s\\\x00-\x1f]", text)
    if parts.scheme not in schemes or not is_host(parts.hostname) or port == 0 or parts.netloc.endswith(":") or odd:
        return None
    name = str(parts.hostname)
    return parts.scheme, f"[{name}]" if ":" in name else name, port, parts.path


def origin(value: object) -> object:
    """`host`, `host:port` or an https URL of either, to `https://host[:port]`."""
    if value is None or not str(value).strip():
        return None
    text = str(value).strip()
    found = address(text if "://" in text else f"https://{text}", ("https",))
    if found is None or found[3].strip("/"):
        raise ValueError("should be a workspace's host, such as adb-1234567890123456.7.azuredatabricks.net")
    _, host, port, _ = found
    return f"https://{host}" + (f":{port}" if port and port != 443 else "")


def server(value: str | None) -> str | None:
    """Connect's address, with the path that it has behind a proxy, without a slash at its end."""
    if value is None:
        return None
    found = address(value.strip(), ("http", "https"))
    if found is None or re.search(r"[?#]", value):
        raise ValueError("should be Connect's address, such as https://connect.example.com")
    return value.strip().rstrip("/")


def cluster(value: object) -> object:
    """A cluster's id."""
    if value is None or not str(value).strip():
        return None
    if not _CLUSTER.fullmatch(found := str(value).strip()):
        raise ValueError("should be a cluster's id, such as 1127-093015-abcdefgh")
    return found


def warehouse(value: object) -> object:
    """A warehouse's id out of an id or an HTTP path (`/sql/1.0/warehouses/<id>`)."""
    if value is None or not str(value).strip():
        return None
    found = _HTTP_PATH.fullmatch(str(value).strip())
    if not found:
        raise ValueError("should be a warehouse's id or its HTTP path, such as /sql/1.0/warehouses/1a2b3c4d5e6f7a8b")
    return found.group(1)


def words(value: object) -> object:
    """Words between spaces and commas."""
    return tuple(re.split(r"[\s,]+", value.strip())) if isinstance(value, str) and value.strip() else value or ()


def switch(value: object) -> bool:
    word = str(value).strip().lower()
    if word in {"1", "on", "true", "yes"}:
        return True
    if word in {"0", "off", "false", "no"}:
        return False
    raise ValueError("should be on or off")


def guid(value: str | None) -> str | None:
    if value is not None and not _GUID.fullmatch(value):
        raise ValueError("should be a guid, such as 12345678-90ab-cdef-1234-567890abcdef")
    return value


def product(value: str | None) -> str | None:
    if value is not None and value not in {"CONNECT", "WORKBENCH"}:
        raise ValueError("should be CONNECT or WORKBENCH, in capitals, as Posit's products set it")
    return value


def ancestors(value: tuple[str, ...]) -> tuple[str, ...]:
    """Origins that may hold the portal in a frame: `*` may stand for a first label, and for a port."""
    if value == ("none",):
        return value
    for one in value:
        plain = re.sub(r":\*$", "", re.sub(r"^(https?://)\*\.", r"\1", one))
        found = address(plain, ("http", "https"))
        if found is None or found[3] or re.search(r"[?#;,'\"]", one):
            raise ValueError("should be origins such as https://intranet.example.com, separated by spaces, or none")
    return value


def sources(value: tuple[str, ...]) -> tuple[str, ...]:
    """Origins that the content security policy names: `*` may stand for a first label. No path, no keyword, no scheme
    alone: each of those would open more than it says."""
    for one in value:
        found = address(re.sub(r"^(https?://)\*\.", r"\1", one), ("http", "https"))
        if found is None or found[3] or re.search(r"[?#;,'\"*]", one.replace("://*.", "://", 1)):
            raise ValueError("should be origins such as https://maps.example.com, separated by spaces")
    return value


def functions(value: tuple[str, ...]) -> tuple[str, ...]:
    for one in value:
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*){0,2}", one):
            raise ValueError("should be names of functions, separated by spaces")
    return value


def cache(value: str) -> str:
    """`memory`, an absolute path, or the address of one Redis."""
    scheme, sep, rest = value.partition("://")
    if not sep:
        if value == "memory" or (Path(value).is_absolute() and "\0" not in value):
            if value != "memory" and Path(value).exists() and not Path(value).is_dir():
                raise ValueError("should be a directory, and is a file")
            return value
    elif "sentinel" in scheme or "cluster" in scheme:
        raise ValueError(
            "should be the address of one server, redis:// or rediss://, such as the proxy's in front of them: "
            "Sentinel and Cluster are not spoken"
        )
    elif scheme in {"redis", "rediss", "unix"}:
        _redis(scheme, value, rest)
        return value
    raise ValueError(
        "should be memory, an absolute path of a directory, redis://host:port/0, rediss://host:port/0 or "
        "unix:///path/of/socket"
    )


def _redis(scheme: str, value: str, rest: str) -> None:
    """Raises for what redis-py would take and stumble over later, or take for something else."""
    if "#" in rest or "@" in rest.partition("/")[2].partition("?")[0]:
        raise ValueError("should have what is not a letter or digit of its password written as %XX")
    if "," in rest.partition("?")[0].rpartition("@")[2]:
        raise ValueError("should be the address of one server: Sentinel and Cluster are not spoken")
    try:
        parts = urlsplit(value)
        port = parts.port if scheme != "unix" else None
    except ValueError:
        raise ValueError("should have a port from 1 to 65535") from None
    if scheme == "unix":
        if not parts.path.startswith("/") or parts.path == "/":
            raise ValueError("should name a socket, such as unix:///run/valkey/valkey.sock")
    elif not is_host(parts.hostname):
        raise ValueError("should name a host, such as redis://cache.example.com:6379/0")
    elif port == 0 or parts.netloc.endswith(":"):
        raise ValueError("should have a port from 1 to 65535")
    options = parse_qsl(parts.query, keep_blank_values=True)
    database = dict(options).get("db", "" if scheme == "unix" else parts.path.strip("/"))
    if database and not (database.isascii() and database.isdecimal() and int(database) < DATABASES):
        raise ValueError(f"should name a database from 0 to {DATABASES - 1}, such as /0")
    if parts.query and not options:
        raise ValueError("should have options of the form name=value after its question mark")
    for name, given in options:
        if name not in REDIS_OPTIONS:
            raise ValueError(f"should have no option but {', '.join(sorted(REDIS_OPTIONS))}; {name[:40]!r} is another")
        if name.startswith("ssl_") and scheme != "rediss":
            raise ValueError(f"should begin with rediss:// where it has {name}")
        if not given:
            raise ValueError(f"should say something after {name}=")
        if name == "ssl_cert_reqs" and given not in {"none", "optional", "required"}:
            raise ValueError("should have none, optional or required as its ssl_cert_reqs")
        if name == "ssl_check_hostname" and given.lower() not in {"true", "false", "yes", "no", "1", "0"}:
            raise ValueError("should have true or false as its ssl_check_hostname")
        if name == "protocol" and given not in {"2", "3"}:
            raise ValueError("should have 2 or 3 as its protocol")
        if name in {"ssl_ca_certs", "ssl_ca_path", "ssl_certfile", "ssl_keyfile"} and not Path(given).is_absolute():
            raise ValueError(f"should have an absolute path as its {name}")


def audit_log(value: str) -> str:
    if value in {"stdout", "stderr", "syslog"}:
        return value
    if value.startswith("syslog://") and syslog_address(value) is not None:
        return value
    if "://" not in value and Path(value).is_absolute() and not Path(value).is_dir():
        return value
    raise ValueError("should be stdout, stderr, an absolute path of a file, syslog or syslog://host:514")


def syslog_address(value: str) -> tuple[str, int] | None:
    """Host and port of `syslog://host[:port]`."""
    found = address(value, ("syslog",))
    if found is None or found[3].strip("/"):
        return None
    return found[1].strip("[]"), found[2] or 514


def long_secret(value: SecretStr | None) -> SecretStr | None:
    if value is not None and len(value.get_secret_value()) < 32:
        raise ValueError("should be at least 32 random characters, such as `openssl rand -hex 32` prints")
    return value


def bearer(value: SecretStr | None) -> SecretStr | None:
    if value is not None and not re.fullmatch(rf"[\x21-\x7e]{{{OPEN_TOKEN},}}", value.get_secret_value()):
        raise ValueError(
            f"should be at least {OPEN_TOKEN} characters without spaces; `openssl rand -hex 32` prints some"
        )
    return value


def key(value: SecretStr | None) -> SecretStr | None:
    """A key that is sent in a header."""
    if value is not None and not re.fullmatch(r"[\x21-\x7e]+", value.get_secret_value()):
        raise ValueError("should be one word of plain characters, as Connect showed it")
    return value


def title(value: str) -> str:
    """What stands in the tab and the shell."""
    text = value.strip()
    if not text or len(text) > 80 or re.search(r"[\x00-\x1f\x7f-\x9f]", text):
        raise ValueError("should be one line of 1 to 80 characters")
    return text


def masked(value: str) -> str:
    """An address without what it holds before its `@`: a password may hold anything, slashes too.

    >>> masked("redis://me:se/cr@t@cache:1/0")
    'redis://***@cache:1/0'
    """
    return re.sub(r"://.*@", "://***@", value, flags=re.DOTALL)
