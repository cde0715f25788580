"""The words of the worker's command line."""

from domain.datasets.errors import TriggerWordRefused, WordFault
from domain.orders.facts import Fact, FactKind


def words(fact: Fact) -> str:
    """Return what a user of the command line reads of a failure."""
    values = fact.values
    match fact.kind:
        case FactKind.CHECKPOINT_BROKEN:
            online = "" if values["is_local"] else ", that the id is right and that this machine is online"
            return (
                f"`{values['name']}` does not load as a diffusers checkpoint. "
                f"Check that the folder is complete{online}."
            )
        case kind if kind in SENTENCES:
            return SENTENCES[kind].format_map(values)
        case kind:
            return ", ".join([kind, *(f"{name}={value}" for name, value in values.items())])


def trigger_word(error: TriggerWordRefused) -> str:
    """Return why a word can't be the trigger word, and one that can."""
    match error.fault:
        case WordFault.SHAPE | WordFault.TAKEN:
            why = "A trigger word is 3 to 16 letters and digits, starting with a letter, without spaces."
        case WordFault.COMMON:
            why = f"`{error.word}` is an everyday word that the checkpoint already draws in its own way."
    return f"{why} How about `{error.suggestion}`?"


SENTENCES = {
    FactKind.CAPTION_UNREADABLE: "The caption file {name} is not text in UTF-8. Save it again as plain text.",
    FactKind.CHECKPOINT_NOT_FOUND: "There is no checkpoint at `{name}`. Give `atelier-tiny`, a folder in diffusers "
    "layout, or a Hugging Face id such as `owner/name`.",
    FactKind.CHECKPOINT_OF_OTHER_KIND: "`{name}` is a {is_a}; I can train checkpoints of the Stable Diffusion 1.x "
    "shape.",
    FactKind.FOLDER_EMPTY: "There are no pictures in {folder}. Put some PNG, JPEG or WebP files there.",
    FactKind.FOLDER_MISSING: "There is no folder {folder}. Give one that holds your pictures.",
    FactKind.LORA_OF_OTHER_SHAPE: "{name} does not fit this checkpoint: {used} of its {layers} layers would be used.",
    FactKind.LORA_UNUSABLE: "{name} can't be used with this checkpoint: it is damaged, no LoRA, or made for another "
    "family.",
    FactKind.NO_PICTURES: "There is no picture to train on. Add some pictures and start again.",
    FactKind.OUT_OF_MEMORY: "There was not enough memory for this. A smaller resolution, rank or batch needs less.",
    FactKind.PICTURE_DAMAGED: "I can't read the picture {name}: it is damaged or of a kind I don't know. "
    "Replace or remove it and start again.",
    FactKind.PRESET_UNKNOWN: "There is no preset `{preset}` for {family}; choose fast, balanced or best.",
}
