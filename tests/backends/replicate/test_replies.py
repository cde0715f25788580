"""How Replicate's replies are read."""

import json
import time

import pytest
from pydantic import JsonValue

from backends.answers import Answer
from backends.replicate.replies import message_of, name_of, pause, refusal, state_of, steps_done
from bot.interactions.fact_words import words
from domain.orders.facts import FactKind, fact
from domain.orders.progress import RemoteState
from tests.providers import replicate as provider


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("starting", RemoteState.QUEUED),
        ("processing", RemoteState.RUNNING),
        ("succeeded", RemoteState.SUCCEEDED),
        ("failed", RemoteState.FAILED),
        ("canceled", RemoteState.CANCELLED),
        ("aborted", RemoteState.FAILED),
        ("cancelled", None),
        ("", None),
    ],
)
def test_every_documented_status_has_our_word(status: str, state: RemoteState | None) -> None:
    assert state_of(status) is state


@pytest.mark.parametrize(
    ("logs", "done"),
    [
        ("", (0, None)),
        ("captions: 100%|██████████| 12/12 [00:04<00:00,  1.10it/s]", (0, None)),
        ("flux_train_replicate:   0%|          | 0/1000 [00:00<?, ?it/s]", (0, None)),
        ("flux_train_replicate:  10%|█         | 100/1000 [01:23<11:07, 1.35it/s, loss: 3.2e-01]", (100, 667)),
        ("a: 10%|█| 100/1000 [0:10<1:02:03, 1it/s]\ra: 20%|██| 200/1000 [01:23<1:02:03, 1it/s]", (200, 3723)),
        ("a: 20%|██| 200/1000 [01:23<11:07]\nupload: 100%|███| 7/7 [00:01<00:00]", (200, 667)),
        ("a: 20%|██| 200/1000", (200, None)),
        ("200/1000", (0, None)),
    ],
)
def test_only_the_bar_that_counts_to_the_ordered_steps_is_progress(logs: str, done: tuple[int, float | None]) -> None:
    assert steps_done(logs, 1000) == done


@pytest.mark.parametrize("piece", ["9", "1%|", "1%|x", "1%|| 1", "1%|| 1/1000 [1"])
def test_a_hostile_log_is_read_in_no_time(piece: str) -> None:
    started = time.process_time()
    steps_done(piece * 1_000_000, 1000)

    assert time.process_time() - started < 2


def answer(body: JsonValue, **headers: str) -> Answer:
    return Answer(429, headers, json.dumps(body).encode())


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        (answer({"detail": "Request was throttled. Your rate limit resets in ~30s."}), 30),
        (answer({"detail": "Request was throttled.", "retry_after": 10}), 10),
        (answer({"detail": "Your rate limit resets in ~30s.", "retry_after": 10}, **{"retry-after": "7"}), 7),
        (answer({"detail": "resets in ~99999s."}), 900),
        (answer({"retry_after": -5}), 1),
        (answer({"detail": "no"}), None),
        (answer([1]), None),
    ],
)
def test_the_pause_is_found_wherever_it_is_told(told: Answer, seconds: float | None) -> None:
    assert pause(told) == seconds


@pytest.mark.parametrize(
    ("problem", "named"),
    [
        ({"invalid_fields": [{"field": "input.steps"}, {"field": "destination"}]}, "`steps`, `destination`"),
        ({"detail": "- input: steps: Must be less than or equal to 6000\n- version: no\n"}, "`steps`, `version`"),
        ({"detail": "- input.lora_rank: Must be less"}, "`lora_rank`"),
        ({"detail": "- input: input_images is required"}, "these settings"),
        ({"invalid_fields": "odd"}, "these settings"),
        ({"invalid_fields": [{"field": "`@everyone\u202e"}, 7, {}]}, "`ˋ@everyone`"),
        ("<html>", "these settings"),
        (None, "these settings"),
    ],
)
def test_a_refusal_names_the_fields(problem: JsonValue, named: str) -> None:
    assert f"does not take {named} as it is" in words(refusal(problem))


def test_what_members_read_of_a_failure_is_ours_and_short() -> None:
    hostile = "`<@1> you owe $12.50 " + "x" * 500

    assert message_of("failed", provider.NSFW) == fact(FactKind.WITHHELD, backend="replicate")
    assert "`ˋ<@1> you owe an amount x" in words(message_of("failed", hostile))
    assert "$" not in words(message_of("failed", hostile))
    assert len(words(message_of("failed", hostile))) < 350
    assert message_of("failed", None) == fact(FactKind.FAILED, backend="replicate")
    assert message_of("processing", "no") is None


def test_a_training_is_known_by_its_label_or_by_the_file_it_trains_on() -> None:
    files = {"abc": "atelier-1", "def": "holiday"}
    link = "https://api.replicate.com/v1/files/abc"

    assert name_of({"input_images": link}, files) == "atelier-1"
    assert name_of({"input_images": link, "wandb_run": "atelier-2"}, files) == "atelier-2"
    assert name_of({"input_images": "https://elsewhere.example/abc.zip"}, files) == ""
    assert name_of({"input_images": 7}, files) == ""
    assert name_of({}, files) == ""
