"""The tokenizer of the captions' words."""

from pathlib import Path

from checkpoints.atelier_tiny.training.words import words_of, write_tokenizer


def test_a_word_of_the_captions_is_one_token_and_another_word_is_spelled(tmp_path: Path) -> None:
    tokenizer = write_tokenizer(tmp_path, words_of(["a red cat", "a blue dog"]), 40)

    assert len(tokenizer.tokenize("red cat")) == 2
    assert len(tokenizer.tokenize("zorbo")) == 5
