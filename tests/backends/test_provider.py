"""What a provider needs to be on, and what of its settings is secret."""

import pytest
from pydantic import SecretStr

from backends.provider import OwnerSettings, opened
from backends.registry import HOSTED


class KeySettings(OwnerSettings):
    some_key: SecretStr | None = None
    some_url: str = "https://example.org"


def test_only_secrets_that_are_set_are_kept_out_of_the_log() -> None:
    assert KeySettings(_env_file=None, some_key=SecretStr("sk-1")).secrets == ("sk-1",)
    assert KeySettings(_env_file=None).secrets == ()


def test_a_secret_is_sent_as_it_is() -> None:
    assert opened(SecretStr("sk-1")) == "sk-1"
    assert opened(None) == ""


@pytest.mark.parametrize("name", HOSTED)
def test_without_its_key_a_provider_is_off(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    provider = HOSTED[name]
    for setting in provider.needs:
        monkeypatch.delenv(f"ATELIER_{setting.upper()}", raising=False)

    assert provider.needs
    assert list(provider.missing(provider.settings(_env_file=None))) == list(provider.needs)
