"""The words of facts that a worker of our own reports."""

from collections.abc import Mapping

from domain.orders.facts import FactKind

TELL = "Please tell the person who runs this bot."
SENTENCES: Mapping[FactKind, str] = {
    # How a job of our own worker goes.
    FactKind.LOADING: "loading",
    FactKind.ENCODING: "looking at your pictures ({done} of {of})",
    FactKind.TRAINING: "training",
    FactKind.DRAWING: "drawing",
    # Why a job of our own worker failed.
    FactKind.WORKER_BROKE: "Something went wrong in the worker. Please try again; if it stays, tell the person who "
    "runs this bot. Reference `{reference}`.",
    FactKind.DISK_FULL: f"The disk of the machine that trains and draws is full. {TELL}",
    FactKind.JOB_UNKNOWN: "The worker does not understand this job; it is probably older or newer than the bot. "
    "Start both from the same version and try again.",
    FactKind.OUT_OF_MEMORY: "There was not enough memory for this. A smaller resolution, rank or batch needs less; "
    "please try again.",
    FactKind.NO_PICTURES: "There is no picture to train on. Add some pictures and start again.",
    FactKind.PICTURE_DAMAGED: "I can't read the picture {name}: it is damaged or of a kind I don't know. "
    "Replace or remove it and start again.",
    FactKind.STORED_FILE_DAMAGED: f"A file that this needs is gone or damaged on the disk. {TELL}",
    FactKind.CHECKPOINT_UNKNOWN: "This worker has no checkpoint `{name}`. Pick another, or ask the person who runs "
    "it.",
    FactKind.CHECKPOINT_NOT_FOUND: f"There is no checkpoint at `{{name}}`. {TELL}",
    FactKind.CHECKPOINT_BROKEN: f"`{{name}}` does not load as a diffusers checkpoint. {TELL}",
    FactKind.CHECKPOINT_OF_OTHER_KIND: "`{name}` is a {is_a}; I can train checkpoints of the Stable Diffusion 1.x "
    "shape.",
    FactKind.OBJECTIVE_UNKNOWN: "`{name}` learns in a way that I don't know: {said}.",
    FactKind.LORA_UNUSABLE: "The LoRA file can't be used with this checkpoint: it is damaged, no LoRA, "
    "or made for another family.",
    FactKind.LORA_OF_OTHER_SHAPE: "The LoRA file does not fit this checkpoint: {used} of its {layers} "
    "layers would be used.",
    FactKind.LORA_LACKS_LAYERS: "The LoRA file came out wrong: {missing} of {layers} layers are not in it.",
    FactKind.LORA_LAYER_WRONG: "The LoRA file came out wrong: layer {layer} is not what was trained.",
    # What only the worker's own command line meets has its words there.
}
