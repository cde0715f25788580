"""Imports go one way: the table of ARCHITECTURE.md, proved."""

import ast
from collections.abc import Iterator
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
    "services": (OURS - {"services", "backends", "storage", "domain"}) | TORCH | {"discord", "httpx", "sqlite3"},
    "cogs": (OURS - {"cogs", "bot", "services", "domain"}) | TORCH | {"httpx", "aiosqlite", "sqlite3", "PIL"},
    "bot": {"worker", "checkpoints", "cogs", "tests", "bench"} | TORCH,
    "worker": (OURS - {"worker", "storage", "domain"}) | {"discord", "httpx", "aiosqlite"},
    "checkpoints": (OURS - {"checkpoints", "worker"}) | {"discord", "httpx", "aiosqlite", "sqlite3"},
    "playground": (OURS - {"playground"}) | TORCH | {"httpx", "aiosqlite", "sqlite3"},
    "demo": TORCH | {"tests", "bench"},
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


def test_nobody_imports_the_composition_root() -> None:
    wrong = {
        str(file.relative_to(ROOT))
        for package in FORBIDDEN
        for file in (ROOT / package).rglob("*.py")
        if file.relative_to(ROOT) not in ROOT_MODULES
        if {"bot.__main__", "bot.composition"} & set(imports(file))
    }

    assert not wrong
