"""The hosted backends, to add one, write its folder and add it here."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pydantic import create_model

from backends import fal, krea, novita, octoai, replicate, scenario
from backends.provider import OwnerSettings, Provider

HOSTED: Mapping[str, Provider[Any]] = {
    each.PROVIDER.name: each.PROVIDER for each in (novita, scenario, octoai, replicate, fal, krea)
}

if TYPE_CHECKING:
    HostedSettings = OwnerSettings  # mypy can't follow a class that is made from a list
else:
    HostedSettings = create_model("HostedSettings", __base__=tuple(each.settings for each in HOSTED.values()))
