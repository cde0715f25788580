"""The words of facts that backends report."""

from collections.abc import Callable, Mapping
from datetime import date

from domain.backend_names import spoken
from domain.orders.facts import FactKind, Value

OWNER = "Please tell the person who runs this bot."
Values = Mapping[str, Value]


def _failed(values: Values) -> str:
    who, said = spoken(str(values["backend"]), first=True), values.get("said", "")
    return f"{who} could not finish it. " + (f"It said: {said}." if said else "It did not say why.")


def _short(what: str) -> Callable[[Values], str]:
    def sentence(values: Values) -> str:
        missing = int(values["missing"])
        return f"{missing} of {values['count']} {'was' if missing == 1 else 'were'} {what}."

    return sentence


def _left_out(why: str) -> Callable[[Values], str]:
    def sentence(values: Values) -> str:
        numbers = str(values["numbers"])
        if not numbers:
            return f"Some pictures were {why}, so they were left out."
        if numbers.isdecimal():
            return f"Picture {numbers} was {why}, so it was left out."
        return f"Pictures {numbers} were {why}, so they were left out."

    return sentence


def _captions(values: Values) -> str:
    who, count = spoken(str(values["backend"]), first=True), int(values["count"])
    such = "" if values["is_all"] else "for example "
    had = "One picture had no caption" if count == 1 else f"{count} pictures had no caption"
    return f"{had}; {who} wrote {such}{values['examples']}."


def _useless(values: Values) -> str:
    why = f" It said: {values['said']}." if values["said"] else ""
    return f"It can't use picture {values['numbers']}.{why} Please remove or replace that."


def _steps(values: Values) -> str:
    of = f" of {values['label']}" if "label" in values else ""
    return f"{int(values['steps']):,} steps{of}"


def _price_list(values: Values) -> str:
    return f"estimate, price list of {date.fromisoformat(str(values['as_of'])):%-d %B %Y}"


def _price_asked(values: Values) -> str:
    return f"asked just now, {values['units']:g} compute units; for one unit: {_price_list(values)}"


SPECIAL: Mapping[FactKind, Callable[[Values], str]] = {
    FactKind.FAILED: _failed,
    FactKind.HELD_BACK: _short("held back by its filter"),
    FactKind.NOT_GIVEN: _short("not given"),
    FactKind.NOT_DRAWN: _short("not drawn"),
    FactKind.NOT_TAKEN: _short("not taken there"),
    FactKind.UNREADABLE: _short("unreadable"),
    FactKind.LEFT_OUT_UNSAFE: _left_out("judged unsafe there"),
    FactKind.LEFT_OUT_UNREADY: _left_out("not ready there in time"),
    FactKind.CAPTIONS_WRITTEN: _captions,
    FactKind.PICTURES_USELESS: _useless,
    FactKind.STEPS: _steps,
    FactKind.UNITS: lambda values: f"{values['units']:g} compute units for the training",
    FactKind.PRICE_LIST: _price_list,
    FactKind.PRICE_ASKED: _price_asked,
}
SENTENCES: Mapping[FactKind, str] = {
    FactKind.PREPARING_PICTURES: "It prepares the pictures.",
    FactKind.PREPARING_TRAINING: "{Who} prepares the training.",
    FactKind.DEPLOYING: "It is trained; {who} is putting it into service.",
    FactKind.STOPPED: "It was stopped.",
    FactKind.CANCELLED_THERE: "{Who} cancelled the training on its side.",
    FactKind.DROPPED: "{Who} dropped it before it began. Please start it again.",
    FactKind.TOOK_TOO_LONG: "It took {who} too long, so it gave up. Please try again later.",
    FactKind.NO_MACHINE: "{Who} found no machine for it in time. Please try again later.",
    FactKind.BROKE: "Something broke at {who}. Please try again later.",
    FactKind.FILE_UNREACHABLE: (
        "{Who} could not fetch a file that it needs: the pictures, or the LoRA's own file, which it keeps only for a "
        "time. Please train the LoRA again."
    ),
    FactKind.PICTURES_GONE: ("{Who} kept the pictures for an hour only, and that is over. Please draw them again."),
    FactKind.LORA_GONE: (
        "{Who} trained it, but no longer says where the LoRA is. Please tell the person who runs this bot: it is in "
        "their account at {who}."
    ),
    FactKind.GIVEN_UP: (
        "My worker stopped in the middle of this several times, so I gave it up. Please try again, a training with a "
        "smaller resolution or rank; if it happens again, tell the person who runs this bot."
    ),
    FactKind.FAILED_LONG_AGO: "It failed long ago.",
    FactKind.WITHHELD: "{Who}'s filter kept every picture back. Please word the prompt differently.",
    FactKind.NOTHING_USABLE: "No picture that can be used came of it. Please try again.",
    FactKind.ONE_MORE_PERHAPS: "Its answer to one order was lost, so that may be charged too.",
    FactKind.REFUSED: "{Who} did not accept the order. It said: {said}.",
    FactKind.REFUSED_SETTINGS: (
        "{Who} does not take {names} as it is. Please choose other settings; if that does not help, tell the person "
        "who runs this bot."
    ),
    FactKind.FILTER_REFUSED: "{Who}'s rules do not allow these pictures or words. Please use others.",
    FactKind.PROMPT_REFUSED: "{Who}'s filter does not allow this prompt. Please word it differently.",
    FactKind.PICTURE_REFUSED: "{Who}'s filter refuses one of the pictures. Please take it out.",
    FactKind.NO_FACE: "{Who} finds no face in one of the pictures. Please train it as a style.",
    FactKind.PICTURE_UNUSABLE: "{Who} can't use one of the pictures. Please replace the largest one.",
    FactKind.PICTURE_TOO_SMALL: "One of the pictures is too small for {who}. Please remove the smallest ones.",
    FactKind.PICTURE_TOO_LARGE: "One of the pictures is too large for {who}. Please remove the largest ones.",
    FactKind.PICTURE_UNREADABLE: (
        "{Who} could not read one of the pictures. Please check the dataset and try again."
    ),
    FactKind.PICTURES_UNSAFE: (
        "It judged picture {numbers} unsafe, and fewer than {fewest} are left. Please remove or replace them."
    ),
    FactKind.PICTURE_KIND: "It takes JPEG and PNG only, and picture {number} is neither.",
    FactKind.STILL_CHECKING: "It is still checking picture {numbers}. Please try again later.",
    FactKind.TOO_LARGE: (
        "These pictures are {megabytes} MB together, and {who} takes {most} MB. Please train on fewer pictures."
    ),
    FactKind.SOURCE_TOO_LARGE: "{Who} starts from pictures of at most {most} MB, and this one has more.",
    FactKind.NO_SOURCE_IMAGE: (
        "{Who} draws from words alone and can't start from a picture. Leave `image` out, or pick a model that was "
        "trained elsewhere."
    ),
    FactKind.FOREIGN_LORA: "{Who} draws only with LoRAs trained there. Please choose one of those.",
    FactKind.ONE_FOREIGN_LORA: ("{Who} draws here only with one LoRA that was trained there. Please choose one."),
    FactKind.LORA_NEVER_THERE: "{Who} has never had this LoRA's file, so it can't draw with it.",
    FactKind.LEGACY_LORA: (
        "{Who} did not accept it: {said}. It has given this kind of LoRA up: please choose Z-Image or FLUX.2 instead."
    ),
    FactKind.MOST_PICTURES: (
        "This bot's plan at {who} takes at most {limit} pictures for a training. Please train with fewer."
    ),
    FactKind.MOST_AT_ONCE: (
        "{Who} trains at most {limit} LoRAs at once for this bot. Please try again when one of them has ended."
    ),
    FactKind.CANNOT_STOP: "{Who} can't stop what it has taken. It goes on, and is paid for.",
    FactKind.NO_CREDIT: f"This bot's account at {{who}} has no credit left. {OWNER}",
    FactKind.KEY_REFUSED: f"{{Who}} does not take this bot's key. {OWNER}",
    FactKind.NOT_ALLOWED: f"This bot's account at {{who}} may not do that. {OWNER}",
    FactKind.NOT_OFFERED: f"{{Who}} does not offer this any more. {OWNER}",
    FactKind.PLAN_EXHAUSTED: f"This bot's plan at {{who}} does not allow any more of this. {OWNER}",
    FactKind.NOT_AS_WRITTEN: f"{{Who}} does not take this order as this bot wrote it. {OWNER}",
    FactKind.MODEL_IS_PUBLIC: (f"This bot's model at {{who}} is public, so everybody could use your LoRA. {OWNER}"),
    FactKind.CHECKPOINT_MISSING: f"Its server does not have {{label}}. {OWNER}",
    FactKind.ONE_TRAINING: "one training",
}
