"""What is wrong, and how to mend it: `python -m portal doctor`, and the cheap part of it for `/readyz`."""

from portal.doctor.finding import Finding, State
from portal.doctor.machine import ready

__all__ = ["Finding", "State", "ready"]
