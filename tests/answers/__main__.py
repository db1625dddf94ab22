"""Writes the folder anew: once the SDK's dataclasses have members that its answers lack."""

from __future__ import annotations

import json

from tests.answers import make

for name, answer in make.answers().items():
    path = make.FOLDER / f"{name}.json"
    path.write_text(json.dumps(answer, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(path)
