"""One SQLite file: opening it, and the one way to write to it."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from typing import Any

from sqlite_utils import Database

from feedback.errors import ForeignStore, NotFound, StoreBusy, StoreDamaged, StoreUnusable
from feedback.storage.migrations import MIGRATIONS, STEPS

__all__ = ["Row", "Store", "chunks", "open_store"]

Row = tuple[Any, ...]
_CACHE_KIB = 64 * 1024
_APPLICATION_ID = 0x46424C31  # "FBL1", so that a file of something else is never taken for a store


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
        StoreUnusable: The disk is full, or the file may not be written.
        """
        if self.db.conn.in_transaction:
            yield
            return
        with foreign_errors(self.path):
            self.db.conn.execute("BEGIN IMMEDIATE")
            try:
                yield
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
        partial = target.with_name(f"{target.name}.{token_hex(4)}.partial")
        with foreign_errors(str(target)):
            copy = sqlite3.connect(partial)
            try:
                self.db.conn.backup(copy)
                copy.execute("PRAGMA journal_mode = DELETE")  # one file, without a -wal beside it
            finally:
                copy.close()
        partial.rename(target)

    def interrupt(self) -> None:
        """End the query that another thread is in; it fails there. Nothing where there is none."""
        self.db.conn.interrupt()

    def close(self) -> None:
        """Close the connection."""
        self.db.conn.close()


def open_store(
    path: str | Path, *, create: bool = True, busy_timeout_seconds: float = 30.0, any_thread: bool = False
) -> Store:
    """
    Open the store at `path`, bringing its tables up to date; ":memory:" makes one that lives with the process.

    With `any_thread` threads other than this one may use it too, one at a time.

    Raises:
        NotFound: There is no such file, and `create` is false.
        ForeignStore: The file is a database of something else, or of a newer version of this program.
        StoreDamaged: The file is no SQLite database.
        StoreBusy: Another process held the lock while tables had to be made.
    """
    is_new = str(path) == ":memory:" or not Path(path).exists() or not Path(path).stat().st_size
    if is_new and not create:
        raise NotFound("store", str(path), "name it with --db or FEEDBACK_DB; `feedback ingest` makes one")
    with foreign_errors(str(path)):
        connection = sqlite3.connect(
            path, timeout=busy_timeout_seconds, isolation_level=None, check_same_thread=not any_thread
        )
        store = Store(Database(connection), str(path))
        _refuse_foreign(store)
        if store.rows("PRAGMA journal_mode")[0][0] != "wal":
            connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        if MIGRATIONS.pending(store.db):
            with store.writing():
                connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
                MIGRATIONS.apply(store.db)
                connection.execute("INSERT OR IGNORE INTO meta VALUES ('store_id', ?)", (token_hex(8),))
        return store


def _refuse_foreign(store: Store) -> None:
    """Refuse a database that something else made, or a newer version of this program."""
    (tables,) = store.rows("SELECT count(*) FROM sqlite_master")[0]
    (application_id,) = store.rows("PRAGMA application_id")[0]
    if tables and application_id != _APPLICATION_ID:
        raise ForeignStore(store.path, "it is a database of something else: name another file")
    if unknown := {str(step.name) for step in MIGRATIONS.applied(store.db)} - set(STEPS):
        raise ForeignStore(store.path, f"a newer version made it (steps {', '.join(sorted(unknown))}): upgrade first")


def chunks(values: Iterable[Any], size: int = 500) -> Iterable[tuple[tuple[Any, ...], str]]:
    """Yield `values` in tuples of at most `size`, each with as many question marks for an SQL list."""
    whole = tuple(values)
    for start in range(0, len(whole), size):
        part = whole[start : start + size]
        yield part, ",".join("?" * len(part))


@contextmanager
def foreign_errors(path: str) -> Iterator[None]:
    """Turn SQLite's errors about the file into ours."""
    try:
        yield
    except sqlite3.IntegrityError:
        raise
    except sqlite3.OperationalError as error:
        said = str(error)
        if "locked" in said or "busy" in said:
            raise StoreBusy(path) from error
        if "unable to open" in said:
            raise NotFound("place for a file", path, "its folder must exist, and be writable") from error
        if any(word in said for word in ("disk", "full", "readonly", "I/O")):
            raise StoreUnusable(path, said) from error
        message = f"{path}: {said}. Run `feedback verify`, then `feedback rebuild`."
        raise StoreDamaged(message) from error
    except sqlite3.DatabaseError as error:
        message = f"{path}: {error}. Restore it from a backup."
        raise StoreDamaged(message) from error
