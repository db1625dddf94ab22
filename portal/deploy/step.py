"""A deployment as steps that each say what they did, what to do when they fail, and how to do them by hand."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import requests

from portal.viewer.errors import PortalError
from portal.viewer.secrets import masked


class StepFailed(Exception):
    """`str(error)` says what went wrong; `mend` what to do about it."""

    def __init__(self, says: str, mend: str) -> None:
        super().__init__(says)
        self.mend = mend


@dataclass(frozen=True)
class Step:
    """`run` returns what was done, in a few words. `by_hand` are shell lines. `left`: what a failure here leaves."""

    name: str
    run: Callable[[], str]
    by_hand: Callable[[], Sequence[str]]
    left: str = "Nothing was changed."
    notes: list[str] = field(default_factory=list)
    """What the step wants to be read even though it succeeded."""
    shows: Callable[[], Sequence[str]] = tuple
    """What a dry run prints of it besides."""


Say = Callable[[str], None]


def perform(steps: Sequence[Step], say: Say) -> int:
    """Run the steps in turn; 0, or 1 after saying where it stopped and what that leaves."""
    done: list[str] = []
    for number, step in enumerate(steps, 1):
        say(f"[{number}/{len(steps)}] {step.name}")
        started = time.perf_counter()
        try:
            says = step.run()
        except KeyboardInterrupt:
            return _stopped(steps, number, "interrupted", "Run the same command again: it goes on where it was.", say)
        except StepFailed as error:
            return _stopped(steps, number, str(error), error.mend, say)
        except PortalError as error:
            mend = getattr(error, "setting", "")
            return _stopped(steps, number, error.message, f"See to {mend}." if mend else "Run it again later.", say)
        seconds = time.perf_counter() - started
        say(f"      {masked(says)}" + (f" ({seconds:.1f} s)" if seconds > 0.5 else ""))
        for note in step.notes:
            say(f"      ! {masked(note)}")
        done.append(step.name)
    return 0


def _stopped(steps: Sequence[Step], number: int, says: str, mend: str, say: Say) -> int:
    step = steps[number - 1]
    say(f"      stopped: {masked(says)}")
    say(f"      → {masked(mend)}")
    finished = ", ".join(one.name for one in steps[: number - 1]) or "none"
    say(f"Done: {finished}. Not done: {', '.join(one.name for one in steps[number - 1 :])}.")
    say(f"{step.left} A second run goes through all steps again and changes only what differs.")
    return 1


def describe(steps: Sequence[Step], say: Say) -> None:
    """The dry run: every step, and its equivalent by hand."""
    for number, step in enumerate(steps, 1):
        say(f"[{number}/{len(steps)}] {step.name}")
        for line in step.shows():
            say(f"      {line}")
        for line in step.by_hand():
            say(f"      $ {line}")
        say("")


@contextmanager
def refused(what: str, mend: str) -> Iterator[None]:
    """Turn a refusal of posit-sdk into the step's failure, with Connect's own words where it has some."""
    from posit.connect.errors import ClientError

    try:
        yield
    except ClientError as error:
        says = f"Connect would not {what}: {error.error_message} ({error.error_code})."
        raise StepFailed(says, mend) from None
    except (requests.RequestException, KeyError):  # KeyError: posit-sdk's, for an error without a code
        raise StepFailed(f"Connect did not answer while asked to {what}.", "Run it again.") from None
