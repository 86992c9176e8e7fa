# Python >= 3.11 and make are all this needs; everything else is set up in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
COMPILED := $(VENV)/.compiled
# The compiler's cache watches the file of a kernel, not the files its constants come from.
KERNELS := $(wildcard tui_scalper/core/*.py tui_scalper/core/*/*.py tui_scalper/lab/*.py \
  $(addprefix tui_scalper/brokers/kite/,wire.py tokens.py big_endian.py))
# make soak SCALE=0.1 plays a tenth; stopped anywhere it goes on from STATE.
SCALE ?= 1
STATE ?= .soak
CORE_TYPES := tui_scalper/core tui_scalper/exchange tui_scalper/brokers

# Branches of the core are counted over tests that always take the same ones: walks and
# schedules stay out. Compiled code shows none, so kernels run as Python besides.
KERNEL_TESTS := $(addprefix tests/test_,core_kernels.py core_adaptive.py core_readings.py \
  core_lent.py core_lanes.py study_kernels.py lives.py mids.py witnesses.py race.py \
  attention.py)
RANDOM_TESTS := $(addprefix tests/test_core_,walk.py liars.py kernels.py)
CORE_TESTS := $(filter-out $(RANDOM_TESTS),$(wildcard tests/test_core_*.py tests/test_controls*.py)) \
  $(addprefix tests/test_,gates_by_hand.py gates_circuit.py sessions.py session_edges.py \
  reference.py decisions.py manifest.py scribe.py lives.py)
OTHER_TESTS := $(filter-out $(CORE_TESTS),$(wildcard tests/test_*.py))
# Many tests wait for a terminal or a socket: one process more than there are cores.
PARALLEL := -n $(shell $(PYTHON) -c 'import os; print((os.cpu_count() or 1) + 1)') --dist worksteal

.PHONY: run test check cover mutants bench pictures tour soak docs lock oracle clean

run: $(COMPILED)
	@$(BIN)/scalper-tui run

test: $(COMPILED) check cover
	@$(BIN)/python -m pytest $(PARALLEL) $(OTHER_TESTS)

check: $(READY)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy --strict $(CORE_TYPES)
	@$(BIN)/mypy
	@$(BIN)/lint-imports

# Fails below 100 % of the branches of core (pyproject.toml: tool.coverage).
cover: $(COMPILED)
	@rm -f .coverage
	@NUMBA_DISABLE_JIT=1 $(BIN)/python -m pytest -m 'not hypothesis and not data' \
	  --cov --cov-fail-under=0 --cov-report= $(KERNEL_TESTS)
	@$(BIN)/python -m pytest $(PARALLEL) --cov --cov-append --cov-report=term $(CORE_TESTS)

# Small wrongs planted into the kernels of the readings, one at a time; about a minute.
mutants: $(READY)
	@$(BIN)/python tests/mutants.py

bench: $(COMPILED)
	@for bench in benchmarks/bench_*.py; do echo "== $$bench"; $(BIN)/python $$bench || exit 1; done

pictures: $(COMPILED)
	@UPDATE_PICTURES=1 $(BIN)/python -m pytest -q tests/test_console_pictures.py

# The pictures and recordings of the README, from the program itself.
tour: $(COMPILED)
	@$(BIN)/python -m docs.tour

soak: $(COMPILED)
	@$(BIN)/python -m tui_scalper.soak --scale $(SCALE) --state $(STATE)
	@$(BIN)/python -m pytest -m soak --override-ini addopts=

docs: $(READY)
	@$(BIN)/python -m tui_scalper.reference docs/reference

# Installs what the lock names.
$(READY): requirements.lock pyproject.toml
	@echo "setting up $(VENV) (once; a few minutes) ..."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; this is $$($(PYTHON) --version)"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

$(COMPILED): $(READY) $(KERNELS)
	@find tui_scalper -name '*.nb[ic]' -delete
	@$(BIN)/scalper-tui warm-up
	@touch $@

lock:
	@$(BIN)/python -m pip install --quiet uv
	@$(BIN)/uv pip compile --universal --upgrade --extra dev pyproject.toml -o requirements.lock

# The broker's published client, in an environment of its own: an oracle for the protocol.
oracle:
	@test -x .venv-oracle/bin/python || $(PYTHON) -m venv .venv-oracle
	@.venv-oracle/bin/python -m pip install --quiet --disable-pip-version-check kiteconnect==5.2.2

clean:
	@rm -rf $(VENV) .venv-oracle .mypy_cache .ruff_cache .pytest_cache .hypothesis
