# One command each. `make run` and `make test` set up what they need.
PYTHON ?= python3
PORT ?= 3939
VENV := .venv
PY := $(VENV)/bin/python
STAMP := $(VENV)/.setup-stamp

.PHONY: run dev test check test-sandbox slow unit wire browser looks lint format clients spark matrix bench bench-pages soak lock sbom setup assets doctor clean

setup: $(STAMP) assets

# The pinned packages: Connect's (requirements.txt), and ours for the sandbox and the tests.
$(STAMP): requirements.txt requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; set PYTHON=…")'
	$(PYTHON) -m venv $(VENV)
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt -r requirements-dev.txt
	@touch $@

# Third-party bundles from npm packages into assets/vendor; does nothing when they are current.
assets: $(STAMP)
	$(PY) -m portal.build
	@$(PY) -m compileall -q portal pages wsgi.py gunicorn.conf.py

# Save a page, see it: the portal as one of the sandbox's viewers, started anew at each save.
VIEWER ?= analyst-west
dev: setup
	PORT=$(PORT) $(PY) -m portal dev --viewer $(VIEWER)

run: setup
	PORT=$(PORT) $(PY) -m portal demo

# Three at a time (much of it is waiting), a file in one piece; browsers keep a core busy each, so two at a time. Real
# sockets and a real browser on shared cores meet a time-out now and then: such a test runs again, the summary says why
# (tests/conftest.py), and too many of them fail.
PYTEST := $(PY) -m pytest -n 3 --dist loadfile --no-loadscope-reorder
BROWSER := $(PYTEST) -n 2 --reruns 2
# The pages that everybody opens.
FIRST := $(patsubst %,tests/browser/test_%.py,home identity trips journeys keyboard)

# Within ten minutes on two cores. `make browser` and `make slow` are the rest; .ci/run runs all of it.
test: setup lint
	$(PY) -m tests.js test
	$(PYTEST) tests/unit tests/wire --reruns 1
	$(BROWSER) $(FIRST)

# Every page and state in a real browser.
browser: setup
	$(BROWSER) tests/browser

# The inner loop: within a minute.
check: setup lint
	$(PY) -m tests.js test
	$(PY) -m pytest -n 2 -q tests/unit

# The sandbox by itself, for whoever changes it.
test-sandbox: setup
	$(PYTEST) tests/unit tests/wire -k sandbox

# Faults that last (a deploy stopped in each of its steps, services away, a full disk, clients that crawl), sizes (ten
# thousand jobs, a million rows), killed workers, the doctor's every finding.
slow: setup
	$(PYTEST) -m slow --reruns 2

unit wire: setup
	$(PY) -m pytest tests/$@

# What every page and state is compared with, after a change of looks that was meant. Look at them before a commit.
looks: setup
	LOOKS=remake $(PY) -m pytest tests/browser/test_scenes.py

lint: $(STAMP)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(PY) -m tests.js lint

format: $(STAMP)
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .
	$(PY) -m tests.js format

# Clients that nobody here wrote, each in an environment of its own (.run/clients), against the sandbox. Needs Node.
clients: setup
	$(PY) -m tests.clients

# DataFrames for real: Spark in an environment of its own (.run/spark/server), and the portal with databricks-connect in
# another (.run/spark/client), both of Python 3.12. Needs Java 17; fetches some 700 MB once.
SPARK := .run/spark/client
# As pip does where it is told to: behind a company's proxy only the system knows who signs.
export UV_SYSTEM_CERTS := 1
SPARK_STAMP := $(SPARK)/.setup-stamp
$(SPARK_STAMP): requirements-spark.txt requirements-dev.txt
	$(PY) -m portal.sandbox.spark.setup
	$(VENV)/bin/uv venv --quiet --clear --python "$$($(PY) -m portal.sandbox.spark.setup --python)" $(SPARK)
	$(VENV)/bin/uv pip install --quiet --no-config --python $(SPARK)/bin/python --require-hashes -r requirements-spark.txt
	$(VENV)/bin/uv pip install --quiet --no-config --python $(SPARK)/bin/python --constraint requirements-dev.txt \
		pytest pytest-timeout hypothesis
	@touch $@

spark: setup $(SPARK_STAMP)
	$(PY) -m portal.sandbox.spark.setup
	$(SPARK)/bin/python -m pytest -q --timeout 600 tests/spark

# The tests under each supported Python that this machine has (python3.12 on the path, PYTHON312=…, or pyenv's), each in
# an environment of its own; VERSIONS="3.13 3.14" for some.
matrix: setup
	$(PY) -m tests.matrix $(VERSIONS)

# `make bench` measures everything but the faults; `make bench faults`, or `make bench stranger`, what has the word in its
# name.
WORDS := $(filter-out bench,$(MAKECMDGOALS))
bench: setup
	$(if $(WORDS),,$(PY) -m pytest tests/bench -q)
	$(PY) -m tests.bench $(WORDS)
ifeq ($(firstword $(MAKECMDGOALS)),bench)
$(WORDS):
	@:
endif

# Needs streamlit, a peer, beside the pinned packages.
bench-pages: setup
	$(PY) -m pip install --quiet --disable-pip-version-check streamlit
	$(PY) -m tests.bench.pages

soak: setup
	$(PY) -m tests.bench.soak

# Pins what resolves together, with the hash of every file. What is pinned and fits stays; UPGRADE=--upgrade takes the
# newest. --universal: Connect may run another Python than we do.
UPGRADE ?=
LOCK := $(VENV)/bin/uv pip compile --universal --generate-hashes --quiet --no-annotate --no-emit-index-url \
	--no-emit-find-links --custom-compile-command "make lock"
# databricks-connect is of one Python, and wants an older pandas and pyarrow than the rest of us: pins of its own.
LOCK_312 := $(filter-out --universal,$(LOCK)) --python-version 3.12
lock: $(STAMP)
	$(LOCK) $(UPGRADE) pyproject.toml -o requirements.txt
	$(LOCK) $(UPGRADE) pyproject.toml --extra otel --constraint requirements.txt -o requirements-otel.txt
	$(LOCK) $(UPGRADE) pyproject.toml --extra sandbox --extra test --extra deploy --extra otel --group dev --constraint requirements.txt -o requirements-dev.txt
	$(LOCK_312) $(UPGRADE) pyproject.toml --extra spark -o requirements-spark.txt
	$(LOCK_312) $(UPGRADE) portal/sandbox/spark/requirements.in -o portal/sandbox/spark/requirements.txt

# What Connect installs and what the built assets hold, as a CycloneDX bill of materials: sbom.cdx.json.
sbom: $(STAMP)
	$(PY) -m portal.deploy.sbom

doctor: setup
	$(PY) -m portal doctor

clean:
	rm -rf $(VENV) assets/vendor node_modules .pytest_cache .mypy_cache .ruff_cache .hypothesis
