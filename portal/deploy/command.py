"""`python -m portal deploy`."""

from __future__ import annotations

import argparse
import signal
from pathlib import Path
from types import FrameType

import requests

from portal.deploy.deployment import ACCESS, Deployment, Options
from portal.deploy.step import StepFailed, describe, perform
from portal.doctor.command import quiet
from portal.settings import SettingsError, load
from portal.viewer.errors import PortalError
from portal.viewer.secrets import register

ROOT = Path(__file__).resolve().parent.parent.parent


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


def run(options: argparse.Namespace) -> int:
    """Deploy, or describe it; the exit status."""
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
    deployment = Deployment(found, chosen, ROOT)
    if options.dry_run:
        return _dry(deployment)
    # Ended by a supervisor is as good as interrupted at the keyboard: say what is done and what is not.
    # A shell starts what it puts into the background with SIGINT ignored: then it is not heard by itself.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    status = perform(deployment.steps(), lambda line: print(line, flush=True))
    if status == 0:
        _addresses(deployment)
    return status


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _dry(deployment: Deployment) -> int:
    """Looks, where Connect lets it, so that the lines hold real guids; writes nothing."""
    try:
        print(f"Checked: {deployment.check_settings()}\n")
        deployment.content = deployment.find()
    except StepFailed as error:
        print(f"Not ready: {error}\n→ {error.mend}\n")
    except (PortalError, requests.RequestException) as error:
        print(f"Not ready: {error}\n")
    describe(deployment.steps(), print)
    print("Nothing was changed.")
    return 0


def _addresses(deployment: Deployment) -> None:
    content, integration = deployment.content, deployment.integration
    assert integration is not None
    print(f"\nPortal     {content['content_url']}")
    print(f"Dashboard  {content['dashboard_url']}")
    print(f"Sign-in    {deployment.settings.connect_server}/__oauth__/integrations/{integration.guid}/login")
