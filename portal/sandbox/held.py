"""Volumes and registered models of Unity Catalog: a few of each. What is in the volumes is in `volumes/`."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

from portal.sandbox.securables import METASTORE, NAMESPACE
from portal.sandbox.world import SERVICE_PRINCIPALS, Person

Json = dict[str, Any]
_ENGINEER, _LOADER = "engineer@example.com", SERVICE_PRINCIPALS[1].application_id
_CREATED = 1_735_689_600_000


@dataclass(frozen=True)
class Volume:
    """`grants` are as `sql/catalog_model.py` has them: principal to privileges."""

    schema: str
    name: str
    kind: str
    owner: str
    comment: str
    grants: dict[str, tuple[str, ...]] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    created_at: float = _CREATED / 1000

    @property
    def full_name(self) -> str:
        return f"{self.schema}.{self.name}"

    def may(self, person: Person, privilege: str) -> bool:
        """`READ_VOLUME` or `WRITE_VOLUME`; an owner has all."""
        mine = {person.user_name, *person.groups, "account users"}
        return self.owner == person.user_name or any(
            {privilege, "ALL_PRIVILEGES"} & set(self.grants.get(principal, ())) for principal in mine
        )


_VOLUMES = (
    Volume(
        "main.sales", "landing", "MANAGED", _LOADER, "Files as they come.\nOne folder a day.",
        {
            "users": ("READ_VOLUME",),
            "west": ("READ_VOLUME", "WRITE_VOLUME"),
            "engineers": ("READ_VOLUME", "WRITE_VOLUME"),
        },
    ),
    Volume("main.sales", "archive", "EXTERNAL", _ENGINEER, ""),
)  # fmt: skip
_MODELS = (("main.sales", "churn", _ENGINEER, "Who **leaves** next month."), ("main.sales", "uplift", _LOADER, ""))


def _common(schema: str, name: str, owner: str, comment: str) -> Json:
    catalog, _, own = schema.partition(".")
    found: Json = {
        "catalog_name": catalog,
        "schema_name": own,
        "name": name,
        "full_name": f"{schema}.{name}",
        "metastore_id": METASTORE,
        "owner": owner,
        "created_at": _CREATED,
        "created_by": owner,
        "updated_at": _CREATED,
        "updated_by": owner,
    }
    return found | {"comment": comment} if comment else found


def volume(full_name: str) -> Volume | None:
    """By its full name, in any case."""
    return next((one for one in _VOLUMES if one.full_name == full_name.lower()), None)


def volume_dict(one: Volume) -> Json:
    """VolumeInfo."""
    return _common(one.schema, one.name, one.owner, one.comment) | {
        "volume_type": one.kind,
        "volume_id": str(uuid.uuid5(NAMESPACE, one.full_name)),
        "storage_location": f"s3://sandbox/{one.schema.replace('.', '/')}/{one.name}",
    }


def volumes(schema: str) -> list[Json]:
    """As volumes/list gives them."""
    return [volume_dict(one) for one in _VOLUMES if one.schema == schema.lower()]


def models(schema: str) -> list[Json]:
    """As models/list gives them, below `registered_models`."""
    return [_common(of, name, owner, comment) for of, name, owner, comment in _MODELS if of == schema.lower()]
