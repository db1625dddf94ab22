"""What Spark calls a column that the statement does not name: `count(1)`, `(fare + 1)`, `CAST(x AS INT)`."""

from __future__ import annotations

from sqlglot import exp
from sqlglot.generators.databricks import DatabricksGenerator
from sqlglot.tokens import TokenType

from portal.sandbox.sql import lexing


def column_name(expression: exp.Expression, statement: str) -> str:
    """The name of an unaliased item of a select list. `statement` is the text: it has the functions' own spelling."""
    found = _Namer(statement).of(expression)
    return found if len(found) <= 255 else found[:255]


_OPERATORS = {
    exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/", exp.Mod: "%", exp.IntDiv: "div", exp.EQ: "=", exp.NEQ: "<>",
    exp.GT: ">", exp.GTE: ">=", exp.LT: "<", exp.LTE: "<=", exp.And: "AND", exp.Or: "OR", exp.NullSafeEQ: "<=>",
    exp.BitwiseAnd: "&", exp.BitwiseOr: "|", exp.BitwiseXor: "^", exp.Like: "LIKE", exp.ILike: "ILIKE",
}  # fmt: skip


_TYPED = ("DATE", "TIMESTAMP", "TIMESTAMP_NTZ")
_BEFORE_NAMES = (TokenType.L_PAREN, TokenType.COMMA, TokenType.DOT)
_NAMES = {
    exp.ApproxQuantile: "percentile_approx",
    exp.ArgMax: "max_by",
    exp.ArgMin: "min_by",
    exp.Quantile: "percentile",
    exp.PercentileCont: "percentile_cont",
    exp.PercentileDisc: "percentile_disc",
    exp.RegexpLike: "rlike",
}


class _Namer:
    def __init__(self, statement: str) -> None:
        self._statement = statement

    def of(self, node: exp.Expression) -> str:
        if (operator := _OPERATORS.get(type(node))) is not None:
            joined = f"{self.of(node.this)} {operator} {self.of(node.expression)}"
            return joined if operator.endswith("LIKE") else f"({joined})"
        match node:
            case exp.Column() | exp.Identifier():
                return node.name
            case exp.Dot():
                return node.expression.name
            case exp.Paren():
                return self.of(node.this)
            case exp.Alias():
                return f"{self.of(node.this)} AS {node.alias}"
            case exp.Literal():
                return node.name
            case exp.Null():
                return "NULL"
            case exp.Boolean():
                return "true" if node.this else "false"
            case exp.Star():
                return "1"
            case exp.Neg():
                inner = self.of(node.this)
                return f"-{inner}" if isinstance(node.this, exp.Literal) else f"(- {inner})"
            case exp.Not(this=exp.Is()) if isinstance(node.this.expression, exp.Null):
                return f"({self.of(node.this.this)} IS NOT NULL)"
            case exp.Not():
                return f"(NOT {self.of(node.this)})"
            case exp.Is():
                negated = isinstance(node.expression, exp.Not)
                return f"({self.of(node.this)} IS {'NOT ' if negated else ''}NULL)"
            case exp.Cast(this=exp.JSONExtract()):
                return self.of(node.this)
            case exp.TsOrDsToDate() | exp.TimeStrToTime() if "start" not in node.meta:
                return self.of(node.this)
            case exp.VarMap():
                pairs = zip(node.args["keys"].expressions, node.args["values"].expressions, strict=True)
                return f"map({', '.join(self.of(one) for pair in pairs for one in pair)})"
            case exp.PropertyEQ():
                return f"{node.name}, {self.of(node.expression)}"
            case exp.TryCast():
                return f"TRY_CAST({self.of(node.this)} AS {node.args['to'].sql('databricks')})"
            case exp.Cast():
                if isinstance(node.this, exp.Literal) and not node.args.get("format"):
                    kind = node.args["to"].sql("databricks")
                    if kind in ("DATE", "TIMESTAMP", "TIMESTAMP_NTZ") and "start" not in node.meta:
                        return f"CAST({self.of(node.this)} AS {kind})"
                return f"CAST({self.of(node.this)} AS {node.args['to'].sql('databricks')})"
            case exp.Distinct():
                return "DISTINCT " + ", ".join(self.of(item) for item in node.expressions)
            case exp.Case():
                return self._case(node)
            case exp.Subquery() | exp.Select():
                return "scalarsubquery()"
            case exp.JSONExtract():
                last = node.expression.expressions[-1] if isinstance(node.expression, exp.JSONPath) else node.expression
                return str(last.this)
            case exp.Filter():
                return f"{self.of(node.this)} FILTER (WHERE {self.of(node.expression.this)})"
            case exp.Window():
                return f"{self.of(node.this)} {_Sql().generate(node)[len(_Sql().generate(node.this)) :].strip()}"
            case exp.Bracket():
                index = node.expressions[0]
                return f"{self.of(node.this)}[{self.of(index)}]"
            case exp.WithinGroup():
                return f"{self._function(node.this)}{self._order(node.expression)}"
            case exp.GroupConcat():
                separator = node.args.get("separator")
                value = node.this.this if isinstance(node.this, exp.Order) else node.this
                shown = f"listagg({self.of(value)}, {self.of(separator) if separator is not None else 'NULL'})"
                return shown + (self._order(node.this) if isinstance(node.this, exp.Order) else "")
            case exp.Func():
                return self._function(node)
        return _Sql().generate(node)

    def _order(self, node: exp.Expression) -> str:
        keys = [f"{self.of(one.this)}{' DESC' if one.args.get('desc') else ''}" for one in node.expressions]
        return f" WITHIN GROUP (ORDER BY {', '.join(keys)})"

    def _case(self, node: exp.Case) -> str:
        branches = " ".join(f"WHEN {self.of(one.this)} THEN {self.of(one.args['true'])}" for one in node.args["ifs"])
        base = f"{self.of(node.this)} " if node.this else ""
        default = f" ELSE {self.of(node.args['default'])}" if node.args.get("default") else ""
        return f"CASE {base}{branches}{default} END"

    def _as_written(self, node: exp.Func) -> str | None:
        """A call of names and literals as the statement has it; None if it holds an operator, or is not to be found.

        sqlglot reorders and rewrites arguments (`trunc(d, 'MM')`), which the name must not show.
        """
        if "start" not in node.meta:
            return None
        start = node.meta["start"]
        tokens = [token for token in lexing.tokens_of(self._statement) if token.start >= start]
        shown, depth = "", 0
        for index, token in enumerate(tokens):
            if token.token_type == TokenType.L_PAREN:
                depth, shown = depth + 1, shown + "("
            elif token.token_type == TokenType.R_PAREN:
                depth, shown = depth - 1, shown + ")"
                if depth == 0:
                    return shown
            elif token.token_type == TokenType.COMMA:
                shown += ", "
            elif token.token_type == TokenType.DOT:
                shown = shown[: -len(tokens[index - 1].text)]
            elif token.token_type == TokenType.STRING and index and tokens[index - 1].text.upper() in _TYPED:
                shown += f" '{token.text}'"
            elif token.token_type in (TokenType.STRING, TokenType.NUMBER):
                shown += f" {token.text}" if shown[-1:].isalpha() else token.text
            elif token.token_type in (TokenType.VAR, TokenType.IDENTIFIER) or token.text.isidentifier():
                if index and tokens[index - 1].token_type not in _BEFORE_NAMES:
                    return None
                called = index + 1 < len(tokens) and tokens[index + 1].token_type == TokenType.L_PAREN
                shown += token.text.lower() if called else token.text
            else:
                return None
        return None

    def _function(self, node: exp.Func) -> str:
        if (written := self._as_written(node)) is not None:
            return written
        if isinstance(node, exp.TimeToStr | exp.StrToTime | exp.StrToDate | exp.StrToUnix | exp.GroupConcat):
            return _Sql().generate(node).replace("'", "")
        name = node.name if isinstance(node, exp.Anonymous) else _NAMES.get(type(node), node.sql_name())
        if "start" in node.meta:
            name = self._statement[node.meta["start"] : node.meta["end"] + 1].strip("`")
        arguments: list[str] = []
        for value in node.args.values():
            for one in value if isinstance(value, list) else [value]:
                if isinstance(one, exp.Expression):
                    arguments.append(self.of(one))
        if isinstance(node, exp.DateTrunc | exp.TimestampTrunc):
            arguments = [str(node.args["unit"].name), self.of(node.this)]
        return f"{name.lower()}({', '.join(arguments)})"


class _Sql(DatabricksGenerator):
    def __init__(self) -> None:
        super().__init__(dialect="databricks", normalize_functions="lower")
