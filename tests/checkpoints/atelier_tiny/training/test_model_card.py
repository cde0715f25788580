"""The model card that a checkpoint comes with."""

from dataclasses import asdict, replace

from checkpoints.atelier_tiny.training.model_card import model_card
from checkpoints.atelier_tiny.training.recipe import Recipe


def test_the_card_tells_the_size_the_log_and_every_number_of_the_recipe() -> None:
    recipe = replace(Recipe(), device="cpu")
    card = model_card(recipe, log=["first line", "last line"], parameters=1_234_567)

    assert card.startswith("---\nlicense: mit\n")
    assert "1.2 million numbers" in card
    assert "first line\nlast line" in card
    assert "python -m checkpoints.atelier_tiny make --out FOLDER" in card
    assert [name for name, value in asdict(recipe).items() if f"\n{name} = {value}\n" not in card] == []
