"""Roles and overwrites folded into one bit field."""

from dataclasses import dataclass

import pytest

from playground.world.permissions import EVERYTHING, Overwrite, Permission, in_channel, in_guild

SEE, SEND, FILES = Permission.VIEW_CHANNEL, Permission.SEND_MESSAGES, Permission.ATTACH_FILES
EVERYONE, HOSTS, ANA = 1, 2, 3


@dataclass(frozen=True)
class Rank:
    id: int
    permissions: int


@pytest.mark.parametrize(
    ("is_owner", "roles", "expected"),
    [
        (False, [Rank(1, SEE), Rank(2, SEND)], SEE | SEND),
        (True, [Rank(1, 0)], EVERYTHING),
        (False, [Rank(1, 0), Rank(2, Permission.ADMINISTRATOR)], EVERYTHING),
    ],
)
def test_roles_add_up_and_owners_may_all(is_owner: bool, roles: list[Rank], expected: int) -> None:  # noqa: FBT001 - a table's column
    assert in_guild(is_owner=is_owner, roles=roles) == expected


@pytest.mark.parametrize(
    ("overwrites", "expected"),
    [
        ([], SEE | SEND | FILES),
        ([Overwrite(EVERYONE, is_member=False, deny=FILES)], SEE | SEND),
        (
            [Overwrite(EVERYONE, is_member=False, deny=FILES), Overwrite(HOSTS, is_member=False, allow=FILES)],
            SEE | SEND | FILES,
        ),
        (
            [Overwrite(HOSTS, is_member=False, allow=FILES), Overwrite(ANA, is_member=True, deny=FILES)],
            SEE | SEND,
        ),
        ([Overwrite(EVERYONE, is_member=False, deny=SEE)], 0),
        ([Overwrite(EVERYONE, is_member=False, deny=SEND)], SEE),
        ([Overwrite(99, is_member=False, deny=SEE)], SEE | SEND | FILES),
    ],
)
def test_the_more_particular_overwrite_wins(overwrites: list[Overwrite], expected: int) -> None:
    base = SEE | SEND | FILES

    assert in_channel(base, overwrites, everyone_id=EVERYONE, role_ids={HOSTS}, member_id=ANA) == expected


def test_administrators_are_above_overwrites() -> None:
    closed = [Overwrite(EVERYONE, is_member=False, deny=SEE)]

    assert in_channel(EVERYTHING, closed, everyone_id=EVERYONE, role_ids=set(), member_id=ANA) == EVERYTHING
