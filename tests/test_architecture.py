"""Imports go one way: the table of ARCHITECTURE.md, proved."""

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = {
    "bot", "cogs", "services", "backends", "storage", "domain",
    "worker", "checkpoints", "playground", "demo", "bench", "tests",
}  # fmt: skip
TORCH = {"torch", "diffusers", "peft", "transformers", "accelerate", "safetensors"}
FORBIDDEN = {
    "domain": (OURS - {"domain"}) | TORCH | {"discord", "httpx", "pydantic", "PIL", "sqlite3", "asyncio"},
    # safetensors' own reader checks foreign LoRA files; it needs no torch.
    "storage": (OURS - {"storage", "domain"}) | (TORCH - {"safetensors"}) | {"discord", "httpx"},
    "backends": (OURS - {"backends", "domain"}) | TORCH | {"discord", "aiosqlite", "sqlite3"},
    "services": (OURS - {"services", "backends", "storage", "domain"})
    | TORCH
    | {"discord", "httpx", "aiosqlite", "sqlite3"},
    "cogs": (OURS - {"cogs", "bot", "services", "domain"}) | TORCH | {"httpx", "aiosqlite", "sqlite3", "PIL"},
    "bot": {"worker", "checkpoints", "cogs", "tests", "bench"} | TORCH,
    "worker": (OURS - {"worker", "storage", "domain"}) | {"discord", "httpx", "aiosqlite"},
    "checkpoints": (OURS - {"checkpoints", "worker"}) | {"discord", "httpx", "aiosqlite", "sqlite3"},
    "playground": (OURS - {"playground"}) | TORCH | {"httpx", "aiosqlite", "sqlite3"},
    "demo": TORCH | {"tests", "bench"},
}
# Inside the playground: the state of the world, how it travels, what members do with it, and last the server.
INNER_FORBIDDEN = {
    "playground/world": ("playground.wire", "playground.acts"),
    "playground/wire": ("playground.acts",),
}
# To be emptied: buttons and forms import the client for annotations.
KNOWN_CIRCLE = {
    "bot.buttons",
    "bot.client",
    "bot.drawing_buttons",
    "bot.forms",
    "bot.training_buttons",
    "bot.training_cards",
    "bot.training_posts",
}
# The composition root may import everything, and nobody but the command line imports it.
ROOT_MODULES = {Path("bot/__main__.py"), Path("bot/composition.py")}


def imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


@pytest.mark.parametrize("package", sorted(FORBIDDEN))
def test_a_package_imports_only_what_its_layer_may(package: str) -> None:
    wrong = {
        f"{file.relative_to(ROOT)} imports {name}"
        for file in (ROOT / package).rglob("*.py")
        if file.relative_to(ROOT) not in ROOT_MODULES
        for name in imports(file)
        if name.split(".")[0] in FORBIDDEN[package]
    }

    assert not wrong


@pytest.mark.parametrize("folder", sorted(INNER_FORBIDDEN))
def test_a_folder_of_the_playground_imports_only_what_is_below_it(folder: str) -> None:
    above = ("playground.server", "playground.faults", "playground.transcript", *INNER_FORBIDDEN[folder])
    wrong = {
        f"{file.relative_to(ROOT)} imports {name}"
        for file in (ROOT / folder).rglob("*.py")
        for name in imported_modules(file, {module_of(f) for f in (ROOT / "playground").rglob("*.py")})
        if name == "playground" or name.startswith(above)
    }

    assert not wrong


def test_nobody_imports_the_composition_root() -> None:
    wrong = {
        str(file.relative_to(ROOT))
        for package in FORBIDDEN
        for file in (ROOT / package).rglob("*.py")
        if file.relative_to(ROOT) not in ROOT_MODULES
        if {"bot.__main__", "bot.composition"} & set(imports(file))
    }

    assert not wrong


def module_of(file: Path, root: Path = ROOT) -> str:
    parts = file.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported_modules(file: Path, known: set[str]) -> set[str]:
    """List our modules that a file imports anywhere, also under TYPE_CHECKING and inside functions."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            submodules = {f"{node.module}.{alias.name}" for alias in node.names} & known
            found |= submodules
            if len(submodules) < len(node.names):
                found.add(node.module)
    return found & known


def reachable(graph: dict[str, set[str]], start: str) -> set[str]:
    found: set[str] = set()
    waiting = [start]
    while waiting:
        new = graph[waiting.pop()] - found
        found |= new
        waiting.extend(new)
    return found


def circles(files: Iterable[Path], root: Path = ROOT) -> list[set[str]]:
    """Group the modules that import each other directly or through others."""
    modules = {module_of(file, root): file for file in files}
    graph = {name: imported_modules(file, set(modules)) - {name} for name, file in modules.items()}
    reach = {name: reachable(graph, name) for name in graph}
    found = {frozenset({name} | {other for other in reach[name] if name in reach[other]}) for name in graph}
    return sorted((set(circle) for circle in found if len(circle) > 1), key=sorted)


def test_no_modules_import_each_other_in_a_circle() -> None:
    files = [file for package in sorted(OURS) for file in (ROOT / package).rglob("*.py")]

    assert [circle for circle in circles(files) if not circle <= KNOWN_CIRCLE] == []


def test_a_circle_is_found_even_when_it_is_only_for_annotations(tmp_path: Path) -> None:
    texts = {
        "a": "import b",
        "b": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from c import x",
        "c": "def f():\n    import a",
        "d": "import a",
    }
    files = [tmp_path / f"{name}.py" for name in texts]
    for file in files:
        file.write_text(texts[file.stem])

    assert circles(files, tmp_path) == [{"a", "b", "c"}]


LONG = 100  # lines, from which on a module has a test file of its name
# Values without a decision, calls that the tests of their neighbours make, and the composition root. May only shrink.
WITHOUT_TEST_OF_ITS_NAME = {
    "backends/base.py",
    "backends/scenario/api.py",
    "bot/composition.py",
    "domain/datasets/errors.py",
    "domain/drawing/errors.py",
    "domain/training/errors.py",
}


def test_every_long_module_has_a_test_file_of_its_name() -> None:
    files = [file for package in OURS - {"tests", "bench", "demo"} for file in (ROOT / package).rglob("*.py")]
    long = [file.relative_to(ROOT) for file in files if len(file.read_text("utf-8").splitlines()) >= LONG]
    tests = {file: ROOT / "tests" / file.parent / f"test_{file.stem.strip('_')}.py" for file in long}

    assert {str(file) for file, test in tests.items() if not test.is_file()} == WITHOUT_TEST_OF_ITS_NAME
