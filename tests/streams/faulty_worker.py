"""A worker that kills itself at a step; otherwise the one of `feedback worker`."""

import argparse
import os
import signal
import sys
from typing import cast

from feedback.cli.shared import fail
from feedback.errors import CallerError, FeedbackError
from feedback.settings import load_settings
from streams.batches import Reached, nothing
from streams.worker import Role, run_role


def kill_at(step: str, number: int) -> Reached:
    """Return what kills the process when it passes a step for the Nth time."""
    passed = 0

    def reached(at: str) -> None:
        nonlocal passed
        passed += at == step
        if passed == number:
            sys.stderr.write(f'{{"event": "killed", "step": "{step}"}}\n')
            sys.stderr.flush()
            os.kill(os.getpid(), signal.SIGKILL)

    return reached


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--role", required=True)
    parser.add_argument("--brokers")
    parser.add_argument("--port", type=int)
    parser.add_argument("--db")
    parser.add_argument("--kill", default="")
    parser.add_argument("--take-over", action="store_true")
    given = parser.parse_args()
    step, _, number = given.kill.partition(":")
    reached = kill_at(step, int(number)) if step else nothing
    try:
        run_role(
            cast("Role", given.role),
            load_settings(),
            brokers=given.brokers,
            port=given.port,
            db=given.db,
            take_over=given.take_over,
            reached=reached,
        )
    except CallerError as error:
        fail(str(error), 2)
    except FeedbackError as error:
        fail(str(error), 1)


if __name__ == "__main__":
    main()
