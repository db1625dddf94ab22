"""What setuptools does beside copying `portal`: builds the browser's half, and puts into `portal/shipped` what lies at
the top of our repository (`portal.paths`): our pages would collide there with a team's own.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from setuptools.command.build_py import build_py

SHIPPED = ("pages", "assets", "requirements.txt", "CHANGELOG.md")
LEFT_OUT = shutil.ignore_patterns("__pycache__", "src", ".stamp")


class BuildPackage(build_py):
    """`build_py`, with the files of `SHIPPED`. An editable install is a clone, and has them where they are."""

    def run(self) -> None:
        root = Path.cwd()
        subprocess.run([sys.executable, "-m", "portal.build"], cwd=root, check=True)
        if self.editable_mode:
            super().run()
            return
        # What an earlier build left there would go along.
        shutil.rmtree(self.build_lib, ignore_errors=True)
        super().run()
        shipped = Path(self.build_lib) / "portal" / "shipped"
        for name in SHIPPED:
            source, target = root / name, shipped / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target, ignore=LEFT_OUT)
            else:
                shutil.copyfile(source, target)
