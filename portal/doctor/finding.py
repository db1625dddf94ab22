"""What one check found, and the run of several that may each fail in ways nobody foresaw."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from enum import StrEnum

import requests

from portal.viewer.errors import NotSetUp, PortalError, Unreachable
from portal.viewer.secrets import masked


class State(StrEnum):
    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"
    """Not checked: what it needs is not there. `mend` says how to have it checked."""


@dataclass(frozen=True)
class Finding:
    """One line of the table. `mend` is what to do, "" where there is nothing to do."""

    name: str
    state: State
    says: str
    mend: str = ""
    seconds: float = 0.0

    def as_dict(self) -> dict[str, object]:
        return {**asdict(self), "state": self.state.value, "seconds": round(self.seconds, 3)}


def ok(name: str, says: str) -> Finding:
    return Finding(name, State.OK, says)


def warning(name: str, says: str, mend: str) -> Finding:
    return Finding(name, State.WARNING, says, mend)


def failed(name: str, says: str, mend: str) -> Finding:
    return Finding(name, State.FAILED, says, mend)


def skipped(name: str, says: str, mend: str = "") -> Finding:
    return Finding(name, State.SKIPPED, says, mend)


@dataclass(frozen=True)
class Check:
    """A check by name. It returns its finding, or raises: a state of ours or a library's error is a finding too."""

    name: str
    run: Callable[[], Finding]
    mend: str = "Run it again with PORTAL_LOG_LEVEL=DEBUG, and read the last lines."
    """What to do where it raises and the error itself does not say."""


def examine(checks: Iterable[Check]) -> Iterator[Finding]:
    """Run each check in turn; its finding carries the time that it took and holds nothing secret."""
    for check in checks:
        started = time.perf_counter()
        try:
            found = check.run()
        except PortalError as error:
            found = failed(check.name, error.message, _mend(error) or check.mend)
        except (requests.RequestException, OSError) as error:
            found = failed(check.name, f"{type(error).__name__}: it did not answer.", check.mend)
        except Exception as error:
            found = failed(check.name, f"{type(error).__name__}: {error}"[:300], check.mend)
        yield replace(found, says=masked(found.says), mend=masked(found.mend), seconds=time.perf_counter() - started)


def _mend(error: PortalError) -> str:
    if isinstance(error, NotSetUp):
        return f"Set {error.setting}." if error.setting.isupper() else f"See to {error.setting}."
    if isinstance(error, Unreachable):
        general = f"Check that this machine reaches {error.service}: name, port, firewall, proxy, certificate."
        setting = "CONNECT_SERVER" if error.service == "Connect" else "DATABRICKS_HOST"
        return _MENDS.get(error.cause, general).format(setting=setting)
    return ""


_MENDS = {
    "DNS": "Check the host's name ({setting}), and this machine's name service.",
    "refused": "Nobody listens there: check host and port ({setting}).",
    "connect time-out": "Check the firewall between this machine and the service, and its address.",
    "TLS: expired": "The service's certificate is to be renewed; this machine's clock may also be wrong.",
    "TLS: unknown issuer": "Set REQUESTS_CA_BUNDLE and SSL_CERT_FILE to a file with your authority's certificate.",
    "TLS: wrong name": "Use the host's name as its certificate has it.",
    "proxy": "See HTTPS_PROXY and NO_PROXY: the proxy does not let it through.",
}
