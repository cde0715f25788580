"""An OctoAI-compatible server as a backend."""

from backends.octoai.backend import OctoaiBackend, create
from backends.octoai.settings import NAME, OctoaiSettings
from backends.provider import Provider

CLOSED = (
    "The public OctoAI service closed in October 2024, so ATELIER_OCTOAI_URL and ATELIER_OCTOAI_IMAGE_URL must both "
    "be a compatible server of your own."
)
PROVIDER = Provider(NAME, "the OctoAI-compatible server", OctoaiSettings, create, note=CLOSED)
__all__ = ["PROVIDER", "OctoaiBackend", "OctoaiSettings", "create"]
