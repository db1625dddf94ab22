"""SQL scripts: `BEGIN … END` with variables, conditions and loops, and EXECUTE IMMEDIATE.

Source: https://docs.databricks.com/sql/language-manual/sql-ref-scripting. Handlers and conditions are not imitated.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from sqlglot.tokens import Token, TokenType

from portal.sandbox.sql import errors, lexing, variables
from portal.sandbox.sql.context import Context
from portal.sandbox.sql.parameters import Parameter
from portal.sandbox.sql.words import Words

Run = Callable[[str, Sequence[Parameter]], None]
"""Runs one statement of the script, whose rows become the script's."""
MAX_STEPS = 100_000


class _Leave(Exception):
    def __init__(self, label: str, again: bool) -> None:
        self.label, self.again = label, again


class Script:
    """One compound statement being run, by its words: a loop's body is read again each time."""

    def __init__(self, context: Context, run: Run) -> None:
        self.context = replace(context, in_script=True)
        self._text = context.text.text
        self._tokens = [word for token in context.text.tokens for word in lexing.words(token, self._text)]
        self._run = run
        self._at = 0
        self._steps = 0

    def run(self) -> None:
        if self._peek(1) in ("TRANSACTION", "ATOMIC", ""):
            raise errors.unsupported("transactions of several statements")
        try:
            self._block(self._label(), live=True)
        except _Leave as leave:
            word = "ITERATE" if leave.again else "LEAVE"
            text = (
                f"The usage of the label {errors.quoted(leave.label)} is invalid. Label was used in {word} statement, "
            )
            text += "but the label does not belong to any surrounding block."
            raise errors.SqlError("INVALID_LABEL_USAGE.DOES_NOT_EXIST", text, "42K0L") from None
        while self._word == ";":
            self._at += 1
        if self._at < len(self._tokens):
            raise self._error()

    # Words

    @property
    def _word(self) -> str:
        return self._peek(0)

    def _peek(self, ahead: int) -> str:
        at = self._at + ahead
        return lexing.word(self._tokens[at]) if at < len(self._tokens) else ""

    def _error(self) -> errors.ParseError:
        token: Token | None = self._tokens[self._at] if self._at < len(self._tokens) else None
        return lexing.at(token, self._text)

    def _take(self, *words: str) -> bool:
        if [self._peek(index) for index in range(len(words))] != list(words):
            return False
        self._at += len(words)
        return True

    def _need(self, *words: str) -> None:
        if not self._take(*words):
            raise self._error()

    def _until(self, *stops: str) -> str:
        """The text up to one of these words at its own level, which is stepped over where it is no semicolon."""
        start, depth = self._at, 0
        while self._at < len(self._tokens):
            word = self._word
            if depth == 0 and word in stops:
                break
            depth += {"(": 1, "CASE": 1, ")": -1, "END": -1}.get(word, 0)
            self._at += 1
        if self._at == start or self._at == len(self._tokens):
            raise self._error()
        text = self._text[self._tokens[start].start : self._tokens[self._at - 1].end + 1]
        self._at += 1
        return text

    def _label(self) -> str:
        if self._peek(1) == ":" and self._tokens[self._at].token_type != TokenType.STRING:
            label = self._tokens[self._at].text.lower()
            self._at += 2
            return label
        return ""

    def _end(self, *words: str) -> None:
        """`END LOOP label`, up to its semicolon."""
        self._need("END", *words)
        if self._word not in (";", ""):
            self._at += 1

    # Statements

    def _block(self, label: str, live: bool) -> None:
        self._need("BEGIN")
        kept = dict(self.context.session.variables)
        declared: list[str] = []
        try:
            self._statements(("END",), live, declared)
        except _Leave as leave:
            if leave.again or leave.label != label or not label:
                raise
        finally:
            for name in declared:
                self.context.session.variables.pop(name, None)
                if name in kept:
                    self.context.session.variables[name] = kept[name]
        self._end()

    def _statements(self, ends: tuple[str, ...], live: bool, declared: list[str] | None = None) -> None:
        while self._word not in ends:
            self._step()
            self._statement(live, declared)
            self._need(";")

    def _step(self) -> None:
        self._steps += 1
        if self._steps > MAX_STEPS:
            raise errors.unsupported(f"scripts of more than {MAX_STEPS} steps")
        self.context.execution.check()

    def _statement(self, live: bool, declared: list[str] | None) -> None:
        label = self._label()
        match self._word:
            case "BEGIN":
                self._block(label, live)
            case "IF":
                self._if(live)
            case "CASE":
                self._case(live)
            case "WHILE" | "LOOP" | "REPEAT":
                self._loop(label, self._word, live)
            case "LEAVE" | "ITERATE":
                again = self._word == "ITERATE"
                target = self._tokens[self._at + 1].text.lower() if self._at + 1 < len(self._tokens) else ""
                self._at += 2
                if live:
                    raise _Leave(target, again)
            case "FOR" | "SIGNAL" | "RESIGNAL" | "GET":
                raise errors.unsupported(f"{self._word} in scripts")
            case _:
                self._plain(live, declared)

    def _plain(self, live: bool, declared: list[str] | None) -> None:
        text = self._until(";")
        self._at -= 1
        if not live:
            return
        words = Words(self.context.part(text), self.context.parameters)
        if words.peek == "DECLARE":
            names = _names(text)
            if declared is not None and set(names) & set(declared):
                raise variables.exists(next(name for name in names if name in declared))
            variables.declare(self.context, words)
            if declared is not None:
                declared += names
        elif words.peek == "SET" and not _is_setting(self.context, text):
            words.need("SET")
            words.take_any("VAR", "VARIABLE")
            variables.assign(self.context, words)
        else:
            self._run(text, self.context.parameters)

    def _holds(self, condition: str) -> bool:
        found = variables.evaluated(self.context, f"coalesce(({condition}), false)", None, "NULL")
        return found.value.this.name.lower() == "true"

    def _if(self, live: bool) -> None:
        self._need("IF")
        done = False
        while True:
            condition = self._until("THEN")
            taken = live and not done and self._holds(condition)
            done = done or taken
            self._statements(("ELSEIF", "ELSE", "END"), taken)
            if not self._take("ELSEIF"):
                break
        if self._take("ELSE"):
            self._statements(("END",), live and not done)
        self._end("IF")

    def _case(self, live: bool) -> None:
        self._need("CASE")
        subject = "" if self._word == "WHEN" else self._until("WHEN")
        if not subject:
            self._need("WHEN")
        done = False
        while True:
            condition = self._until("THEN")
            condition = f"({subject}) = ({condition})" if subject else condition
            taken = live and not done and self._holds(condition)
            done = done or taken
            self._statements(("WHEN", "ELSE", "END"), taken)
            if not self._take("WHEN"):
                break
        if self._take("ELSE"):
            self._statements(("END",), live and not done)
        self._end("CASE")

    def _loop(self, label: str, kind: str, live: bool) -> None:
        self._need(kind)
        start = self._at
        while True:
            self._step()
            self._at = start
            going = live and (kind != "WHILE" or self._holds(self._until("DO")))
            if kind == "WHILE" and not live:
                self._until("DO")
            left = self._body(label, kind, going, start)
            if kind == "REPEAT" and left is None:
                self._need("UNTIL")
                going = going and not self._holds(self._until("END"))
                self._at -= 1
            if left is not None or not going:
                break
        if left is not None:
            self._skip(start, kind)
            if kind == "REPEAT":
                self._until("END")
                self._at -= 1
        self._end(kind)

    def _body(self, label: str, kind: str, going: bool, start: int) -> _Leave | None:
        """One turn; what it was left by, if that is this loop's."""
        try:
            self._statements(("UNTIL",) if kind == "REPEAT" else ("END",), going)
        except _Leave as leave:
            if leave.label != label or not label:
                raise
            if not leave.again:
                return leave
            self._skip(start, kind)
        return None

    def _skip(self, start: int, kind: str) -> None:
        """To the end of a loop's body that was left in the middle."""
        self._at = start
        if kind == "WHILE":
            self._until("DO")
        self._statements(("UNTIL",) if kind == "REPEAT" else ("END",), live=False)


def _names(text: str) -> list[str]:
    """The names that a DECLARE declares."""
    head = text.split(None, 1)[1]
    words = Words(lexing.Text(head, lexing.tokens_of(head)))
    words.take("OR", "REPLACE")
    words.take_any("VARIABLE", "VAR")
    found = [words.name()[-1].lower()]
    while words.take(","):
        found.append(words.name()[-1].lower())
    return found


def _is_setting(context: Context, text: str) -> bool:
    """Whether SET names a configuration parameter and no variable."""
    words = Words(context.part(text))
    words.need("SET")
    if words.peek in ("VAR", "VARIABLE", "("):
        return False
    name = words.name(9)[-1].lower() if words.more else ""
    return name not in context.session.variables


def execute_immediate(context: Context, words: Words, run: Run) -> None:
    """`EXECUTE IMMEDIATE text [INTO a, b] [USING x [AS n], …]`."""
    words.need("EXECUTE", "IMMEDIATE")
    text = variables.text_of(context, words)
    targets: list[str] = []
    if words.take("INTO"):
        targets = [words.name()[-1].lower()]
        while words.take(","):
            targets.append(words.name()[-1].lower())
    given: list[Parameter] = []
    if words.take("USING"):
        bracketed = words.take("(")
        while True:
            expression = words.expression("AS")
            name = words.name(1)[0] if words.take("AS") else None
            value = variables.evaluated(context, expression, None, "NULL")
            inner = getattr(value.value, "this", value.value)
            given.append(Parameter(name, value.type, getattr(inner, "name", None) or None))
            if not words.take(","):
                break
        if bracketed:
            words.need(")")
    words.end()
    if targets:
        variables.into(replace(context, parameters=given), targets, text)
    else:
        run(text, given)
