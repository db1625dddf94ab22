"""What the service says of itself, and of catalogs, schemas, tables and columns."""

from __future__ import annotations

from databricks.sql.thrift_api.TCLIService import ttypes

_INFO = {
    ttypes.TGetInfoType.CLI_SERVER_NAME: "Spark SQL",
    ttypes.TGetInfoType.CLI_DBMS_NAME: "Spark SQL",
    ttypes.TGetInfoType.CLI_DBMS_VER: "4.1.0",
}


def info(kind: int) -> ttypes.TGetInfoValue:
    return ttypes.TGetInfoValue(stringValue=_INFO.get(kind, ""))
