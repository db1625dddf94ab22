"""What a worker counted outlives it, and its files do not: a portal that recycles workers for months keeps a few.

Read and written as prometheus_client does (0.26, `mmap_dict`): a file of each kind and process.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from prometheus_client.mmap_dict import MmapedDict

NOBODY = 0
"""In the place of a process's id: those that are gone, added up."""


def fold(folder: Path, pid: int) -> None:
    """Add the totals of a process that is gone to those of all who are, and remove its files.

    Only one process may do this for a folder. Whoever reads meanwhile may meet a file that is no longer there.
    """
    for kind in ("counter", "histogram", "summary"):
        gone, total = folder / f"{kind}_{pid}.db", folder / f"{kind}_{NOBODY}.db"
        if not gone.exists():
            continue
        fresh = folder / f".{kind}.new"
        sums: dict[str, float] = {}
        for file in (total, gone):
            with suppress(FileNotFoundError):
                for key, value, _, _ in MmapedDict.read_all_values_from_file(str(file)):
                    sums[key] = sums.get(key, 0.0) + value
        fresh.unlink(missing_ok=True)
        written = MmapedDict(str(fresh))
        for key, value in sums.items():
            written.write_value(key, value, 0.0)
        written.close()
        # Next to each other: a reader between them would count twice.
        os.replace(fresh, total)
        gone.unlink()
    for file in folder.glob(f"gauge_*_{pid}.db"):
        file.unlink(missing_ok=True)
