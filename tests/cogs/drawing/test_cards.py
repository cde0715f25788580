from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import discord
import pytest

from cogs.drawing import cards as result_cards
from domain.drawing.drawings import Drawing, alt_text
from domain.drawing.recipes import Recipe
from domain.models.loras import Lora
from domain.money.charges import NOTHING, PERHAPS, UNKNOWN, Charge, amount
from domain.orders.facts import FactKind, fact
from domain.orders.orders import Order, OrderPrice, Times
from domain.orders.progress import Progress, RemoteState
from domain.orders.states import OrderStatus
from services.drawing.wishes import DrawingView
from tests.domain.orders.changed import changed

ID = "0123456789abcdef0123456789abcdef"
ROBO = Lora(
    id="f" * 32,
    guild_id=1,
    owner_id=7,
    task_id="t" * 32,
    name="Robo",
    version=2,
    checkpoint="atelier-tiny",
    backend="local",
    trigger_word="zorbo",
    sha256="a" * 64,
    size=900_000,
    base_loss=0.2,
    held_out_loss=0.15,
    created_at=1_000.0,
)


def drawn(
    status: OrderStatus,
    *,
    lora: Lora | None = ROBO,
    prompt: str = "on a beach",
    full_prompt: str = "zorbo, on a beach",
    position: int | None = None,
    reason: str = "",
    count: int = 3,
) -> DrawingView:
    recipe = Recipe(
        prompt=prompt,
        full_prompt=full_prompt,
        checkpoint="atelier-tiny",
        lora_id=lora.id if lora else None,
        strength=0.8,
        count=count,
        seed=41,
        width=64,
        height=64,
    )
    order = Order(
        id=ID,
        guild_id=1,
        channel_id=2,
        owner_id=7,
        backend="local",
        status=status,
        price=OrderPrice(is_free=True, booked_micros=0 if status.is_final else None),
        progress=Progress(RemoteState.QUEUED, position=position),
        reason=fact(FactKind.WORDS, said=reason) if reason else None,
        times=Times(1_000.0, 1_000.0),
    )
    pictures = ("p" * 64,) * count if status is OrderStatus.SUCCEEDED else ()
    return DrawingView(Drawing(order, recipe, pictures), lora)


def from_picture(one: DrawingView) -> DrawingView:
    recipe = replace(one.drawing.recipe, source_sha256="5" * 64, change=0.6)
    return replace(one, drawing=replace(one.drawing, recipe=recipe))


def parts(components: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for component in components:
        yield component
        yield from parts(component.get("components", ()))


def text(view: discord.ui.LayoutView) -> str:
    return "\n".join(part["content"] for part in parts(view.to_components()) if part["type"] == 10)


def labels(view: discord.ui.LayoutView) -> list[str]:
    return [f"{part['emoji']['name']} {part['label']}" for part in parts(view.to_components()) if part["type"] == 2]


@pytest.mark.parametrize(
    ("status", "position", "words"),
    [
        (OrderStatus.SUBMITTING, None, "waiting"),
        (OrderStatus.QUEUED, 2, "2 ahead of you"),
        (OrderStatus.QUEUED, 0, "starting"),
        (OrderStatus.RUNNING, None, "under way"),
    ],
)
def test_a_waiting_drawing_says_where_it_stands_and_can_be_stopped(
    status: OrderStatus, position: int | None, words: str
) -> None:
    view = result_cards.card(drawn(status, position=position))

    assert text(view).startswith(f"🎨 **Drawing 3 pictures** with `Robo v2` · {words}")
    assert labels(view) == ["⏹️ Stop"]


def test_a_result_shows_pictures_with_alt_text_the_added_trigger_word_and_every_next_step() -> None:
    view = result_cards.card(drawn(OrderStatus.SUCCEEDED), ["a.png", "b.png", "c.png"])
    gallery = next(part for part in parts(view.to_components()) if part["type"] == 12)

    assert [item["media"]["url"] for item in gallery["items"]] == [
        "attachment://a.png",
        "attachment://b.png",
        "attachment://c.png",
    ]
    assert gallery["items"][1]["description"] == "on a beach (2 of 3) · Robo v2 · AI-generated"
    assert "`zorbo, on a beach`" in text(view)
    assert "I added the trigger word `zorbo` · strength 0.8 · seed 41 · 64 × 64" in text(view)
    assert labels(view) == ["🔄 Re-roll", "✏️ Edit", "ℹ️ Info", "🗑️ Delete"]


def test_a_result_without_a_model_names_the_checkpoint_and_no_strength() -> None:
    view = result_cards.card(drawn(OrderStatus.SUCCEEDED, lora=None, full_prompt="on a beach"), ["a.png"])

    assert "drawn with `atelier-tiny`" in text(view)
    assert "strength" not in text(view)
    assert "trigger" not in text(view)


def test_a_failure_says_what_why_what_to_do_and_that_nothing_was_charged() -> None:
    view = result_cards.card(drawn(OrderStatus.FAILED, reason="The worker ran out of memory."))

    assert "This drawing failed.** The worker ran out of memory. Nothing was charged." in text(view)
    assert "Try again" in text(view)
    assert labels(view)[0] == "🔄 Try again"


@pytest.mark.parametrize(
    ("price", "words"),
    [
        (OrderPrice(is_free=True, ceiling_micros=0, charge=NOTHING, booked_micros=0), ""),
        (OrderPrice(ceiling_micros=70_000), " · up to $0.07"),
        (OrderPrice(ceiling_micros=70_000, charge=amount(60_000), booked_micros=60_000), " · $0.06"),
        (OrderPrice(ceiling_micros=70_000, charge=UNKNOWN, booked_micros=70_000), " · about $0.07"),
        (OrderPrice(ceiling_micros=5_243, charge=UNKNOWN, booked_micros=5_243), " · less than $0.01"),
        (OrderPrice(ceiling_micros=70_000, charge=NOTHING, booked_micros=0), " · nothing charged"),
    ],
)
def test_a_result_and_its_recipe_say_what_it_cost(price: OrderPrice, words: str) -> None:
    done = drawn(OrderStatus.SUCCEEDED)
    paid = replace(done, drawing=changed(done.drawing, backend="fal", price=price))
    footer = next(line for line in text(result_cards.card(paid, ["a.png"])).splitlines() if line.startswith("-#"))

    assert footer.endswith(f"64 × 64{words}")
    assert f"in order{words.replace(' · ', ', ')}\nCopy" in result_cards.recipe_text(paid)


@pytest.mark.parametrize(
    ("charge", "words"),
    [
        (NOTHING, "It broke. Nothing was charged."),
        (amount(60_000), "It broke. $0.06 was charged by Replicate."),
        (UNKNOWN, "It broke. It counts as $0.06, as Replicate does not say what it charges."),
        (PERHAPS, "It broke. It may have been charged, so it counts as $0.06."),
    ],
)
def test_a_failure_says_once_what_it_cost(charge: Charge, words: str) -> None:
    failed = drawn(OrderStatus.FAILED, reason="It broke.")
    price = OrderPrice(ceiling_micros=60_000, charge=charge, booked_micros=60_000)
    drawing = changed(failed.drawing, backend="replicate", price=price)
    lines = text(result_cards.card(replace(failed, drawing=drawing))).splitlines()

    assert lines[0] == f"⚠️ **This drawing failed.** {words}"


def test_a_drawing_that_was_stopped_says_what_it_cost() -> None:
    stopped = drawn(OrderStatus.CANCELLED)
    paid = changed(
        stopped.drawing, backend="fal", price=OrderPrice(ceiling_micros=70_000, charge=UNKNOWN, booked_micros=70_000)
    )

    assert "was stopped.** Nothing was charged." in text(result_cards.card(stopped))
    assert "was stopped.** It counts as $0.07, as fal does not" in text(
        result_cards.card(replace(stopped, drawing=paid))
    )


def test_no_text_of_a_member_can_ping_or_format() -> None:
    view = result_cards.card(drawn(OrderStatus.RUNNING, full_prompt="`@everyone` **hi** <@1>"))

    assert "`ˋ@everyoneˋ **hi** <@1>`" in text(view)


@pytest.mark.parametrize("status", list(OrderStatus))
def test_every_card_stays_within_discords_limits(status: OrderStatus) -> None:
    long = "word " * 200
    view = result_cards.card(drawn(status, prompt=long, full_prompt=long), ["1.png", "2.png", "3.png"])
    every = list(parts(view.to_components()))

    assert len(every) <= 40
    assert len(text(view)) <= 4_000
    assert all(len(part["custom_id"]) <= 100 for part in every if part["type"] == 2)


def test_alt_text_fits_whatever_the_prompt() -> None:
    drawing = drawn(OrderStatus.SUCCEEDED, prompt="x" * 1_000).drawing

    assert len(alt_text(drawing, "N" * 44, 1)) <= 256


def test_the_recipe_can_be_copied_whole_and_fits_a_message() -> None:
    recipe = result_cards.recipe_text(drawn(OrderStatus.SUCCEEDED))
    longest = result_cards.recipe_text(drawn(OrderStatus.SUCCEEDED, prompt="``` " * 250, full_prompt="x" * 1_018))

    assert "/imagine prompt:on a beach model:Robo v2 strength:0.8 count:3 seed:41" in recipe
    assert "trigger word `zorbo` (added by itself)" in recipe
    assert "seeds 41 to 43, in order" in recipe
    assert len(longest) <= 2_000
    assert longest.count("```") == 2


def test_a_file_is_named_after_its_model_and_seed() -> None:
    assert result_cards.filename(drawn(OrderStatus.SUCCEEDED), 3, extension="png") == "robo-v2-43.png"


def test_a_drawing_from_a_picture_says_so_and_how_much_of_it_changed() -> None:
    plain = drawn(OrderStatus.SUCCEEDED, count=1)
    started = from_picture(plain)

    assert "started from a picture, change 0.6: attach it as `image` again" in result_cards.recipe_text(started)
    assert "seed:41 change:0.6 ratio:1:1\n" in result_cards.recipe_text(started)
    assert text(result_cards.card(started, ["a.png"])).endswith("64 × 64 · started from a picture, change 0.6")
    assert "change" not in result_cards.recipe_text(plain) + text(result_cards.card(plain, ["a.png"]))


def sized(one: DrawingView, width: int, height: int) -> DrawingView:
    recipe = replace(one.drawing.recipe, width=width, height=height)
    return replace(one, drawing=replace(one.drawing, recipe=recipe))


def test_the_command_to_copy_draws_the_same_shape_again() -> None:
    plain = drawn(OrderStatus.SUCCEEDED)

    assert "count:3 seed:41\n" in result_cards.recipe_text(plain)
    assert "count:3 seed:41 ratio:16:9\n" in result_cards.recipe_text(sized(plain, 88, 48))
    assert "change:0.6 ratio:3:4\n" in result_cards.recipe_text(sized(from_picture(plain), 440, 592))


def test_a_shape_that_no_ratio_has_is_told_beside_the_picture_that_it_is_from() -> None:
    recipe = result_cards.recipe_text(sized(from_picture(drawn(OrderStatus.SUCCEEDED)), 416, 624))

    assert "attach it as `image` again; it is drawn in that picture's shape, 416 × 624\n" in recipe
    assert "change:0.6\n" in recipe
