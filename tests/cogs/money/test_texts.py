"""What moderators read about money, at its longest."""

import pytest

from cogs.money import texts as money_texts
from domain.money.limits import SpendingLimits, Used
from domain.money.orphaned_work import OrphanedWork
from services.money.spending import BackendStatus, ServerStatus, Standing

STANDING = Standing(Used(), SpendingLimits(bot=30_000_000, guild=15_000_000, member=5_000_000), is_paused=True)


def status(*, places: int, findings: int, longest: int = 36) -> ServerStatus:
    name = "n" * longest
    return ServerStatus(
        STANDING,
        [BackendStatus("octoai", is_free=False, is_there=False, says="s" * 300, spent=1) for _ in range(places)],
        running=1,
        waiting=2,
        orphans=[OrphanedWork("octoai", f"{n}-{name}", name, "running", 1_000.0) for n in range(findings)],
    )


@pytest.mark.parametrize(
    ("places", "findings", "longest", "end"),
    [
        (1, 0, 36, "everything that costs money."),
        (3, 10, 36, "first seen <t:1000:R>"),
        (3, 12, 36, "… and 2 more"),
        (7, 12, 36, "… and 2 more"),
        (7, 12, 200, "… and 9 more"),
        (12, 1_234, 200, "it may cost money): 1,234"),
    ],
)
def test_a_status_fits_on_one_card_and_counts_the_findings_that_it_leaves_out(
    places: int, findings: int, longest: int, end: str
) -> None:
    text = money_texts.status_text(status(places=places, findings=findings, longest=longest))

    assert len(text) <= 3_900
    assert text.endswith(end)
    assert "Each member: $5.00 a month" in text.split("Unknown work")[0]
