"""The small text encoder and its tokenizer.

Every word of the captions is one token, and other words are spelled.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Sequence
from pathlib import Path
from random import Random

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from checkpoints.atelier_tiny.training.recipe import Recipe

WORD = r"[a-z]+|[^a-z\s]"  # captions are lower case
START, END = "<|startoftext|>", "<|endoftext|>"
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789,.'!?-:;()\"&/"


def words_of(captions: Sequence[str]) -> list[str]:
    """Return the different words and signs of the captions, sorted."""
    return sorted({word for caption in captions for word in re.findall(WORD, caption)})


def write_tokenizer(folder: Path, words: Sequence[str], length: int) -> CLIPTokenizer:
    """Write the files of a CLIP tokenizer that has one token per word and one per letter, and return it."""
    learner = Tokenizer(models.BPE(end_of_word_suffix="</w>"))
    learner.normalizer = normalizers.Lowercase()
    learner.pre_tokenizer = pre_tokenizers.Whitespace()
    trainer = trainers.BpeTrainer(
        vocab_size=100_000,
        min_frequency=1,
        special_tokens=[],
        initial_alphabet=list(LETTERS),
        end_of_word_suffix="</w>",
        show_progress=False,
    )
    learner.train_from_iterator([*words, *LETTERS], trainer)
    merges = [tuple(pair) for pair in json.loads(learner.to_str())["model"]["merges"]]
    signs = sorted({letter for word in words for letter in word} | set(LETTERS))
    tokens = [*signs, *(f"{sign}</w>" for sign in signs), *("".join(pair) for pair in merges), START, END]
    vocabulary = {token: number for number, token in enumerate(dict.fromkeys(tokens))}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False))
    lines = ["#version: 0.2", *(" ".join(pair) for pair in merges)]
    (folder / "merges.txt").write_text("\n".join(lines) + "\n")
    tokenizer = CLIPTokenizer(
        str(folder / "vocab.json"), str(folder / "merges.txt"), model_max_length=length, pad_token=END, unk_token=END
    )
    tokenizer.save_pretrained(folder)
    return tokenizer


def new_text_encoder(recipe: Recipe, tokenizer: CLIPTokenizer) -> CLIPTextModel:
    """Return an untrained text encoder for the tokenizer's words."""
    return CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(tokenizer),
            hidden_size=recipe.text_width,
            intermediate_size=recipe.text_width * 4,
            num_hidden_layers=recipe.text_layers,
            num_attention_heads=recipe.text_heads,
            max_position_embeddings=recipe.text_tokens,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )


class Speller:
    """Turns captions into token numbers, with a few words in pieces as unknown words would be."""

    def __init__(self, tokenizer: CLIPTokenizer, *, length: int, spelled: float) -> None:
        self._length, self._spelled = length, spelled
        self._start, self._end = tokenizer.bos_token_id, tokenizer.eos_token_id
        self._numbers: dict[str, int] = tokenizer.get_vocab()

    def without_pieces(self) -> Speller:
        """Return a speller that gives every known word whole."""
        plain = copy.copy(self)
        plain._spelled = 0.0  # noqa: SLF001 - it is one of these
        return plain

    def tokens(self, caption: str, dice: Random) -> list[int]:
        """Return start, tokens and end marks, padded to the full length."""
        numbers = [self._start]
        for word in re.findall(WORD, caption):
            numbers += self._pieces(word, dice) if dice.random() < self._spelled else [self._numbers[f"{word}</w>"]]
        numbers = [*numbers[: self._length - 1], self._end]
        return numbers + [self._end] * (self._length - len(numbers))

    def _pieces(self, word: str, dice: Random) -> list[int]:
        """Return the word cut at random into tokens."""
        pieces, start = [], 0
        while start < len(word):
            ends = [*(word[start:end] for end in range(start + 1, len(word))), f"{word[start:]}</w>"]
            piece = dice.choice([end for end in ends if end in self._numbers])
            pieces.append(self._numbers[piece])
            start += len(piece.removesuffix("</w>"))
        return pieces
