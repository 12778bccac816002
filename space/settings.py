"""What a Hugging Face Space sets."""

from __future__ import annotations

from counsel_leaderboard.registry.common.settings import Settings, setting


class SpaceSettings(Settings):
    """Where `space/start.py` listens."""

    port: int = setting("PORT", 7860, "a port", "where a Space's server listens", ge=1, le=65535)
