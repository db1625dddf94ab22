"""What a task of a run wrote, by its kind; and the iterations of a for-each task."""

from __future__ import annotations

from dataclasses import dataclass

from portal.databricks.jobs import api, kinds, model, tasks
from portal.databricks.jobs.model import Pairs
from portal.databricks.jobs.tasks import TaskRun
from portal.shapes import Json
from portal.viewer.per_viewer import per_viewer

SHOWN = 200_000
"""Characters of an output that go to a page."""
LOG = "Output"


@dataclass(frozen=True)
class Text:
    """A piece of output. `name` is "Result", "Output" (a log), "Query", or a step's own."""

    name: str
    text: str
    truncated: bool = False
    """It has more: before it of a log, else after it."""


@dataclass(frozen=True)
class Output:
    """What get-output says of one task's run."""

    texts: tuple[Text, ...] = ()
    facts: Pairs = ()
    """(name, value) of what is no text: an alert's state, a dashboard's pages."""
    links: Pairs = ()
    """(what it is, an https address)."""
    error: str = ""
    trace: str = ""
    child_run: int | None = None
    """The run that a run-job task started."""
    info: str = ""
    empty: str = ""
    """Why there is nothing to show, where the answer says it; "" where it does not."""


_KNOWN = frozenset({"notebook", "clean_rooms_notebook", "sql", "dbt", "dbt_cloud", "dbt_platform", "dashboard",
                    "alert", "run_job"})  # fmt: skip


@per_viewer(ttl=30)
def output(task_run_id: int) -> Output:
    """A task's output, error and trace: one call."""
    return of(api.ask("/runs/get-output", f"run {task_run_id}", run_id=task_run_id))


def of(body: Json) -> Output:
    """A RunOutput of the API."""
    reading = _Reading()
    if body.get("logs"):
        reading.text(LOG, body["logs"], bool(body.get("logs_truncated")))
    for name, found in body.items():
        if name.endswith("_output") and isinstance(found, dict):
            kind = name.removesuffix("_output")
            if kind in _KNOWN:
                getattr(reading, kind)(found)
            else:
                reading.facts += [(member, kinds.plain(value)) for member, value in found.items()]
    wrote = bool(reading.texts or reading.facts or reading.links)
    if not wrote and not reading.empty and body.get("logs") == "":
        reading.empty = "It wrote nothing."
    child = (body.get("run_job_output") or {}).get("run_id")
    return Output(
        texts=tuple(reading.texts),
        facts=tuple((name, model.unescaped(value)) for name, value in reading.facts),
        links=tuple((name, url) for name, url in reading.links if url.startswith("https://")),
        error=model.unescaped(body.get("error"))[:SHOWN],
        trace=model.unescaped(body.get("error_trace"))[-SHOWN:],
        child_run=int(child) if child else None,
        info=model.unescaped(body.get("info")),
        empty="" if wrote else reading.empty,
    )


class _Reading:
    """Collects the parts of an answer; a method for each kind of output."""

    def __init__(self) -> None:
        self.texts: list[Text] = []
        self.facts: list[tuple[str, str]] = []
        self.links: list[tuple[str, str]] = []
        self.empty = ""

    def text(self, name: str, text: object, truncated: bool = False) -> None:
        plain = model.unescaped(text)
        if plain:
            # Of a log its end is kept, as Databricks does.
            shown = plain[-SHOWN:] if name == LOG else plain[:SHOWN]
            self.texts.append(Text(name, shown, truncated or len(plain) > SHOWN))

    def fact(self, name: str, value: object) -> None:
        if value not in (None, "", [], {}):
            self.facts.append((name, kinds.plain(value)))

    def link(self, name: str, url: object) -> None:
        if url:
            self.links.append((name, str(url)))

    def notebook(self, found: Json) -> None:
        self.text("Result", found.get("result"), bool(found.get("truncated")))
        self.empty = "It gave no result: a notebook gives one by dbutils.notebook.exit."

    def clean_rooms_notebook(self, found: Json) -> None:
        self.notebook(found.get("notebook_output") or {})
        state = found.get("clean_room_job_run_state") or {}
        self.fact("Clean room run", state.get("result_state") or state.get("life_cycle_state"))
        schema = found.get("output_schema_info") or {}
        self.fact("Output schema", ".".join(str(schema[n]) for n in ("catalog_name", "schema_name") if schema.get(n)))

    def sql(self, found: Json) -> None:
        for kind in ("query_output", "alert_output"):
            if inner := found.get(kind):
                self.fact("Alert", inner.get("alert_state"))
                self.text("Query", inner.get("query_text"))
                self.link("The result in Databricks", inner.get("output_link"))
        for widget in (found.get("dashboard_output") or {}).get("widgets") or ():
            title = str(widget.get("widget_title") or widget.get("widget_id") or "Widget")
            told = (widget.get("status"), (widget.get("error") or {}).get("message"))
            self.fact(title, ": ".join(str(one) for one in told if one))
            self.link(title, widget.get("output_link"))

    def dbt(self, found: Json) -> None:
        self.link("The artifacts of dbt", found.get("artifacts_link"))

    def _steps(self, found: Json, kind: str) -> None:
        self.fact("Run", found.get(f"{kind}_job_run_id"))
        self.link("The run in dbt", found.get(f"{kind}_job_run_url"))
        for step in found.get(f"{kind}_job_run_output") or ():
            name = str(step.get("name") or f"Step {step.get('index', '')}".strip())
            self.fact(name, step.get("status"))
            self.text(name, step.get("logs"), bool(step.get("logs_truncated")))
        if found.get("steps_truncated"):
            self.fact("Steps", "there are more than these")

    def dbt_cloud(self, found: Json) -> None:
        self._steps(found, "dbt_cloud")

    def dbt_platform(self, found: Json) -> None:
        self._steps(found, "dbt_platform")

    def dashboard(self, found: Json) -> None:
        for page in found.get("page_snapshots") or ():
            errors = [str(one.get("message") or "an error") for one in page.get("widget_error_details") or ()]
            told = "; ".join(errors) if errors else "a snapshot was taken"
            self.fact(str(page.get("page_display_name") or "Page"), told)

    def alert(self, found: Json) -> None:
        self.fact("Alert", found.get("alert_state"))

    def run_job(self, found: Json) -> None:
        """`child_run` says it."""


# Iterations

PAGES = 12
"""Pages of a hundred iterations that one look reads more."""


@dataclass(frozen=True)
class Iterations:
    """Those that have been read: the failed ones first, then what is on its way, then the others as they are listed."""

    runs: tuple[TaskRun, ...]
    complete: bool


@per_viewer(ttl=10)
def iterations(task_run_id: int, pages: int = PAGES) -> Iterations:
    """The iterations of a for-each task's run: a call for each hundred, `pages` of them at most."""
    found: list[TaskRun] = []
    token: str | None = None
    for _ in range(pages):
        body = api.ask(
            "/runs/get", f"run {task_run_id}", run_id=task_run_id, page_token=token, include_resolved_values=True
        )
        found += map(tasks.task_run, body.get("iterations") or ())
        token = body.get("next_page_token") or None
        if token is None:
            break
    once = {one.id: one for one in found}.values()
    return Iterations(tuple(sorted(once, key=_urgency)), token is None)


def _urgency(one: TaskRun) -> int:
    if one.state.failed:
        return 0
    return 1 if one.state.active else 2
