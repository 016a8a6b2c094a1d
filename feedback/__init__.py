"""An event-sourced failure feedback loop for teams who build training data and prompt templates."""

__all__ = ["__version__"]

__version__ = "0.1.0"
