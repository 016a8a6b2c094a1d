"""Which registered template produced a prompt."""

from feedback.attribution.attributor import Attributor

__all__ = ["Attributor"]
