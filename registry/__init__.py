"""Which datasets exist, where each byte comes from, and loading them."""

from registry.catalog import card, cards
from registry.disclosure import public_sample, withheld
from registry.hashing import fingerprint
from registry.loading import Loaded, load
from registry.schema import Card

__all__ = ["Card", "Loaded", "card", "cards", "fingerprint", "load", "public_sample", "withheld"]
