"""The datasets: their cards, where each byte comes from, and how to load them."""

from counsel_leaderboard.registry.cards.catalog import card, cards
from counsel_leaderboard.registry.cards.schema import DatasetCard
from counsel_leaderboard.registry.common.hashing import fingerprint
from counsel_leaderboard.registry.sources.loading import Loaded, load

__all__ = ["DatasetCard", "Loaded", "card", "cards", "fingerprint", "load"]
