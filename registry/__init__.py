"""Which datasets exist, where each byte comes from, and loading them."""

from registry.cards.catalog import card, cards
from registry.cards.schema import Card
from registry.common.hashing import fingerprint
from registry.disclosure import public_sample, withheld
from registry.sources.loading import Loaded, load

__all__ = ["Card", "Loaded", "card", "cards", "fingerprint", "load", "public_sample", "withheld"]
