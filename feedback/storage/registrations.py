"""How registered templates, samples and training versions become read models, and what they change in known failures."""

import json
from sqlite3 import Connection
from typing import Any

from feedback.domain.assessment import Attribution, fingerprint_of
from feedback.domain.facts import SamplesRegistered, TemplateRegistered, TrainingVersionRegistered
from feedback.domain.pattern import pattern_id_of
from feedback.storage.grouping import Grouping

__all__ = ["BY_PERSON", "Registrations"]

BY_PERSON = "person"
"""By what a failure is put down to its template where a person said so; without a name that means none of ours."""


class Registrations:
    """Writes and asks the registration tables under a prefix. Writing returns the patterns to be counted anew."""

    def __init__(self, db: Connection, at: str, grouping: Grouping) -> None:
        """Work on the tables of `db` whose names begin with `at`; `grouping` knows the rules among them."""
        self._db = db
        self._at = at
        self._grouping = grouping

    def _rows(self, sql: str, *parameters: object) -> list[Any]:
        return self._db.execute(sql.format(at=self._at), parameters).fetchall()

    def template(self, fact: TemplateRegistered, *, recorded_at: str, position: int) -> set[str]:
        """Register a template version; its risk level now holds for its failures that name none themselves."""
        template = fact.template
        body = template.model_dump_json(exclude_none=True)
        row = (template.name, template.version, template.kind, fact.content_hash, body, recorded_at, position)
        self._rows("INSERT INTO {at}templates VALUES (?, ?, ?, ?, ?, ?, ?)", *row)
        changed = self._rows(
            """UPDATE {at}failures SET risk_level = ?
               WHERE template_name = ? AND template_version = ? AND risk_level IS NULL AND ? IS NOT NULL
               RETURNING pattern_id""",
            template.labels.risk_level,
            template.name,
            template.version,
            template.labels.risk_level,
        )
        return {pattern_id for (pattern_id,) in changed if pattern_id is not None}

    def samples(self, fact: SamplesRegistered) -> set[str]:
        """Register samples; their failures that name no template themselves are put down to the sample's."""
        self._db.executemany(
            f"INSERT INTO {self._at}samples VALUES (?, ?, ?, ?, ?, ?)",
            [
                (
                    sample.sample_id,
                    sample.dataset,
                    sample.dataset_version,
                    sample.template.name,
                    sample.template.version,
                    sample.model_dump_json(exclude_none=True),
                )
                for sample in fact.samples
            ],
        )
        changed: set[str] = set()
        for sample_id in dict.fromkeys(sample.sample_id for sample in fact.samples):
            for row in self._rows(
                """SELECT position, category, said_locus, counts, labels, training_version, sample_id, dataset,
                   dataset_version, pattern_id, said_template FROM {at}failures WHERE sample_id = ? AND category IS NOT NULL
                   AND coalesce(template_method, '') NOT IN ('reference', 'person')""",
                sample_id,
            ):
                changed |= self._put_down_anew(row)
        return changed

    def _put_down_anew(self, row: tuple[Any, ...]) -> set[str]:
        position, category, said_locus, counts, labels, training_version, *sample, old_pattern, said = row
        origin = self.settled(Attribution.model_validate_json(said) if said else None, *sample)
        name, version = (origin.name, origin.version) if origin else (None, None)
        whole = pattern_id_of(category, name, counts=bool(counts))
        pattern_id, locus = self._grouping.placed(whole, said_locus)
        self._rows(
            """UPDATE {at}failures SET template_name = ?, template_version = ?, template_score = ?,
               template_method = ?, effective_version = ?, risk_level = ?, locus = ?, fingerprint = ?, pattern_id = ?
               WHERE position = ?""",
            name,
            version,
            origin.score if origin else None,
            origin.method if origin else None,
            self.effective_version(training_version, name, version),
            self.risk_level(labels, name, version),
            locus,
            fingerprint_of(category, name, locus),
            pattern_id,
            position,
        )
        return {pattern for pattern in (old_pattern, pattern_id) if pattern}

    def settled(
        self, said: Attribution | None, sample_id: str | None, dataset: str | None, dataset_version: str | None
    ) -> Attribution | None:
        """Return the template a failure is put down to: a reference, else its registered sample's, else by text."""
        if sample_id is None or (said is not None and said.method == "reference"):
            return said
        origin = self.template_of_sample(sample_id, dataset, dataset_version)
        return Attribution(name=origin[0], version=origin[1], score=1.0, method="sample") if origin else said

    def training_version(self, fact: TrainingVersionRegistered) -> set[str]:
        """Register what a model was trained on; its failures so far get the effective version that follows."""
        training_version = fact.version.training_version
        body = fact.version.model_dump_json(exclude_none=True)
        self._rows("INSERT INTO {at}training_versions VALUES (?, ?)", training_version, body)
        changed: set[str] = set()
        for ref in fact.version.templates:
            self._rows("INSERT INTO {at}training_templates VALUES (?, ?, ?)", training_version, ref.name, ref.version)
            moved = self._rows(
                """UPDATE {at}failures SET effective_version = ? WHERE training_version = ? AND template_name = ?
                   AND effective_version IS NOT ? RETURNING pattern_id""",
                ref.version,
                training_version,
                ref.name,
                ref.version,
            )
            changed |= {pattern_id for (pattern_id,) in moved if pattern_id is not None}
        return changed

    def template_of_sample(
        self, sample_id: str, dataset: str | None, dataset_version: str | None
    ) -> tuple[str, str] | None:
        """Return name and version of the template a sample was written from; None where unknown or not one."""
        rows = self._rows(
            """SELECT DISTINCT template_name, template_version FROM {at}samples WHERE sample_id = ?
               AND dataset = coalesce(?, dataset) AND dataset_version = coalesce(?, dataset_version)""",
            sample_id,
            dataset,
            dataset_version,
        )
        return (rows[0][0], rows[0][1]) if len(rows) == 1 else None

    def effective_version(self, training_version: str | None, name: str | None, version: str | None) -> str | None:
        """Return the template version a failure's model was trained on, else the one its template reference names."""
        if training_version is not None and name is not None:
            sql = "SELECT version FROM {at}training_templates WHERE training_version = ? AND template_name = ?"
            for (trained,) in self._rows(sql, training_version, name):
                return str(trained)
        return version

    def risk_level(self, labels: str, name: str | None, version: str | None) -> str | None:
        """Return the risk level that the failure's own labels (JSON) name, else its template's."""
        own: str | None = json.loads(labels).get("risk_level")
        if own is None:
            sql = "SELECT json_extract(body, '$.labels.risk_level') FROM {at}templates WHERE name = ? AND version = ?"
            own = next((row[0] for row in self._rows(sql, name, version)), None)
        return own
