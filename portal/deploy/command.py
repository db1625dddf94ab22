"""`python -m portal deploy`."""

from __future__ import annotations

import argparse
import signal
from pathlib import Path
from types import FrameType

import requests

from portal.deploy.bundle import absent, bundle, stage, whole
from portal.deploy.deployment import ACCESS, Deployment, Options
from portal.deploy.project import BadProject
from portal.deploy.step import StepFailed, describe, perform
from portal.doctor.command import quiet
from portal.paths import paths
from portal.settings import SettingsError, load, unknown
from portal.terminal import printable
from portal.viewer.errors import PortalError
from portal.viewer.secrets import register


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the command."""
    defaults = Options()
    one = commands.add_parser(
        "deploy",
        help="publish the portal to Posit Connect, or update it there",
        description="Publish the portal to Posit Connect, or update it in place. Needs CONNECT_SERVER, "
        "CONNECT_API_KEY, DATABRICKS_HOST and DATABRICKS_WAREHOUSE_ID. Every PORTAL_… variable that is set here is "
        "set there.",
    )
    one.add_argument("--dry-run", action="store_true", help="change nothing: print each step and how to do it by hand")
    one.add_argument("--content", metavar="GUID", help="which content to update (default: yours of that name)")
    one.add_argument("--name", default=defaults.name, help=f"the content's name in Connect ({defaults.name})")
    one.add_argument("--access", choices=[name for name in ACCESS if name != "all"], help="who may open it")
    one.add_argument("--integration", metavar="GUID", help="which Databricks integration, where there are several")
    one.add_argument("--min-processes", type=int, default=1, metavar="N", help="processes kept ready (1)")
    one.add_argument("--max-processes", type=int, metavar="N", help="processes at most (default: the server's)")
    one.add_argument(
        "--idle-timeout",
        type=int,
        default=defaults.idle_timeout,
        metavar="SECONDS",
        help=f"how long more of them wait for viewers ({defaults.idle_timeout}, as long as a credential is kept)",
    )
    one.set_defaults(run=run)
    one = commands.add_parser(
        "bundle",
        help="write what `deploy` sends into a folder",
        description="Write what `deploy` sends to Connect into a new folder: what git tracks, the built assets, and "
        "the commit.",
    )
    one.add_argument("folder", type=Path)
    one.set_defaults(run=write)


def write(options: argparse.Namespace) -> int:
    """Write the bundle into a folder; returns the exit status."""
    folder: Path = options.folder.resolve()
    if lacking := absent(paths.project):
        print(f"{', '.join(lacking)} not here: run this {whole()}. Nothing was written.")
        return 1
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        print(f"{folder} is there already: name a new or an empty folder. Nothing was written.")
        return 1
    try:
        found = bundle(paths.project)
    except BadProject as error:
        print(f"{error} {error.mend} Nothing was written.")
        return 1
    folder.mkdir(parents=True, exist_ok=True)
    stage(found, paths.project, folder)
    print("\n".join([f"{folder}: {found}", *(f"! {note}" for note in found.notes())]))
    return 0


def run(options: argparse.Namespace) -> int:
    """Deploy, or describe what would be done; returns the exit status."""
    quiet()
    try:
        found = load()
    except SettingsError as error:
        print(f"{error}\nNothing was changed.")
        return 1
    if found.connect_api_key is not None:
        register(found.connect_api_key.get_secret_value())
    chosen = Options(
        content=options.content,
        name=options.name,
        access=options.access,
        integration=options.integration,
        min_processes=options.min_processes,
        max_processes=options.max_processes,
        idle_timeout=options.idle_timeout,
    )
    for sentence in unknown():
        _say(f"! {sentence}")
    deployment = Deployment(found, chosen, paths.project)
    if options.dry_run:
        return _dry(deployment)
    # SIGTERM of a supervisor is handled like Ctrl-C: say which steps are done and which are not. SIGINT is set as well,
    # because a shell starts background commands with SIGINT ignored.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    status = perform(deployment.steps(), _say)
    if status == 0:
        _addresses(deployment)
    return status


def _say(line: str) -> None:
    """Print without control characters: file names and servers' messages are in it."""
    print(printable(line), flush=True)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _dry(deployment: Deployment) -> int:
    """Describe the steps and change nothing. Connect is asked where possible, so that the commands hold real guids."""
    try:
        print(f"Checked: {deployment.check_settings()}\n")
        deployment.content = deployment.find()
    except StepFailed as error:
        print(f"Not ready: {error}\n→ {error.mend}\n")
    except (PortalError, requests.RequestException) as error:
        print(f"Not ready: {error}\n")
    try:
        describe(deployment.steps(), _say)
    except StepFailed as error:
        print(f"Not ready: {error}\n→ {error.mend}\nNothing was changed.")
        return 1
    print("Nothing was changed.")
    return 0


def _addresses(deployment: Deployment) -> None:
    content, integration = deployment.content, deployment.integration
    assert integration is not None
    print(f"\nPortal     {content['content_url']}")
    print(f"Dashboard  {content['dashboard_url']}")
    print(f"Sign-in    {deployment.settings.connect_server}/__oauth__/integrations/{integration.guid}/login")
