"""What the portal is made of, as a CycloneDX bill of materials: `make sbom` writes `sbom.cdx.json`.

Read from the two locks, so it names what Connect installs and what the built assets hold, whatever is on this machine.
Each Python package has the hash of every file that its lock allows; `portal:marker` says where it is installed.
"""

from __future__ import annotations

import base64
import json
import sys
import tomllib
from pathlib import Path
from typing import Any

from portal.deploy import git
from portal.doctor.machine import locked
from portal.paths import paths
from portal.version import RELEASE

NAME = "sbom.cdx.json"


def bill(root: Path) -> str:
    """The bill as JSON. Needs cyclonedx-python-lib."""
    from cyclonedx.model import HashAlgorithm, HashType, Property
    from cyclonedx.model.bom import Bom
    from cyclonedx.model.component import Component, ComponentType
    from cyclonedx.output.json import JsonV1Dot6
    from packageurl import PackageURL

    def component(kind: str, name: str, version: str, hashes: list[HashType], **more: Any) -> Component:
        space, _, short = name.rpartition("/")
        purl = PackageURL(kind, space or None, short, version)
        return Component(name=name, version=version, purl=purl, bom_ref=str(purl), hashes=hashes, **more)

    parts = []
    for wanted, digests in locked((root / "requirements.txt").read_text(encoding="utf-8")):
        (pin,) = wanted.specifier
        marker = [Property(name="portal:marker", value=str(wanted.marker))] if wanted.marker else []
        hashes = [HashType(alg=HashAlgorithm.SHA_256, content=one) for one in digests]
        parts.append(component("pypi", wanted.name, pin.version, hashes, properties=marker))
    packages = json.loads((root / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    for path, found in packages.items():
        if not path or found.get("dev") or found.get("optional"):
            continue  # the project itself, and what only its building takes
        digest = base64.b64decode(found["integrity"].removeprefix("sha512-")).hex()
        hashes = [HashType(alg=HashAlgorithm.SHA_512, content=digest)]
        parts.append(component("npm", path.rpartition("node_modules/")[2], found["version"], hashes))

    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    commit = git.commit(root)
    portal = Component(
        name=project["name"],
        version=RELEASE,
        type=ComponentType.APPLICATION,
        description=project["description"],
        properties=[Property(name="portal:commit", value=commit)] if commit else [],
    )
    bom = Bom(components=parts)
    bom.metadata.component = portal
    bom.register_dependency(portal, parts)
    return JsonV1Dot6(bom).output_as_string(indent=2)


def main() -> int:
    target = paths.project / NAME
    text = bill(paths.package)
    target.write_text(text + "\n", encoding="utf-8")
    print(f"{target}: {len(json.loads(text)['components'])} components")
    return 0


if __name__ == "__main__":
    sys.exit(main())
