# Two commands do everything: `make demo` and `make test`. Each sets up .venv when it is needed, once.
PYTHON ?= python3
BIN := .venv/bin
export OMP_NUM_THREADS ?= 2
test coverage: export OMP_NUM_THREADS = 1

# What runs here needs no model hub; only a bot may be told to fetch a checkpoint (.env.example).
demo test bench: export HF_HUB_OFFLINE ?= 1

.PHONY: help demo test coverage lint types run worker bench clean

help:
	@echo "make demo    the whole main job on this machine: no account, no key, no GPU (about three minutes)"
	@echo "make test    lint, types and every test"
	@echo "make coverage  every test, and which branches none of them takes"
	@echo "make run     the bot; needs ATELIER_DISCORD_TOKEN, in .env for example"
	@echo "make worker  one more worker by hand, for a bot on this machine"
	@echo "make bench   speed and memory, each line a ratio measured in one run"

.venv/ready: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[local,dev]'
	touch $@

demo: .venv/ready
	$(BIN)/python -m bot demo

test: lint types
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

# Counting branches makes every test a third slower, so it is asked for by itself.
coverage: .venv/ready
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder --cov --cov-report=term

lint: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/ready
	$(BIN)/mypy

run: .venv/ready
	$(BIN)/python -m bot run

worker: .venv/ready
	$(BIN)/python -m bot worker

bench: .venv/ready
	$(BIN)/python -m bench

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache build *.egg-info
