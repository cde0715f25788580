import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot import __main__ as command_line


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[Sequence[str], Mapping[str, str]]]:
    """Note what this process would become, in a folder of its own, with nothing set."""
    for name in ("ATELIER_DATA_DIR", "ATELIER_CHECKPOINT_SD15", "MALLOC_MMAP_MAX_"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    calls: list[tuple[Sequence[str], Mapping[str, str]]] = []
    monkeypatch.setattr(os, "execve", lambda _file, words, environment: calls.append((words, environment)))
    return calls


def test_a_worker_by_hand_reads_the_same_env_file_as_the_bot(
    started: list[tuple[Sequence[str], Mapping[str, str]]], tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("ATELIER_DATA_DIR=kept\nATELIER_CHECKPOINT_SD15=/models/sd15\n")
    CliRunner().invoke(command_line.app, ["worker", "--name", "second"], catch_exceptions=False)

    [(words, environment)] = started
    assert words[1:] == ["-m", "worker", "serve", "--data-dir", str(tmp_path / "kept"), "--name", "second"]
    assert environment["ATELIER_CHECKPOINT_SD15"] == "/models/sd15"
    assert "MALLOC_MMAP_MAX_" in environment  # or its steps would be several times slower than the bot's worker's


def test_a_worker_by_hand_goes_where_it_is_told(
    started: list[tuple[Sequence[str], Mapping[str, str]]], tmp_path: Path
) -> None:
    CliRunner().invoke(command_line.app, ["worker", "--data-dir", "elsewhere"], catch_exceptions=False)

    assert str(tmp_path / "elsewhere") in started[0][0]
    assert "ATELIER_CHECKPOINT_SD15" not in started[0][1]
