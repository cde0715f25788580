"""What members do again and again, each step waited for."""

from collections.abc import Sequence
from typing import Any

from playground import Channel, Member, Message, Reply, Upload
from tests.pictures import drawn


async def said(
    member: Member,
    channel: Channel,
    command: str,
    **options: Any,  # noqa: ANN401 - whatever the command's options take
) -> Message:
    """Run a command and return the message that stands in the end."""
    return await settled(member, await member.command(channel, command, **options))


async def settled(member: Member, reply: Reply) -> Message:
    """Return what stands in the end: the answer that no longer says how far the checking is."""
    message = await reply.final()
    return await message.channel.wait_for(
        lambda each: each.id == message.id and not each.text.startswith("Checking"), seen_by=member
    )


async def make_dataset(
    member: Member, channel: Channel, name: str = "Robo", *, pictures: int = 0, first: int = 1
) -> None:
    """Make a dataset with drawn pictures."""
    await said(member, channel, "dataset new", name=name, kind="character")
    uploads = [drawn(number) for number in range(first, first + pictures)]
    for start in range(0, pictures, 10):
        await add(member, channel, name, uploads[start : start + 10])


async def add(member: Member, channel: Channel, dataset: str, uploads: Sequence[Upload]) -> Message:
    """Add up to ten pictures."""
    images = {f"image{number}": upload for number, upload in enumerate(uploads, start=1)}
    return await said(member, channel, "dataset add", dataset=dataset, **images)


async def dataset_id(member: Member, channel: Channel, name: str) -> str:
    """Return the id that stands behind a name in the autocomplete list."""
    (choice,) = await member.autocomplete(channel, "dataset view", "dataset", name)
    return str(choice.value)
