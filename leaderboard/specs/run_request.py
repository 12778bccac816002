"""The request of a run and what answered it: the `request.json` beside lm-eval's files in a run folder."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from counsel_leaderboard.leaderboard.specs.evaluation_spec import BUILT_IN, EngineKind, EvaluationSpec, Role
from counsel_leaderboard.leaderboard.specs.text import Text
from counsel_leaderboard.registry.common.closed import Closed, Whole
from counsel_leaderboard.registry.common.errors import CounselError
from counsel_leaderboard.registry.common.hashing import canonical, short_hash
from counsel_leaderboard.registry.manifests import Source

FILE_NAME = "request.json"
SPEC_SCHEMA: Final = 2
RECORDED: Final = "recorded"


class RequestError(CounselError):
    """A request.json that cannot be read or breaks a rule."""


class ModelSpec(Closed):
    """The model that was measured; `parameters` is a count, `revision` a commit SHA or a file's checksum."""

    name: Text
    revision: Text | None = None
    family: Text | None = None
    parameters: Annotated[int, Field(ge=0, lt=2**62)] | None = None
    licence: Text | None = None


class EngineRecord(Closed):
    """What served the model, with every option that can change an answer."""

    kind: EngineKind
    version: Text | None = None
    options: dict[str, Any] = Field(default_factory=dict)


class JudgeSpec(Closed):
    """Who judged the replies; the host alone of its address, since an address may carry a key."""

    model: Text
    url_host: Text | None = None
    revision: Text | None = None


class RunRequest(Closed):
    """One run: its `spec`, and the model and engine that answered. Schema 1, without a spec, is read but no longer written.

    `of` builds one. Runs of the same spec have the same `spec_id`.
    """

    schema_: Annotated[Literal[1, 2], Whole] = Field(alias="schema", default=1)
    spec: EvaluationSpec | None = None
    model: ModelSpec
    role: Role
    engine: EngineRecord
    source: Source
    tasks: dict[Text, Text] = Field(min_length=1)
    limit: Annotated[int, Field(gt=0, lt=2**31)] | None = None
    judge: JudgeSpec | None = None

    model_config = ConfigDict(populate_by_name=True)

    @model_validator(mode="after")
    def _only_records_are_products_or_people(self) -> Self:
        if self.role in ("product", "people") and self.engine.kind != RECORDED:
            raise ValueError(f"role: {self.role} is for recorded answers alone, and the engine is {self.engine.kind}")
        return self

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if (self.schema_ == SPEC_SCHEMA) != (self.spec is not None):
            raise ValueError(f"spec: every request of schema {SPEC_SCHEMA} has one, and no other request does")
        for field, (given, actual) in self._pairs().items():
            if given != actual:
                raise ValueError(
                    f"spec.{field}: is {given!r}, and the request's own {field} is {actual!r}; both must be the same"
                )
        return self

    def _pairs(self) -> dict[str, tuple[Any, Any]]:
        """The values that both the spec and the rest of the request hold, by the spec's field."""
        spec = self.spec
        if spec is None:
            return {}
        judge = (self.judge.model, self.judge.revision) if self.judge else (None, None)
        pairs: dict[str, tuple[Any, Any]] = {
            "model": (BUILT_IN.get(spec.model, spec.model), self.model.name),
            "engine": (spec.engine, self.engine.kind),
            "role": (self.role if spec.engine == RECORDED else spec.role, self.role),
            "source": (spec.source, self.source),
            "tasks": (spec.tasks, self.tasks),
            "limit": (spec.limit, self.limit),
            "judge": (spec.judge, judge[0]),
            "judge_revision": (spec.judge_revision, judge[1]),
        }
        return pairs if spec.revision is None else {**pairs, "revision": (spec.revision, self.model.revision)}

    @classmethod
    def of(
        cls, spec: EvaluationSpec, model: ModelSpec, engine: EngineRecord, judge: JudgeSpec | None, role: Role | None = None
    ) -> RunRequest:
        """The request of a run of `spec`. Raises ValidationError where model, engine or judge are not those of the spec."""
        return cls(
            schema_=SPEC_SCHEMA, spec=spec, model=model, role=role or spec.role, engine=engine, source=spec.source,
            tasks=dict(spec.tasks), limit=spec.limit, judge=judge,
        )  # fmt: skip

    @property
    def spec_id(self) -> str:
        """The id of the spec; for schema 1 the hash of the record, which has always been its id."""
        return self.spec.spec_id if self.spec else short_hash(self.record())

    def judged_by(self, judge: JudgeSpec) -> RunRequest:
        """The request after `judge` has judged its answers: a judge other than the requested one makes it another request."""
        change: dict[str, Any] = {"judge": judge}
        if self.spec is not None:
            change["spec"] = self.spec.model_copy(update={"judge": judge.model, "judge_revision": judge.revision})
        return self.model_copy(update=change)

    def same_run(self, other: RunRequest) -> bool:
        """Whether both describe a run of the same model, engine, tasks and judge, whichever schema each has."""
        mine, theirs = ({**request.record(), "schema": None, "spec": None} for request in (self, other))
        return mine == theirs

    def record(self) -> dict[str, Any]:
        """The request as plain JSON values, every key of its schema present, as `request.json` holds it."""
        return self.model_dump(mode="json", by_alias=True, exclude=None if self.spec else {"spec"})

    def text(self) -> str:
        """The canonical JSON text."""
        return canonical(self.record())
