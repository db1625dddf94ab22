"""`python -m portal.sandbox.spark.setup`: makes the environment that Spark runs in, unless it is there.

`--check` only says whether this machine has what that needs, `--python` which Python 3.12 it found. Some 470 MB are
fetched, from the registry of packages.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from portal.sandbox.spark import place

REQUIREMENTS = Path(__file__).with_name("requirements.txt")
SCALA = Path(__file__).with_name("Viewers.scala")


def _wanted() -> str:
    return REQUIREMENTS.read_text() + SCALA.read_text()


def make() -> None:
    """The environment, and in it the catalog and the interceptor of `Viewers.scala`."""
    if place.READY.exists() and place.READY.read_text() == _wanted():
        return
    shutil.rmtree(place.SERVER, ignore_errors=True)
    subprocess.run([str(place.python()), "-m", "venv", str(place.SERVER)], check=True)
    pip = [str(place.PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--require-hashes", "-r", str(REQUIREMENTS)], check=True)
    # Spark's own shell is written in Scala: the compiler is among its jars.
    jars = str(place.spark_home() / "jars" / "*")
    command = ["java", "-cp", jars, "scala.tools.nsc.Main", "-nowarn", "-usejavacp", "-d", str(place.VIEWERS)]
    subprocess.run([*command, str(SCALA)], check=True)
    place.READY.write_text(_wanted())


def main() -> int:
    if lacking := place.missing():
        print(lacking, file=sys.stderr)
        return 1
    if sys.argv[1:] == ["--python"]:
        print(place.python())
    elif sys.argv[1:] != ["--check"]:
        make()
    return 0


if __name__ == "__main__":
    sys.exit(main())
