"""A folder of dashboards on this machine: its `*.sql` are run as the engineer, then every `*.lvdash.json` is added."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from portal.sandbox.lakeview.store import SUFFIX
from portal.sandbox.sql import execution, reader
from portal.sandbox.sql.errors import SqlError
from portal.sandbox.world import World


class BadFolder(OSError):
    """The folder cannot be read, or its SQL fails; the text says where."""


async def add(world: World, folder: Path) -> list[str]:
    """Run its SQL, file by file in order of names, then add its dashboards; their names.

    The name of a dashboard is that of its file. It is published, and everyone may read it.
    """
    if not folder.is_dir():
        raise BadFolder(f"there is no folder {folder}")
    for path in sorted(folder.glob("*.sql")):
        await _run(world, path)
    added = []
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        world.dashboards.seed(name := path.name.removesuffix(SUFFIX), path.read_text(encoding="utf-8"))
        added.append(name)
    return added


async def _run(world: World, path: Path) -> None:
    engineer, warehouse = world.people["engineer"], next(iter(world.warehouses.values()))
    session = world.engine.session(engineer, warehouse=warehouse)
    try:
        texts = list(statements(path.read_text(encoding="utf-8")))
    except SqlError as error:
        raise BadFolder(f"{path.name}: {error}") from None
    for number, text in enumerate(texts, 1):
        one = world.engine.submit(session, warehouse, text, client="sandbox")
        await one.wait(None)
        if one.state != execution.SUCCEEDED:
            raise BadFolder(f"{path.name}, statement {number}: {one.error or one.state}")


def statements(text: str) -> Iterator[str]:
    """The statements of a file, which `;` parts; what stands between BEGIN and END would be parted too."""
    start, empty = 0, True
    for lexeme in reader.lexemes(text):
        if lexeme.kind == "semicolon":
            if not empty:
                yield text[start : lexeme.start]
            start, empty = lexeme.end, True
        elif lexeme.kind not in reader.HIDDEN:
            empty = False
    if not empty:
        yield text[start:]
