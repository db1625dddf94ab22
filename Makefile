# One command each. `make run` and `make test` set up what they need.
PYTHON ?= python3
PORT ?= 3939
VENV := .venv
PY := $(VENV)/bin/python
STAMP := $(VENV)/.setup-stamp

.PHONY: run test slow unit wire browser looks lint format bench bench-pages soak lock setup assets doctor clean

setup: $(STAMP) assets

# The pinned packages: Connect's (requirements.txt), and ours for the sandbox and the tests.
$(STAMP): requirements.txt requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; set PYTHON=…")'
	$(PYTHON) -m venv $(VENV)
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements.txt -r requirements-dev.txt
	@touch $@

# Third-party bundles from npm packages into assets/vendor; does nothing when they are current.
assets: $(STAMP)
	$(PY) -m portal.build

run: setup
	PORT=$(PORT) $(PY) -m portal demo

# Three at a time (much of it is waiting), a file in one piece. Real sockets and a real browser on shared cores meet a
# time-out now and then: such a test runs again, twice at most, and the summary says so (RERUN).
PYTEST := $(PY) -m pytest -n 3 --dist loadfile --no-loadscope-reorder --reruns 2

test: setup lint
	$(PYTEST)

# Faults that last: a deploy stopped in each of its steps, services away, a disk that is full, clients that crawl.
slow: setup
	$(PYTEST) -m slow

unit wire browser: setup
	$(PY) -m pytest tests/$@

# What every page and state is compared with, after a change of looks that was meant. Look at them before a commit.
looks: setup
	LOOKS=remake $(PY) -m pytest tests/browser/test_scenes.py

lint: $(STAMP)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

format: $(STAMP)
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

bench: setup
	$(PY) -m pytest tests/bench -q
	$(PY) -m tests.bench

# Needs streamlit, a peer, beside the pinned packages.
bench-pages: setup
	$(PY) -m pip install --quiet --disable-pip-version-check streamlit
	$(PY) -m tests.bench.pages

soak: setup
	$(PY) -m tests.bench.soak

# Pins the newest that resolve together. --universal: Connect may run another Python than we do.
lock: $(STAMP)
	$(PY) -m pip install --quiet --disable-pip-version-check uv
	$(VENV)/bin/uv pip compile pyproject.toml --universal --upgrade --quiet --no-annotate --no-emit-index-url \
		--no-emit-find-links --custom-compile-command "make lock" -o requirements.txt
	$(VENV)/bin/uv pip compile --group dev --constraint requirements.txt --universal --upgrade --quiet --no-annotate \
		--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" -o requirements-dev.txt

doctor: setup
	$(PY) -m portal doctor

clean:
	rm -rf $(VENV) assets/vendor node_modules .pytest_cache .mypy_cache .ruff_cache .hypothesis
