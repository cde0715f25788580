"""The entry of the REST API."""

import aiohttp

from playground import Channel, Playground


async def test_requests_without_the_token_or_without_a_route_are_refused(
    discord: Playground, channel: Channel
) -> None:
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{discord.api_url}/users/@me") as nobody:
            answer = await nobody.json()
        async with session.get(
            f"{discord.api_url}/users/@me", headers={"Authorization": f"Bot {discord.token}"}
        ) as me:
            kind = me.headers["Content-Type"]
        headers = {"Authorization": f"Bot {discord.token}", "Content-Type": "application/json"}
        url = f"{discord.api_url}/channels/{channel.id}/messages"
        async with session.post(url, headers=headers, data=b"{no json") as broken:
            wrong = await broken.json()

    assert (nobody.status, answer) == (401, {"message": "401: Unauthorized", "code": 0})
    assert kind == "application/json"
    assert (broken.status, wrong["code"]) == (400, 50109)
