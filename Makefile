# Every target installs what it needs into .venv, and works from any folder.
ROOT   := $(dir $(abspath $(lastword $(MAKEFILE_LIST))))
VENV   := $(ROOT).venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
PYTHON ?= python3
DEMO   := $(ROOT).demo/feedback.db

# Fails below this share (per cent) of branches that the tests reach; empty: not measured.
COVERAGE ?=

# Labelled failures to evaluate on, beside the corpus; empty: none.
LABELLED ?= $(wildcard $(ROOT)../shared/bench/real/dev.jsonl)

# Folder of templates and prompts to measure attribution on (benchmarks/README.md tells its shape).
PROMPTS ?= $(wildcard $(ROOT)../shared/bench/templates/dev)

.PHONY: help demo screenshots test check bench bench-streams bench-recurrence bench-attribution bench-noise bench-http bench-web evaluate lock schemas clean

help:
	@echo "make demo    stream the shipped failures through the whole loop, show what comes of it, and serve its pages (in a terminal)"
	@echo "make test    run all tests; those on Kafka need Java 17 and Maven, or a broker named in FEEDBACK_TEST_BROKER"
	@echo "make screenshots take the pictures of the pages for the README anew; needs Chromium"
	@echo "make check   lint, types and import rules"
	@echo "make bench   measure speed, each figure beside its reference; make bench-streams the same on Kafka"
	@echo "make bench-recurrence simulate faults and accidents: how often verdicts are wrong, how soon faults are found"
	@echo "make bench-attribution measure attribution on PROMPTS=FOLDER, beside plain TF-IDF"
	@echo "make bench-noise replay ten streams of 100,000 failures with known patterns: tickets, duplicates, junk (25 minutes)"
	@echo "make bench-http send failures to a service over HTTP: how many a second are accepted and durable"
	@echo "make evaluate measure the classifier, on LABELLED=FILE too, and write docs/classifier.md anew"
	@echo "make schemas write the JSON Schemas of the contract and the OpenAPI document anew"
	@echo "make lock    resolve the lock file anew"

demo: $(STAMP)
	@rm -f "$(DEMO)" "$(DEMO)-wal" "$(DEMO)-shm"
	@mkdir -p "$(dir $(DEMO))"
	@serve=; if [ -t 1 ]; then serve=--serve; fi; "$(BIN)/feedback" demo --db "$(DEMO)" $$serve

# Needs Chromium.
screenshots: $(STAMP)
	@cd "$(ROOT)" && "$(BIN)/python" -m tests.browser.screenshots docs/images

test: $(STAMP)
	@cd "$(ROOT)" && "$(BIN)/python" -m pytest \
		$(if $(COVERAGE),--cov --cov-report=term-missing:skip-covered --cov-fail-under=$(COVERAGE))

check: $(STAMP)
	@cd "$(ROOT)" && "$(BIN)/ruff" check . && "$(BIN)/ruff" format --check . && "$(BIN)/mypy"

bench: $(STAMP)
	@cd "$(ROOT)" && "$(BIN)/python" -m benchmarks.loop

bench-streams: $(STAMP)
	@cd "$(ROOT)" && "$(BIN)/python" -m benchmarks.kafka

bench-recurrence: $(STAMP)
	@cd "$(ROOT)" && "$(BIN)/python" -m benchmarks.recurrence --plot benchmarks/recurrence.svg

bench-attribution: $(STAMP)
	@test -n "$(PROMPTS)" || { echo "Name the folder: make bench-attribution PROMPTS=FOLDER" >&2; exit 1; }
	@cd "$(ROOT)" && OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 "$(BIN)/python" -m benchmarks.attribution "$(abspath $(PROMPTS))"

bench-noise: $(STAMP)
	@cd "$(ROOT)" && "$(BIN)/python" -m benchmarks.noise

bench-http: $(STAMP)
	@cd "$(ROOT)" && "$(BIN)/python" -m benchmarks.http

bench-web: $(STAMP)
	@test -n "$(BIG)" || { echo "Name a store: make bench-web BIG=FILE; 'python -m benchmarks.big_store FILE' makes one" >&2; exit 1; }
	@cd "$(ROOT)" && "$(BIN)/python" -m benchmarks.web "$(BIG)"

evaluate: $(STAMP)
	@cd "$(ROOT)" && "$(BIN)/python" -m benchmarks.classifier $(LABELLED)

schemas: $(STAMP)
	@cd "$(ROOT)" && "$(BIN)/python" -m feedback.schemas

# The lock is universal: one file for every platform and Python from 3.11 on, hashes and no host.
lock: $(STAMP)
	@"$(BIN)/python" -m pip install --quiet uv
	@cd "$(ROOT)" && "$(BIN)/uv" pip compile --quiet --universal --python-version 3.11 --extra dev --generate-hashes \
		--no-emit-index-url --no-annotate --no-header --output-file requirements.lock pyproject.toml

clean:
	@rm -rf "$(VENV)" "$(ROOT).demo"

$(STAMP): $(ROOT)requirements.lock $(ROOT)pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed; name it: make PYTHON=python3.12 ..." >&2; exit 1; }
	@echo "Installing into $(VENV) ..."
	@$(PYTHON) -m venv --clear "$(VENV)"
	@"$(BIN)/python" -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r "$(ROOT)requirements.lock"
	@"$(BIN)/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable "$(ROOT)"
	@touch "$@"
