"""Which registered template produced a prompt."""

from feedback.attribution.attributor import Attributed, Attributor

__all__ = ["Attributed", "Attributor"]
