"""Schema steps of the store, in order. A step that has shipped is never edited; read models may be dropped and rebuilt."""

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from feedback.storage.tables import add_indexes, add_read_model, create_indexes, create_read_models

__all__ = ["MIGRATIONS", "STEPS"]

MIGRATIONS = Migrations("feedback")


@MIGRATIONS()
def the_log_and_its_payloads(db: Database) -> None:
    """Make the append-only log, the payloads it points to, and the state that is no projection."""
    for statement in (
        """CREATE TABLE facts (
            position INTEGER PRIMARY KEY, stream TEXT NOT NULL, version INTEGER NOT NULL, type TEXT NOT NULL,
            recorded_at TEXT NOT NULL, data TEXT NOT NULL, hash TEXT NOT NULL, UNIQUE (stream, version))""",
        "CREATE TABLE payloads (payload_id INTEGER PRIMARY KEY AUTOINCREMENT, salt BLOB NOT NULL, body TEXT NOT NULL)",
        """CREATE TABLE dead_letters (
            letter_id INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE, source TEXT NOT NULL, place TEXT NOT NULL,
            received_at TEXT NOT NULL, payload_id INTEGER NOT NULL)""",
        "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    ):
        db.conn.execute(statement)


@MIGRATIONS()
def the_first_read_models(db: Database) -> None:
    """Make the read models that are folds over the log."""
    create_read_models(db, prefix="", generation="1")
    create_indexes(db, prefix="", generation="1")


@MIGRATIONS()
def the_places_reached(db: Database) -> None:
    """Make the state of what consumes a stream into the store, and of what publishes from it."""
    for statement in (
        """CREATE TABLE consumed (
            cluster TEXT NOT NULL, topic TEXT NOT NULL, partition INTEGER NOT NULL, next_offset INTEGER NOT NULL,
            PRIMARY KEY (cluster, topic, partition)) WITHOUT ROWID""",
        "CREATE TABLE published (outbox TEXT PRIMARY KEY, position INTEGER NOT NULL) WITHOUT ROWID",
        "ALTER TABLE dead_letters ADD COLUMN retried_at TEXT",
    ):
        db.conn.execute(statement)


@MIGRATIONS()
def the_corrections(db: Database) -> None:
    """Make the read model of corrections in stores whose first read models were made without it."""
    add_read_model(db, "corrections")


@MIGRATIONS()
def the_classifiers(db: Database) -> None:
    """Make the read models of trainings and promotions in stores whose first read models were made without them."""
    add_read_model(db, "classifiers")
    add_read_model(db, "promotions")


@MIGRATIONS()
def the_judgements(db: Database) -> None:
    """Make room for what judging counts and says, and for the patterns that wait for it."""
    db.conn.execute("CREATE TABLE unjudged (pattern_id TEXT PRIMARY KEY) WITHOUT ROWID")
    add_read_model(db, "exposures")
    add_read_model(db, "exposed_templates")
    columns = {row[1] for row in db.conn.execute("PRAGMA table_info(patterns)")}
    if "inputs" not in columns:  # made before this step; another rebuild would bring the same
        db.conn.execute("ALTER TABLE patterns ADD COLUMN inputs TEXT")
        for column in ("level_units", "level_hour", "level_required", "level_window_hours"):
            db.conn.execute(f"ALTER TABLE patterns DROP COLUMN {column}")
        db.conn.execute("UPDATE patterns SET inputs = '{}' WHERE verdict IS NOT NULL")
    add_indexes(db, "patterns")


@MIGRATIONS()
def the_noise(db: Database) -> None:
    """Make room for what keeps noise out of tickets: whether a failure counts, and which place is counted as which."""
    add_read_model(db, "grouping_rules")
    columns = {row[1] for row in db.conn.execute("PRAGMA table_info(failures)")}
    if "counts" not in columns:
        db.conn.execute("ALTER TABLE failures ADD COLUMN counts INTEGER NOT NULL DEFAULT 1")
        db.conn.execute("ALTER TABLE failures ADD COLUMN said_locus TEXT")
        db.conn.execute("UPDATE failures SET said_locus = locus")


@MIGRATIONS()
def the_snoozes(db: Database) -> None:
    """Make room for how long a ticket is set aside."""
    columns = {row[1] for row in db.conn.execute("PRAGMA table_info(tickets)")}
    if "snooze" not in columns:
        db.conn.execute("ALTER TABLE tickets ADD COLUMN snooze TEXT")


@MIGRATIONS()
def the_access(db: Database) -> None:
    """Make the state of who may ask: tokens, sessions, and the answers that are remembered."""
    for statement in (
        """CREATE TABLE tokens (
            token_id TEXT PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL, secret_hash TEXT NOT NULL,
            created_at TEXT NOT NULL, expires_at TEXT, revoked_at TEXT, last_used_at TEXT) WITHOUT ROWID""",
        """CREATE TABLE sessions (
            secret_hash TEXT PRIMARY KEY, token_id TEXT NOT NULL, created_at TEXT NOT NULL,
            expires_at TEXT NOT NULL) WITHOUT ROWID""",
        """CREATE TABLE answers (
            caller TEXT NOT NULL, key TEXT NOT NULL, request_hash TEXT NOT NULL, status INTEGER NOT NULL,
            body TEXT NOT NULL, answered_at TEXT NOT NULL, PRIMARY KEY (caller, key)) WITHOUT ROWID""",
        "CREATE INDEX answers_by_time ON answers (answered_at)",
    ):
        db.conn.execute(statement)


@MIGRATIONS()
def the_merges_and_splits(db: Database) -> None:
    """Make room for tickets that are merged into others, and for places that are split off their pattern."""
    add_read_model(db, "splits")
    add_read_model(db, "split_loci")
    columns = {row[1] for row in db.conn.execute("PRAGMA table_info(tickets)")}
    if "merged_into" not in columns:
        db.conn.execute("ALTER TABLE tickets ADD COLUMN merged_into TEXT")
    add_indexes(db, "tickets")


@MIGRATIONS()
def the_words_of_people(db: Database) -> None:
    """Make room for corrections of templates and loci, and for what orders the triage queue."""
    columns = {row[1] for row in db.conn.execute("PRAGMA table_info(failures)")}
    if "margin" not in columns:
        db.conn.execute("ALTER TABLE failures ADD COLUMN margin REAL")
        db.conn.execute(
            """UPDATE failures SET margin = (
                   SELECT failures.probability - coalesce((
                       SELECT value FROM (SELECT value, row_number() OVER (ORDER BY value DESC) AS place
                                          FROM json_each(data, '$.alternatives'))
                       WHERE place = 1 + (json_extract(data, '$.category') = 'needs_triage')), 0)
                   FROM facts WHERE facts.position = assessed_position)
               WHERE assessed_position IS NOT NULL AND NOT EXISTS (
                   SELECT 1 FROM corrections c WHERE c.event_id = failures.event_id AND person)"""
        )
    columns = {row[1] for row in db.conn.execute("PRAGMA table_info(corrections)")}
    if "aspects" not in columns:
        for column in (
            "aspects TEXT NOT NULL DEFAULT '[\"category\"]'",
            "template TEXT",
            "locus TEXT",
            "said_fingerprint TEXT",
        ):
            db.conn.execute(f"ALTER TABLE corrections ADD COLUMN {column}")
    add_indexes(db, "failures")
    add_indexes(db, "corrections")


@MIGRATIONS()
def the_makings_of_templates(db: Database) -> None:
    """Find quickly what was made from a template: its samples, and the failures that were put down to a sample's."""
    add_indexes(db, "samples")
    add_indexes(db, "failures")


@MIGRATIONS()
def the_deliveries(db: Database) -> None:
    """Make the state of what webhooks are told: one row for each fact and webhook."""
    for statement in (
        """CREATE TABLE deliveries (
            webhook TEXT NOT NULL, position INTEGER NOT NULL, event_id TEXT NOT NULL, type TEXT NOT NULL,
            ticket_id TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, next_attempt_at TEXT, last_attempt_at TEXT,
            last_status INTEGER, last_error TEXT, delivered_at TEXT, given_up_at TEXT,
            PRIMARY KEY (position, webhook)) WITHOUT ROWID""",
        """CREATE INDEX deliveries_waiting ON deliveries (webhook, ticket_id, position)
           WHERE next_attempt_at IS NOT NULL""",
        "CREATE INDEX deliveries_ended ON deliveries (coalesce(delivered_at, given_up_at))",
    ):
        db.conn.execute(statement)


STEPS = (
    "the_log_and_its_payloads",
    "the_first_read_models",
    "the_places_reached",
    "the_corrections",
    "the_classifiers",
    "the_judgements",
    "the_noise",
    "the_snoozes",
    "the_access",
    "the_merges_and_splits",
    "the_words_of_people",
    "the_makings_of_templates",
    "the_deliveries",
)
"""Names of the steps above; a store that was given others was made by a newer version."""
