"""MERGE: `UPDATE SET *` and `INSERT *` go by name, and a row of the target is changed by one row of the source."""

from __future__ import annotations

from sqlglot import exp

from portal.sandbox.sql import errors
from portal.sandbox.sql.catalog_model import TableInfo
from portal.sandbox.sql.context import Context, Rows
from portal.sandbox.sql.dialect import Translator
from portal.sandbox.sql.writes import answer, assigned, changing, defaults, translated, writing


def merge(context: Context, tree: exp.Merge, table: TableInfo) -> Rows:
    source = tree.args["using"]
    alias = source.alias_or_name
    names = _names(context, source)
    for when in tree.args["whens"].expressions:
        _spelled_out(when, table, alias, names)
    defaults(tree)
    assigned(tree, table)
    once = _changes_matched(tree)
    changed = changing(context, tree, table)
    with writing(context, table, "MERGE") as write:
        if once:
            _check_once(context, changed)
        done = [row[0] for row in context.run(Translator.sql(changed) + " RETURNING merge_action").fetchall()]
        updated, deleted, inserted = (done.count(action) for action in ("UPDATE", "DELETE", "INSERT"))
        write.metrics = {
            "numTargetRowsUpdated": updated, "numTargetRowsDeleted": deleted, "numTargetRowsInserted": inserted,
        }  # fmt: skip
        write.changed = bool(done)
    return answer(
        context,
        len(done),
        num_affected_rows=len(done),
        num_updated_rows=updated,
        num_deleted_rows=deleted,
        num_inserted_rows=inserted,
    )


def _names(context: Context, source: exp.Expression) -> list[str]:
    """The source's columns."""
    query = exp.select("*").from_(source.copy())
    sql = Translator.sql(translated(context, query))
    return [name for name, *_ in context.run(f"SELECT * FROM ({sql}) LIMIT 0").description or []]


def _spelled_out(when: exp.When, table: TableInfo, alias: str, names: list[str]) -> None:
    """`*` as each of the target's columns, from the source's column of that name: what is more there is left out."""
    then = when.args["then"]
    if isinstance(then, exp.Update) and any(isinstance(one, exp.Star) for one in then.expressions):
        pairs = _pairs(table, alias, names, "UPDATE")
        then.set("expressions", [exp.EQ(this=exp.column(column), expression=value) for column, value in pairs])
    elif isinstance(then, exp.Insert) and isinstance(then.this, exp.Star):
        pairs = _pairs(table, alias, names, "INSERT")
        then.set("this", exp.Tuple(expressions=[exp.column(column) for column, _ in pairs]))
        then.set("expression", exp.Tuple(expressions=[value for _, value in pairs]))


def _pairs(table: TableInfo, alias: str, names: list[str], clause: str) -> list[tuple[exp.Identifier, exp.Column]]:
    spelled = {name.lower(): name for name in names}
    found = []
    for column in table.columns:
        if column.identity == "ALWAYS":
            continue
        name = spelled.get(column.name.lower())
        if name is None:
            given = ", ".join(f"{alias}.{one}" for one in names)
            text = f"Cannot resolve {column.name} in {clause} clause given columns {given}."
            raise errors.SqlError("DELTA_MERGE_UNRESOLVED_EXPRESSION", text, "42601")
        value = exp.column(exp.to_identifier(name, quoted=True), table=exp.to_identifier(alias, quoted=True))
        found.append((exp.to_identifier(column.name, quoted=True), value))
    return found


def _changes_matched(tree: exp.Merge) -> bool:
    """Whether two rows of the source must not meet one of the target: a lone, plain DELETE may be met often."""
    matched = [one for one in tree.args["whens"].expressions if one.args.get("matched")]
    lone = len(matched) == 1 and isinstance(matched[0].args["then"], exp.Var) and not matched[0].args.get("condition")
    return bool(matched) and not lone


def _check_once(context: Context, tree: exp.Expression) -> None:
    holder, source, on = tree.this, tree.args["using"], tree.args["on"]
    pairs = exp.select("1").from_(holder.copy()).join(source.copy(), on=on.copy(), join_type="inner")
    row = exp.column("rowid", table=exp.to_identifier(holder.alias_or_name, quoted=True))
    pairs = pairs.group_by(row).having("count(*) > 1").limit(1)
    if context.run(Translator.sql(pairs).replace('"rowid"', "rowid")).fetchone() is not None:
        text = (
            "Cannot perform Merge as multiple source rows matched and attempted to modify the same\ntarget row in the "
            "Delta table in possibly conflicting ways. By SQL semantics of Merge,\nwhen multiple source rows match on "
            "the same target row, the result may be ambiguous\nas it is unclear which source row should be used to "
            "update or delete the matching\ntarget row. You can preprocess the source table to eliminate the "
            "possibility of\nmultiple matches."
        )
        raise errors.SqlError("DELTA_MULTIPLE_SOURCE_ROW_MATCHING_TARGET_ROW_IN_MERGE", text, "21506")
