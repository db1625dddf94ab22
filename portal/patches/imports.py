"""Modules that are loaded when they are used, not when they are named: what a viewer's first answer does not need.

`defer` puts a finder ahead of Python's own. A module that it holds back is there at once, with its spec and path, and
runs its code when somebody asks for the first of its names: in place, once, whoever asks meanwhile waits. Importing a
module below a package loads the package first, as Python does; the SDK's own package is the exception, whose
`__init__` imports forty services (seen in databricks-sdk 0.156): what lies below it is imported apart from it, and its
own names (`WorkspaceClient`) run it when somebody wants them.

Two libraries look for others that a page may never need. pyarrow imports pandas at the first `pyarrow.array` (seen in
26.0, `pandas-shim.pxi`), the SQL connector with its own first line (4.9), pybreaker imports redis (1.4). `without` has
an import fail in this thread alone, `stand_in` gives a module that fetches the real one at its first use.

Importing this module installs it (`start.py` does, which `wsgi.py` imports first of all).
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

LATE = frozenset(
    {
        *("pyarrow", "pyarrow.compute", "pyarrow.csv", "pyarrow.parquet"),
        *("narwhals", "narwhals.stable", "narwhals.stable.v1"),
        *("asyncio", "janus"),
    }
)
"""Held back until used: no document of the shell needs rows, and plotly asks narwhals only about data frames."""
APART = frozenset({"databricks.sdk"})
"""Held back, and left out when what lies below is imported."""
WAIT_SECONDS = 60.0
"""For another thread that loads the same module."""

_loading = threading.RLock()
_under_way: set[str] = set()
_here = threading.local()


class _Late(ModuleType):
    """A module whose code has not run yet. It becomes an ordinary module when it has."""

    def __getattribute__(self, name: str) -> object:
        # While its code runs, what is there already is for that thread alone: a name may come to stand for something
        # else (`pyarrow.compute.cast`). Not of a package: what lies below it is imported by others meanwhile, who would
        # wait here with the lock that the package wants next.
        if name[:2] != "__":
            known = ModuleType.__getattribute__(self, "__dict__")
            if known["__name__"] in _under_way and "__path__" not in known:
                with _turn(self):
                    pass
        return ModuleType.__getattribute__(self, name)

    def __getattr__(self, name: str) -> object:
        if name.startswith("__") and name not in {"__version__", "__all__"}:
            raise AttributeError(name)  # asked of every module by whoever goes through them all
        if self.__name__ in APART and (below := _below(self, name)) is not None:
            return below
        load(self)
        if type(self) is _Late:
            # This thread is running its code, which asks for what is not there yet: as of any module half imported.
            raise AttributeError(f"module {self.__name__!r} is being imported and has no {name!r} yet", name=name)
        return getattr(self, name)


def _below(package: ModuleType, name: str) -> ModuleType | None:
    full = f"{package.__name__}.{name}"
    return importlib.import_module(full) if importlib.util.find_spec(full) is not None else None


def load(module: ModuleType) -> None:
    """Run the code of a module that was held back; nothing to do for any other."""
    if type(module) is not _Late:
        return
    with _turn(module):
        spec = module.__spec__
        if type(module) is not _Late or spec is None or not isinstance(spec.loader, _Held):
            return  # somebody else has loaded it, or this thread is about to
        held, spec.loader = spec.loader, spec.loader.real
        module.__loader__ = held.real
        _under_way.add(module.__name__)
        try:
            held.real.exec_module(module)
        except BaseException:
            spec.loader = held  # the next who asks meets the same error
            raise
        finally:
            _under_way.discard(module.__name__)
        module.__class__ = ModuleType  # type: ignore[assignment]
        _then(module.__name__)


@contextmanager
def _turn(module: ModuleType) -> Iterator[None]:
    """Alone among the threads that load what was held back."""
    if not _loading.acquire(timeout=WAIT_SECONDS):
        raise ImportError(f"{module.__name__} is being loaded by another thread", name=module.__name__)
    try:
        yield
    finally:
        _loading.release()


def need(*names: str) -> None:
    """Import these now, late or not."""
    for name in names:
        load(importlib.import_module(name))


def is_loaded(name: str) -> bool:
    """Whether a module's code has run."""
    return name in sys.modules and type(sys.modules[name]) is not _Late


class _Held(Loader):
    """Makes a `_Late` of what the real loader would load."""

    def __init__(self, real: Loader) -> None:
        self.real = real

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _Late(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Not yet."""


class _Watched(Loader):
    """The real loader; who waits for this module hears of it."""

    def __init__(self, real: Loader) -> None:
        self.real = real

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self.real.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self.real.exec_module(module)
        _then(module.__name__)


class _Finder(MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname in getattr(_here, "without", ()):
            raise ModuleNotFoundError(f"{fullname} is not asked for here", name=fullname)
        held = fullname in LATE or fullname in APART
        if not held:
            package = fullname.rpartition(".")[0]
            # Not one that is being loaded: this thread holds the lock of the module below, which that load may want
            # next. As with Python's own packages, the half that is there must do.
            if package in LATE and package not in _under_way:
                load(sys.modules[package])
        if not held and fullname not in _watching:
            return None
        spec = _real_spec(fullname, path)
        if spec is not None and spec.loader is not None:
            spec.loader = _Held(spec.loader) if held else _Watched(spec.loader)
        return spec


def _real_spec(fullname: str, path: Sequence[str] | None) -> ModuleSpec | None:
    found = (finder.find_spec(fullname, path) for finder in sys.meta_path if not isinstance(finder, _Finder))
    return next((spec for spec in found if spec is not None), None)


_watching: dict[str, Callable[[], None]] = {}


def _then(name: str) -> None:
    if name in _watching:
        _watching[name]()


@contextmanager
def without(*names: str) -> Iterator[None]:
    """Inside, in this thread, these modules are not to be had, unless they are there already."""
    before = getattr(_here, "without", ())
    _here.without = (*before, *names)
    try:
        yield
    finally:
        _here.without = before


class _StandIn(ModuleType):
    """A module's name and spec; the module itself from its first use on."""

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(importlib.import_module(self.__name__), name)


@contextmanager
def stand_in(name: str) -> Iterator[None]:
    """Inside, who imports this module gets a stand-in; nobody else finds it afterwards."""
    if name in sys.modules or (spec := importlib.util.find_spec(name)) is None:
        yield
        return
    standing = _StandIn(name)
    standing.__spec__ = spec
    sys.modules[name] = standing
    try:
        yield
    finally:
        if sys.modules.get(name) is standing:
            del sys.modules[name]


# pyarrow and pandas

_here_without_pandas = threading.Event()
"""pyarrow has looked, and found none."""


def _arrow_is_here() -> None:
    """pyarrow looks for pandas once; now, when it finds none, instead of in a viewer's request."""
    if "pandas" not in sys.modules:
        with without("pandas", "pyarrow.pandas_compat"):
            sys.modules["pyarrow"].array([])
        _here_without_pandas.set()


def _pandas_is_here() -> None:
    """Somebody wanted pandas after all: pyarrow shall know its series and frames.

    Only where it has looked before: its first look holds a lock of its own, also when that is what imports pandas.
    """
    if _here_without_pandas.is_set():
        sys.modules["pyarrow"].lib._pandas_api.pd  # noqa: B018  (looks again)


_watching.update({"pyarrow": _arrow_is_here, "pandas": _pandas_is_here})


def sql_connector() -> ModuleType:
    """`databricks.sql` with its client, imported without pandas and redis: half of the time that it takes otherwise."""
    with without("redis"), stand_in("pandas"):
        import databricks.sql.client
    return databricks.sql


def install() -> None:
    """Ahead of Python's own finders. What is imported already stays as it is."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


install()
