"""The demo ends with its pages, as a process of its own that Ctrl-C stops."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest


@pytest.mark.usefixtures("trained")
def test_the_demo_names_the_address_of_its_pages_and_serves_them_until_ctrl_c(tmp_path: Path) -> None:
    settings = tmp_path / "settings.toml"
    settings.write_text("[serve]\nport = 0\n", encoding="utf-8")
    command = [sys.executable, "-m", "feedback", "demo", "--db", str(tmp_path / "demo.db"), "--serve"]
    environment = os.environ | {"FEEDBACK_SETTINGS": str(settings), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        address = next(found[0] for line in process.stdout if (found := re.search(r"http://\S+", line)))
        page = httpx.get(address, timeout=30)
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)
    assert page.status_code == 200
    assert "What to do first" in page.text
