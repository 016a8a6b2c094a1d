"""Where the browser is."""

import shutil

__all__ = ["NAMES", "chromium_path"]

NAMES = ("chromium", "chromium-browser", "google-chrome")
"""The programs that are looked for, in this order."""


def chromium_path() -> str | None:
    """Return the path of a Chromium on this machine, or None."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)
