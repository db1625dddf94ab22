"""`python -m portal settings`: every option, with what it means; for people here, and for the README.

A test compares the README with this table, so that a setting cannot be added without its line there.
"""

from __future__ import annotations

import argparse
import sys

from pydantic_core import PydanticUndefined

from portal.own_settings import OwnSettings
from portal.paths import paths
from portal.setting_values import masked
from portal.settings import Settings, SettingsError, load, unknown, variables
from portal.terminal import printable

START, END = "<!-- settings -->", "<!-- /settings -->"


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the command."""
    one = commands.add_parser("settings", help="every environment variable that the portal reads")
    one.add_argument("--markdown", action="store_true", help="as the README's table")
    one.add_argument("--write", action="store_true", help="put the table into README.md, between its two comments")
    one.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    if options.write:
        readme = paths.project / "README.md"
        readme.write_text(with_table(readme.read_text(encoding="utf-8")), encoding="utf-8")
        return 0
    if options.markdown:
        print(markdown())
        return 0
    return _here()


def names() -> list[str]:
    """The fields, those of a team's own portal last."""
    return sorted(Settings.model_fields, key=lambda name: name in OwnSettings.model_fields)


def rows() -> list[tuple[str, str, str]]:
    """(variables, default, meaning) of each option, in the order of the table."""
    found = []
    for name in names():
        field = Settings.model_fields[name]
        default = field.default
        absent = default is None or default is PydanticUndefined or default in ((), {})
        word = ("on" if default else "off") if isinstance(default, bool) else str(default)
        found.append((", ".join(variables(name)), "" if absent else word, field.description or ""))
    return found


def markdown() -> str:
    """The table as Markdown; the first name of several wins."""
    lines = ["| variable | default | meaning |", "|---|---|---|"]
    for names, default, meaning in rows():
        first, *others = names.split(", ")
        shown = f"`{first}`" + (f" (or {', '.join(f'`{other}`' for other in others)})" if others else "")
        escaped = meaning.replace("|", "\\|")
        lines.append(f"| {shown} | {f'`{default}`' if default else ''} | {escaped} |")
    return "\n".join(lines)


def with_table(text: str) -> str:
    """The text with the table between its two comments."""
    before, start, rest = text.partition(START)
    _, end, after = rest.partition(END)
    if not start or not end:
        raise ValueError(f"There is no {START} … {END} to put the table into.")
    return f"{before}{start}\n\n{markdown()}\n\n{end}{after}"


def _here() -> int:
    """What is set in this environment; secrets are only said to be set."""
    try:
        found = load()
    except SettingsError as error:
        print(error)
        return 1
    for name in names():
        value = getattr(found, name)
        shown = "-" if value is None or value in ((), {}) else masked(str(value))
        print(f"{variables(name)[0]:30} {shown}")
    for sentence in unknown():
        print(printable(sentence), file=sys.stderr)
    return 0
