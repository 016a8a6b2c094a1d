"""One SQLite file: opening it, and the one way to write to it."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from typing import Any

from sqlite_utils import Database

from feedback.errors import NotFound, StoreBusy, StoreDamaged
from feedback.storage.migrations import MIGRATIONS

__all__ = ["Row", "Store", "open_store"]

Row = tuple[Any, ...]
_CACHE_KIB = 64 * 1024


class Store:
    """
    An open store. One process may hold several, several processes may hold the same file.

    Reading needs no more than `rows`; everything that writes happens inside `writing`.
    """

    def __init__(self, db: Database, path: str) -> None:
        """Wrap an open connection; use `open_store`."""
        self.db = db
        self.path = path

    @contextmanager
    def writing(self) -> Iterator[None]:
        """
        Hold the file's write lock for the block, and commit at its end; nest freely.

        Begins IMMEDIATE: a deferred transaction that reads first fails at once when another process has written since.

        Raises:
            StoreBusy: Another process held the lock for longer than the busy timeout.
        """
        if self.db.conn.in_transaction:
            yield
            return
        with foreign_errors(self.path):
            self.db.conn.execute("BEGIN IMMEDIATE")
        try:
            yield
            with foreign_errors(self.path):
                self.db.conn.execute("COMMIT")
        except BaseException:
            if self.db.conn.in_transaction:
                self.db.conn.execute("ROLLBACK")
            raise

    def rows(self, sql: str, parameters: tuple[Any, ...] = ()) -> list[Row]:
        """Return all rows of a query."""
        with foreign_errors(self.path):
            return self.db.conn.execute(sql, parameters).fetchall()

    def stream(self, sql: str, parameters: tuple[Any, ...] = ()) -> Iterator[Row]:
        """Yield the rows of a query one by one, without holding them all."""
        with foreign_errors(self.path):
            yield from self.db.conn.execute(sql, parameters)

    @property
    def store_id(self) -> str:
        """The random id that this store was given when it was made."""
        return str(self.rows("SELECT value FROM meta WHERE key = 'store_id'")[0][0])

    def backup(self, target: Path) -> None:
        """Copy the whole store to `target`, which must not exist, while others go on writing."""
        partial = target.with_name(target.name + ".partial")
        partial.unlink(missing_ok=True)
        copy = sqlite3.connect(partial)
        try:
            with foreign_errors(self.path):
                self.db.conn.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, without a -wal beside it
        finally:
            copy.close()
        partial.rename(target)

    def close(self) -> None:
        """Close the connection."""
        self.db.conn.close()


def open_store(path: str | Path, *, create: bool = True, busy_timeout_seconds: float = 30.0) -> Store:
    """
    Open the store at `path`, bringing its tables up to date; ":memory:" makes one that lives with the process.

    Raises:
        NotFound: There is no such file, and `create` is false.
        StoreDamaged: The file is no SQLite database.
        StoreBusy: Another process held the lock while tables had to be made.
    """
    if not create and str(path) != ":memory:" and not Path(path).exists():
        raise NotFound("store", str(path), "name it with --db or FEEDBACK_DB; `feedback ingest` makes one")
    with foreign_errors(str(path)):
        connection = sqlite3.connect(path, timeout=busy_timeout_seconds, isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        store = Store(Database(connection), str(path))
        if MIGRATIONS.pending(store.db):
            with store.writing():
                MIGRATIONS.apply(store.db)
                connection.execute("INSERT OR IGNORE INTO meta VALUES ('store_id', ?)", (token_hex(8),))
        return store


@contextmanager
def foreign_errors(path: str) -> Iterator[None]:
    """Turn SQLite's errors about the file into ours."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if "locked" in str(error) or "busy" in str(error):
            raise StoreBusy(path) from error
        if "unable to open" in str(error):
            raise NotFound("folder for the store", path, "make it first") from error
        raise
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.IntegrityError):
            raise
        message = f"{path}: {error}. Restore it from a backup."
        raise StoreDamaged(message) from error
