"""The project's own papers: what is packed, and what the documents and `.env.example` name, is what there is."""

import ast
import re
import tomllib
from pathlib import Path

import pytest
from pydantic import SecretStr

from backends.registry import HOSTED
from bot.settings import Settings

ROOT = Path(__file__).parent.parent
# Settings that switch something on: the example shows their form.
EXAMPLES = {name.upper() for provider in HOSTED.values() for name in provider.needs}
NOT_SHIPPED = {"bench", "tests"}
SETUPTOOLS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
SHIPPED = sorted(file for top in SETUPTOOLS["packages"]["find"]["include"] for file in ROOT.glob(f"{top}/**/*.py"))


def test_every_package_is_packed() -> None:
    there = {file.parent.name for file in ROOT.glob("[!.]*/__init__.py")}

    assert {f"{folder}*" for folder in there - NOT_SHIPPED} == set(SETUPTOOLS["packages"]["find"]["include"])


def test_every_folder_with_code_is_a_package() -> None:
    assert [folder for folder in {file.parent for file in SHIPPED} if not (folder / "__init__.py").is_file()] == []


@pytest.mark.parametrize(
    ("package", "folder"),
    [("storage.migrations", "."), ("demo", "pictures"), ("checkpoints.atelier_tiny", "weights")],
)
def test_what_is_no_code_is_packed_too(package: str, folder: str) -> None:
    place = ROOT / package.replace(".", "/")
    packed = {file for pattern in SETUPTOOLS["package-data"][package] for file in place.glob(pattern)}
    data = {file for file in (place / folder).rglob("*") if file.is_file() and file.suffix not in {".py", ".pyc"}}

    assert data
    assert data <= packed


def test_the_example_environment_names_every_setting_and_its_default(tmp_path: Path) -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    example = dict(re.findall(r"^(?:# )?ATELIER_([A-Z0-9_]+)=(.*)$", text, flags=re.MULTILINE))
    without_default = {"DISCORD_TOKEN", "CHECKPOINT_SD15", *EXAMPLES}
    given = tmp_path / "given.env"
    given.write_text("\n".join(f"ATELIER_{k}={v}" for k, v in example.items() if k not in without_default))

    assert set(example) == {name.upper() for name in Settings.model_fields}
    assert Settings(discord_token=SecretStr("x"), _env_file=given) == Settings(
        discord_token=SecretStr("x"), _env_file=None
    )


@pytest.mark.parametrize("document", ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"])
def test_every_file_that_a_document_names_exists(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    named = set(re.findall(r"\b(?:\w+/)+\w+\.(?:py|md|sql)\b", text))

    assert [name for name in sorted(named) if not (ROOT / name).is_file() and "NNNN" not in name] == []


@pytest.mark.parametrize(
    "file",
    SHIPPED,
    ids=lambda file: str(file.relative_to(ROOT)),
)
def test_the_first_line_of_a_docstring_is_one_plain_sentence(file: Path) -> None:
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    nodes = [node for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, documented)]
    first_lines = [(ast.get_docstring(node) or "").partition("\n")[0] for node in nodes]

    assert [line for line in first_lines if set(line) & set(";:")] == []
