"""Hostile inputs of every kind that a stranger can send, drawn at random from a seed."""

from __future__ import annotations

import io
import json
import random
import tarfile
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

from tests.support.fake_hub import CONFIG, SHA, TOKENIZER, FakeModel

MARKER: Final = "MARKERSECRETGRANITE"


@dataclass(frozen=True)
class Sent:
    """One call, and the kind of input that it is."""

    kind: str
    method: str
    path: str
    content: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


def nested(depth: int, shape: str) -> str:
    """JSON text of so many lists or objects around nothing."""
    return "[" * depth + "]" * depth if shape == "list" else '{"a":' * depth + "0" + "}" * depth


# JSON texts, since several of them are no values of Python's json module.
TEXTS: Final = [
    "null", "true", "false", "-1", "0", "1.5", "NaN", "Infinity", "-Infinity", "1e999", "-1e999", "9" * 400, "9" * 5000,
    str(2**31), str(2**53 + 1), str(2**63), str(2**64), "1e308", '""', '" "', '"\\u0000"', '"\\ud800"', '"\\udfff\\ud800"',
    '"\\u202e"', '"../../etc/passwd"', '"/proc/self/environ"', '"=1+1"', '"<script>alert(1)</script>"',
    json.dumps("'; DROP TABLE runs; --"), '"${jndi:ldap://x}"', '"{{7*7}}"', json.dumps("a" * 5000),
    json.dumps("\N{SNOWMAN}" * 300), nested(40, "list"), nested(300, "list"), nested(300, "object"), nested(3000, "list"),
    "[]", "{}", '["a", 1, null]', '{"__proto__": 1}',
    '{"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}',
    '[{"path": "HOME/secret", "meta": {"_type": "gradio.FileData"}}]',
    '{"a": {"path": "HOME/address.salt", "meta": {"_type": "gradio.FileData"}}}',
    '{"__type__": "update", "value": {"path": "/etc/passwd"}}',
]  # fmt: skip
ROUTES: Final[dict[tuple[str, str], dict[str, str]]] = {
    ("POST", "/submissions"): {
        "model": '"org/model"', "revision": '"main"', "dtype": '"auto"', "chat": '"template"', "source": '"open"',
        "tasks": '["counsel_stigma"]', "limit": "3", "submitter": '"ada"', "conflict": '"none"', "priority": "0",
    },
    ("POST", "/claim"): {"worker": '"w"', "engines": '["vllm"]', "parameters": "1", "judge": '"j"', "lease": '"x"',
    "held": "[]"},
    ("POST", "/requests/ID/heartbeat"): {"lease": f'"{"0" * 32}"', "progress": '{"stage": "judging", "done": 1, "total": 2}'},
    ("POST", "/requests/ID/fail"): {"lease": f'"{"0" * 32}"', "reason": '"engine_died"', "detail": '"x"'},
    ("POST", "/requests/ID/release"): {"lease": f'"{"0" * 32}"'},
}  # fmt: skip
PATHS: Final = [
    "/api/v1/submissions/X", "/api/v1/runs/X", "/api/v1/runs/X/samples", "/api/v1/reports/X", "/api/v1/queue?state=X",
    "/api/v1/queue?limit=X&offset=X", "/api/v1/runs?model=X", "/api/v1/runs?spec_id=X", "/api/v1/leaderboard?source=X&format=X",
    "/api/v1/runs/0123456789abcdef/samples?low=X&high=X&order=X", "/export/X.csv", "/export/open.X", "/X", "/?X=X", "/config?X",
    "/gradio_api/file=X", "/gradio_api/heartbeat/X", "/gradio_api/upload_progress?upload_id=X", "/static/X", "/assets/X",
    "/login/callback?state=X&code=X", "/gradio_api/queue/data?session_hash=X", "/gradio_api/info", "/gradio_api/startup-events",
]  # fmt: skip
WORDS: Final = [
    "X", "../../../../etc/passwd", "..%2f..%2fetc%2fpasswd", "%00", "%ff%fe", "a" * 4000, "NaN", "1e999", "-1", "9" * 400, "[]",
    "{}", "' OR 1=1 --", "<script>", "\N{SNOWMAN}", "%ud800", "HOME/secret", "//evil.example", "http://127.0.0.1:1/", "0" * 16,
]  # fmt: skip
JSON: Final = {"Content-Type": "application/json"}


class Attacker:
    """Draws calls. events: number of inputs of each event. worker: the worker's token. home: the server's folder."""

    def __init__(self, seed: int, events: dict[int, int], worker: str, home: str) -> None:
        self.random, self.events, self.worker, self.home = random.Random(seed), events, worker, home
        self.kinds: list[Callable[[], Sent]] = [
            self.event, self.event, self.body, self.body, self.raw_body, self.path, self.header, self.card, self.report,
            self.upload,
        ]  # fmt: skip
        self.count = 0

    def next(self) -> Sent:
        """The next call."""
        self.count += 1
        return self.random.choice(self.kinds)()

    def _text(self) -> str:
        return self.random.choice(TEXTS).replace("HOME", self.home)

    def _word(self) -> str:
        return self.random.choice(WORDS).replace("HOME", self.home)

    def _authorization(self) -> dict[str, str]:
        tokens = ["", "Bearer", "Bearer x", f"Bearer {self.worker}", f"Bearer {self.worker}x", f"Bearer gpu-1.{'0' * 64}"]
        token = self.random.choice(tokens)
        return {"Authorization": token} if token else {}

    def event(self) -> Sent:
        """A call of an event with a hostile value at one or all of its inputs, or beside them."""
        number = self.random.choice(list(self.events))
        inputs = ['""'] * self.events[number]
        for index in range(len(inputs)):
            if self.random.random() < 0.6:
                inputs[index] = self._text()
        parts = {"fn_index": str(number), "data": f"[{','.join(inputs)}]", "session_hash": f'"s{self.random.randrange(50)}"',
                 "event_data": '{"query": "?", "chosen": false}'}  # fmt: skip
        if self.random.random() < 0.3:
            parts[self.random.choice([*parts, "trigger_id", "oauth_token", "event_id"])] = self._text()
        return Sent("event", "POST", "/gradio_api/run/predict", _object(parts), JSON)

    def body(self) -> Sent:
        """A JSON body of the API with one or two hostile fields."""
        (method, path), good = self.random.choice(list(ROUTES.items()))
        parts = dict(good)
        for _ in range(self.random.choice((1, 1, 2))):
            parts[self.random.choice([*parts, "more"])] = self._text()
        if path == "/submissions":
            parts["model"] = self.random.choice([f'"card/m{self.random.randrange(10**6)}"', self._text()])
        path = path.replace("ID", self.random.choice(["0" * 16, "0123456789abcdef"]))
        return Sent("body", method, f"/api/v1{path}", _object(parts), {**JSON, **self._authorization()})

    def raw_body(self) -> Sent:
        """A body that is no JSON object, or none of UTF-8."""
        raw = self.random.choice(
            [self._text().encode(), self.random.randbytes(200), b"{", b"\xff\xfe", b"[" * 20_000, b'"' + b"a" * 70_000]
        )
        (method, path), _ = self.random.choice(list(ROUTES.items()))
        where = self.random.choice([f"/api/v1{path.replace('ID', '0' * 16)}", "/gradio_api/run/predict"])
        return Sent("raw", method, where, raw, {**JSON, **self._authorization()})

    def path(self) -> Sent:
        """A hostile word in an address."""
        path = self.random.choice(PATHS)
        while "X" in path:
            path = path.replace("X", quote(self._word().replace("X", "x"), safe="%/=&"), 1)
        method = self.random.choice(["GET", "GET", "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"])
        return Sent("path", method, path, headers=self._authorization())

    def header(self) -> Sent:
        """A hostile header."""
        names = ["X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "Origin", "Cookie", "If-None-Match", "Range",
        "Accept",
                 "Content-Type", "Authorization", "cancel-key", "Lease", "Accept-Encoding", "Referer"]  # fmt: skip
        value = "".join(letter for letter in self._word() if " " <= letter <= "~")
        where = self.random.choice(["/", "/config", "/health", "/api/v1/queue", "/export/open.json", "/api/v1/leaderboard"])
        return Sent("header", "GET", where, headers={self.random.choice(names): value or "x"})

    def card(self) -> Sent:
        """A submission of a model whose Hub card or config is hostile: see `card_of`."""
        name = f"card/m{self.random.randrange(10**6)}"
        body = {
            "model": name,
            "submitter": "ada",
            "tasks": ["counsel_stigma"],
            "chat": self.random.choice(["plain", "template"]),
        }
        return Sent("card", "POST", "/api/v1/submissions", json.dumps(body).encode(), JSON)

    def report(self) -> Sent:
        """A small archive as a self-reported run."""
        query = f"model={quote(self.random.choice(['org/good', self._word()]))}&revision=main&submitter=eve"
        return Sent("report", "POST", f"/api/v1/reports?{query}", self.archive(), {"Content-Type": "application/x-tar"})

    def upload(self) -> Sent:
        """A form with a file for Gradio's own route."""
        name = self._word().replace('"', "").replace("\N{SNOWMAN}", "s")
        form = f'--b\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'.encode()
        body = form + self.random.randbytes(50) + self.random.choice([b"\r\n--b--\r\n", b"", b"\r\n--b"])
        kind = self.random.choice(
            ["multipart/form-data; boundary=b", "multipart/form-data", "application/json", "multipart/form-data; boundary=c"]
        )
        return Sent("upload", "POST", "/gradio_api/upload", body, {"Content-Type": kind})

    def archive(self) -> bytes:
        """Bytes of an archive: members outside, links, lies about sizes, JSON of TEXTS."""
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w") as archive:
            for _ in range(self.random.randrange(4)):
                names = [
                    "results_1.json",
                    "samples_x_1.jsonl",
                    "../out",
                    "/etc/x",
                    "a/b/c",
                    "request.json",
                    "report.json",
                    "x" * 300,
                ]
                info = tarfile.TarInfo(self.random.choice(names))
                raw = self._text().encode() * self.random.choice([1, 1, 50])
                info.size = len(raw)
                info.type = self.random.choice([tarfile.REGTYPE] * 5 + [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE])
                info.linkname = f"{self.home}/secret"
                archive.addfile(info, io.BytesIO(raw))
        raw = out.getvalue()
        return raw if self.random.random() < 0.7 else raw[: self.random.randrange(1, len(raw))]


def _object(parts: dict[str, str]) -> bytes:
    return ("{" + ",".join(f"{json.dumps(name)}:{text}" for name, text in parts.items()) + "}").encode()


NUMBERS: Final[list[Any]] = [0, -1, True, "1", 1.5, float("inf"), float("nan"), 10**400, [], {}, 2**31, 2**64, "\ud800", None]
NAMES: Final = [
    "num_attention_heads",
    "num_hidden_layers",
    "max_position_embeddings",
    "hidden_size",
    "num_key_value_heads",
    "head_dim",
]
FIT: Final = {**CONFIG, "num_attention_heads": 4, "num_hidden_layers": 2, "hidden_size": 64, "max_position_embeddings": 2048}


def card_of(seed: int) -> FakeModel:
    """A model that breaks a rule in one of the ways in which a card, a config or the Hub's answer about it can."""
    draw = random.Random(seed)
    files = {**FakeModel().files, "config.json": FIT}
    bad = draw.choice([number for number in NUMBERS if number is not None])
    config: Any = {**FIT, draw.choice(NAMES[:4]): bad} if bad != 2**31 else {**FIT, "text_config": "x"}
    ways: list[Callable[[], FakeModel]] = [
        lambda: FakeModel(files={**files, "config.json": config}),
        lambda: FakeModel(files={**files, "config.json": {**CONFIG, "text_config": {**FIT,
        draw.choice(NAMES): bad if bad != 2**31 else 0}}}),
        lambda: FakeModel(files={**files, "config.json": nested(20_000, "object").encode()}),
        lambda: FakeModel(files={**files, "config.json": b"\xff\xfe"}),
        lambda: FakeModel(files={**files, "config.json": draw.choice(["x", 5, [], None])}),
        lambda: FakeModel(files={**files, "tokenizer_config.json": {**TOKENIZER, "auto_map": bad}}),
        lambda: FakeModel(licence=draw.choice(["a" * 257, "\x00", "\u202emit", "mit\n"])),
        lambda: FakeModel(licence=None, tags=["license:" + "a" * draw.choice([300, 5000])]),
        lambda: FakeModel(parameters=draw.choice([2**63, 10**400, -1, 0])),
        lambda: FakeModel(parameters="many"),  # type: ignore[arg-type]
        lambda: FakeModel(gated="manual"),
        lambda: FakeModel(branches={"main": draw.choice(["", "x", "../" * 5, "G" * 40]), SHA: SHA}),
        lambda: FakeModel(files={**files, "model.safetensors": draw.choice([0, -5, 10**30])}),
        lambda: FakeModel(files={name: content for name, content in files.items() if name != "tokenizer.json"}),
    ]  # fmt: skip
    return draw.choice(ways)()
