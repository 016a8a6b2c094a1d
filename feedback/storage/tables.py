"""The read models: their tables, and how a rebuilt set takes the place of the live one."""

from sqlite_utils import Database

__all__ = [
    "IN_TRIAGE",
    "READ_MODELS",
    "add_indexes",
    "add_read_model",
    "create_indexes",
    "create_read_models",
    "drop_read_models",
    "exchange_read_models",
]

IN_TRIAGE = """counts AND category IS NOT NULL AND ((category = 'needs_triage' AND margin IS NOT NULL)
    OR (template_name IS NULL AND template_method IS NOT 'person'))"""
"""
Which failures wait for a person: to say what they are, or whose. Where one has spoken of the category there is no margin.

The index on them serves this very condition only, and holds what it asks, so that the queue is read from it alone.
"""
_ASKED = ("counts", "category", "template_name", "template_method")

_COLUMNS = {
    "failures": """
        position INTEGER PRIMARY KEY, event_id TEXT NOT NULL UNIQUE, occurred_at TEXT NOT NULL, hour INTEGER NOT NULL,
        channel TEXT NOT NULL, source TEXT NOT NULL, dataset TEXT, dataset_version TEXT, training_version TEXT,
        sample_id TEXT, session_id TEXT, unit TEXT NOT NULL, labels TEXT NOT NULL, has_request INTEGER NOT NULL,
        payload_id INTEGER NOT NULL, assessed_position INTEGER, category TEXT, probability REAL,
        said_template TEXT, template_name TEXT, template_version TEXT, template_score REAL, template_method TEXT,
        effective_version TEXT, risk_level TEXT, locus TEXT, fingerprint TEXT, pattern_id TEXT,
        classifier_version TEXT, evidence_payload_id INTEGER, counts INTEGER NOT NULL DEFAULT 1,
        said_locus TEXT, margin REAL""",
    "patterns": """
        pattern_id TEXT PRIMARY KEY, category TEXT NOT NULL, template_name TEXT NOT NULL, failures INTEGER NOT NULL,
        units INTEGER NOT NULL, first_seen TEXT NOT NULL, last_seen TEXT NOT NULL, high_risk INTEGER NOT NULL,
        verdict TEXT, reason TEXT, inputs TEXT""",
    "pattern_units": "pattern_id TEXT, unit TEXT, failures INTEGER NOT NULL, PRIMARY KEY (pattern_id, unit)",
    "pattern_hours": "pattern_id TEXT, hour INTEGER, unit TEXT, PRIMARY KEY (pattern_id, hour, unit)",
    "pattern_loci": """
        pattern_id TEXT, locus TEXT, fingerprint TEXT NOT NULL, failures INTEGER NOT NULL, first_seen TEXT NOT NULL,
        case_seen TEXT, case_event TEXT, PRIMARY KEY (pattern_id, locus)""",
    "pattern_versions": """
        pattern_id TEXT, version TEXT, failures INTEGER NOT NULL, PRIMARY KEY (pattern_id, version)""",
    "grouping_rules": """
        pattern_id TEXT, locus TEXT, counted_as TEXT NOT NULL, actor TEXT NOT NULL, recorded_at TEXT NOT NULL,
        PRIMARY KEY (pattern_id, locus)""",
    "splits": "pattern_id TEXT PRIMARY KEY, whole_id TEXT NOT NULL, place TEXT NOT NULL",
    "split_loci": """
        whole_id TEXT, locus TEXT, pattern_id TEXT NOT NULL, actor TEXT NOT NULL, recorded_at TEXT NOT NULL,
        PRIMARY KEY (whole_id, locus)""",
    "exposures": """
        exposure_id TEXT PRIMARY KEY, template_name TEXT NOT NULL, template_version TEXT NOT NULL, training_version TEXT,
        first_hour INTEGER NOT NULL, hours INTEGER NOT NULL, interactions INTEGER NOT NULL, sessions INTEGER""",
    "exposed_templates": "template_name TEXT PRIMARY KEY, interactions INTEGER NOT NULL",
    "templates": """
        name TEXT, version TEXT, kind TEXT NOT NULL, content_hash TEXT NOT NULL, body TEXT NOT NULL,
        registered_at TEXT NOT NULL, position INTEGER NOT NULL, PRIMARY KEY (name, version)""",
    "samples": """
        sample_id TEXT, dataset TEXT, dataset_version TEXT, template_name TEXT NOT NULL, template_version TEXT NOT NULL,
        body TEXT NOT NULL, PRIMARY KEY (sample_id, dataset, dataset_version)""",
    "training_versions": "training_version TEXT PRIMARY KEY, body TEXT NOT NULL",
    "training_templates": """
        training_version TEXT, template_name TEXT, version TEXT NOT NULL,
        PRIMARY KEY (training_version, template_name)""",
    "tickets": """
        ticket_id TEXT PRIMARY KEY, kind TEXT NOT NULL, pattern_id TEXT NOT NULL, opening INTEGER NOT NULL,
        state TEXT NOT NULL, version INTEGER NOT NULL, approvals TEXT NOT NULL, assignee TEXT, fixed_in TEXT,
        opened_at TEXT NOT NULL, changed_at TEXT NOT NULL, snooze TEXT, merged_into TEXT""",
    "cases": """
        case_id TEXT PRIMARY KEY, ticket_id TEXT NOT NULL, pattern_id TEXT NOT NULL, event_id TEXT NOT NULL,
        locus TEXT NOT NULL, fingerprint TEXT NOT NULL, checks TEXT NOT NULL, payload_id INTEGER NOT NULL""",
    "corrections": """
        position INTEGER PRIMARY KEY, recorded_at TEXT NOT NULL, event_id TEXT NOT NULL, actor TEXT NOT NULL,
        person INTEGER NOT NULL, category TEXT NOT NULL, said TEXT NOT NULL, classifier_version TEXT,
        aspects TEXT NOT NULL DEFAULT '["category"]', template TEXT, locus TEXT, said_fingerprint TEXT""",
    "classifiers": """
        classifier_version TEXT PRIMARY KEY, position INTEGER NOT NULL, recorded_at TEXT NOT NULL,
        champion_version TEXT NOT NULL, cases INTEGER NOT NULL, corrections INTEGER NOT NULL, upto INTEGER NOT NULL,
        precision REAL NOT NULL, figures TEXT NOT NULL, better INTEGER NOT NULL""",
    "promotions": """
        position INTEGER PRIMARY KEY, recorded_at TEXT NOT NULL, classifier_version TEXT NOT NULL,
        previous TEXT NOT NULL, corrections_upto INTEGER, actor TEXT NOT NULL, reason TEXT NOT NULL""",
}
_KEYED = {
    "failures",
    "patterns",
    "exposures",
    "templates",
    "tickets",
    "cases",
    "corrections",
    "training_versions",
    "promotions",
}
_INDEXES = {
    "failures_by_pattern": "failures (pattern_id, occurred_at, event_id) WHERE pattern_id IS NOT NULL",
    "failures_by_template": "failures (template_name, template_version) WHERE template_name IS NOT NULL",
    "failures_by_sample": "failures (sample_id) WHERE sample_id IS NOT NULL",
    "failures_in_triage": f"failures (fingerprint, margin, event_id, {', '.join(_ASKED)}) WHERE {IN_TRIAGE}",
    "failures_by_training": "failures (training_version) WHERE training_version IS NOT NULL",
    "failures_put_down": "failures (position) WHERE template_method = 'sample'",
    "samples_by_template": "samples (template_name, template_version)",
    "patterns_by_template": "patterns (template_name)",
    "exposures_by_template": "exposures (template_name, first_hour)",
    "tickets_by_pattern": "tickets (pattern_id, kind)",
    "tickets_by_target": "tickets (merged_into) WHERE merged_into IS NOT NULL",
    "splits_by_whole": "splits (whole_id)",
    "cases_by_pattern": "cases (pattern_id)",
    "corrections_by_event": "corrections (event_id, position)",
    "corrections_by_fingerprint": "corrections (said_fingerprint, event_id) WHERE person",
}
_INDEXES_FOR_READING = {
    "failures_by_time": "failures (occurred_at)",
    "failures_waiting": "failures (position) WHERE category IS NULL",
}
READ_MODELS = tuple(_COLUMNS)
"""Names of the tables that are folds over the log."""


def create_read_models(db: Database, *, prefix: str, generation: str) -> None:
    """Make empty tables under `prefix`, with the indexes that folding uses; `generation` keeps their names apart."""
    for table, columns in _COLUMNS.items():
        suffix = "" if table in _KEYED else " WITHOUT ROWID"
        db.conn.execute(f"CREATE TABLE {prefix}{table} ({columns}){suffix}")
    for index, target in _INDEXES.items():
        db.conn.execute(f"CREATE INDEX {index}_{generation} ON {prefix}{target}")


def add_read_model(db: Database, table: str) -> None:
    """Make one table with its indexes in a store whose live read models lack it; nothing where it is there."""
    suffix = "" if table in _KEYED else " WITHOUT ROWID"
    db.conn.execute(f"CREATE TABLE IF NOT EXISTS {table} ({_COLUMNS[table]}){suffix}")
    add_indexes(db, table)


def add_indexes(db: Database, table: str) -> None:
    """Make the indexes that folding uses on one live table; those that are there stay."""
    present = {row[0] for row in db.conn.execute("SELECT name FROM sqlite_master WHERE type = 'index'")}
    for index, target in _INDEXES.items():
        # a rebuild numbers them 2 and later
        if target.startswith(f"{table} ") and not any(name.startswith(f"{index}_") for name in present):
            db.conn.execute(f"CREATE INDEX {index}_1 ON {target}")


def create_indexes(db: Database, *, prefix: str, generation: str) -> None:
    """Add the indexes that only readers use: made over full tables they cost less than kept up row by row."""
    for index, target in _INDEXES_FOR_READING.items():
        db.conn.execute(f"CREATE INDEX {index}_{generation} ON {prefix}{target}")


def drop_read_models(db: Database, *, prefix: str) -> None:
    """Drop the tables under `prefix`, where they exist."""
    for table in READ_MODELS:
        db.conn.execute(f"DROP TABLE IF EXISTS {prefix}{table}")


def exchange_read_models(db: Database, *, prefix: str) -> None:
    """Put the tables under `prefix` in the place of the live ones; run it inside one transaction."""
    for table in READ_MODELS:
        db.conn.execute(f"DROP TABLE IF EXISTS {table}")
        db.conn.execute(f"ALTER TABLE {prefix}{table} RENAME TO {table}")
