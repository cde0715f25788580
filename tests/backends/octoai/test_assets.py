"""The assets of an OctoAI-compatible server."""

import pytest

from backends.octoai.assets import Asset, number_of


@pytest.mark.parametrize(("name", "number"), [("atelier-k3x-012", 12), ("atelier-k3x", None), ("x", None)])
def test_an_asset_name_carries_the_number_of_the_picture(name: str, number: int | None) -> None:
    assert number_of(Asset(id="asset_1", name=name, status="ready")) == number
