"""What a training is asked for."""

from pathlib import Path

from domain.datasets.dataset import Kind
from worker.training.request import TrainPicture, TrainRequest
from worker.training.settings import TrainerSettings

LEARNED, HELD_OUT = TrainPicture(Path("a.png"), "a dot"), TrainPicture(Path("b.png"), "two dots", held_out=True)


def request(*pictures: TrainPicture) -> TrainRequest:
    return TrainRequest(pictures, "zorbi", TrainerSettings(), Kind.OBJECT)


def test_samples_show_the_subject_alone_and_a_picture_that_is_not_trained_on() -> None:
    assert request(LEARNED, HELD_OUT).sample_prompts() == ("a picture of zorbi", "zorbi, two dots")


def test_without_held_out_pictures_a_sample_shows_the_first_one() -> None:
    assert request(LEARNED).sample_prompts() == ("a picture of zorbi", "zorbi, a dot")


def test_captions_hold_the_trigger_word() -> None:
    assert request(LEARNED, HELD_OUT).captioned(held_out=False) == [(Path("a.png"), "zorbi, a dot")]
