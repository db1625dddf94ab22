"""Load and speed: `make bench` prints tables, each figure beside its baseline of the same run. No timed test."""
