"""Whatever is sent to any documented endpoint of any dialect: no error of ours, and no change.

What the endpoints are is read from the documents at `/docs`, so that a new one is tested as well;
how a dialect is spoken, its judge says (`judges.py`).
"""

import http.client
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_from_bytes, urlsplit

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis_jsonschema import from_schema

from gateway.dialects.registry import DIALECTS
from tests.clients import fresh_ip
from tests.gateway.judges import JUDGES, Headers, Subject

BOUNDED = settings(max_examples=500, suppress_health_check=list(HealthCheck))
DEEP = 10_000
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(10**14, 10**40)
    | st.floats()
    | st.text(max_size=40)
    | st.sampled_from(["\x00", "\u202e", "86", "13912345678", "P@ssw0rd", "$ne", "x" * 5000])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4)
    ),
    max_leaves=8,
)
HARD = st.sampled_from(
    [
        b"[" * DEEP + b"]" * DEEP,
        b'{"a":' * DEEP + b"1" + b"}" * DEEP,
        b"[" * DEEP,
        b'"\\ud800"',
        b'"\\udfff\\ud800"',
        b'"\\u0000"',
        b'"\xff\xfe"',
        b'"\xed\xa0\x80"',
        b"NaN",
        b"-Infinity",
        b"1e999",
        b"-0",
        b"9" * 4000,
        b"0." + b"9" * 4000,
        b'"' + b"x" * 200_000 + b'"',
        b"{}",
        b"[]",
        b"",
        b"\x00",
        b"\xef\xbb\xbf{}",
    ]
)
KINDS = st.sampled_from(
    [
        None,
        "",
        "application/json",
        "application/json; charset=utf-16",
        "application/json; charset=\xff",
        "application/msgpack",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "multipart/form-data; boundary=x",
        "text/plain",
        ";",
        "\xff",
    ]
)


@dataclass(frozen=True)
class Operation:
    """One method of one documented path."""

    dialect: str
    method: str
    path: str
    schema: dict[str, Any] = field(hash=False, repr=False, default_factory=dict)
    queries: tuple[str, ...] = ()


def resolved(schema: Any, document: dict[str, Any]) -> Any:
    """Put what a schema refers to in the place of the references."""
    if isinstance(schema, list):
        return [resolved(one, document) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if choices := schema.get("oneOf"):  # such as a body that may be left out
        given = [one for one in choices if one != {"type": "null"}]
        return resolved(given[0] if len(given) == 1 else {"anyOf": choices}, document)
    if reference := schema.get("$ref"):
        return resolved(document["components"]["schemas"][reference.split("/")[-1]], document)
    return {key: resolved(value, document) for key, value in schema.items()}


def operations_of(dialect: str, document: dict[str, Any]) -> Iterator[Operation]:
    """Read what a document offers."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            content = operation.get("requestBody", {}).get("content", {})
            schema = content.get("application/json", {}).get("schema", {})
            queries = [p["name"] for p in operation.get("parameters", ()) if p["in"] == "query"]
            yield Operation(
                dialect,
                method.upper(),
                path,
                resolved(schema, document),
                tuple(queries),
            )


class Client:
    """Sends what no client library would, over one connection."""

    def __init__(self, gateway: str) -> None:
        at = urlsplit(gateway)
        self._connection = http.client.HTTPConnection(at.hostname or "", at.port, timeout=15)
        self._address = fresh_ip()

    def send(
        self, method: str, path: str, body: bytes | None, kind: str | None, who: Headers
    ) -> tuple[int, str, bytes]:
        """Send a request, on a new connection if the last one was closed, and give the reply."""
        try:
            return self._send(method, path, body, kind, who)
        except (OSError, http.client.HTTPException):
            self._connection.close()
            return self._send(method, path, body, kind, who)

    def _send(
        self, method: str, path: str, body: bytes | None, kind: str | None, who: Headers
    ) -> tuple[int, str, bytes]:
        connection = self._connection
        connection.putrequest(method, path, skip_accept_encoding=True)
        connection.putheader("x-forwarded-for", self._address)
        for name, value in who.items():
            connection.putheader(name, value)
        if kind is not None:
            connection.putheader("content-type", kind.encode("latin-1"))
        if body is not None:
            connection.putheader("content-length", str(len(body)))
        connection.endheaders(body)
        reply = connection.getresponse()
        return reply.status, reply.headers.get("content-type", ""), reply.read()


@pytest.fixture(scope="session")
def operations(suite) -> list[Operation]:
    """Every operation of every dialect."""
    found: list[Operation] = []
    for dialect in DIALECTS:
        url = f"{suite.urls['gateway']}/docs/{dialect.name}/openapi.json"
        found += operations_of(dialect.name, httpx.get(url).json())
    assert len(found) > 20
    return found


@pytest.fixture(scope="session")
async def persons(suite) -> dict[str, Subject]:
    """Somebody in each dialect, of whom nothing may change without their doing."""
    return {name: await judge.sign_up(suite.urls["gateway"]) for name, judge in JUDGES.items()}


class Prober:
    """Sends one strange request after another and judges the replies."""

    def __init__(self, gateway: str, persons: dict[str, Subject]) -> None:
        self._client, self._persons = Client(gateway), persons
        self._known = {name: self._look(name) for name in persons}

    def _look(self, dialect: str) -> bytes:
        person = self._persons[dialect]
        status, _, body = self._client.send(*person.look, None, None, person.headers)
        assert status == 200, body
        return body

    def probe(
        self,
        operation: Operation,
        path: str,
        body: bytes | None,
        kind: str | None,
        with_session: bool,
    ) -> None:
        """Send, and check that the reply is the dialect's and that nothing changed for nothing."""
        judge, dialect = JUDGES[operation.dialect], operation.dialect
        names = {operation.path, f"{operation.method} {operation.path}"}
        with_session = with_session and names.isdisjoint(judge.ends_session)
        who = self._persons[dialect].headers if with_session else {}
        status, found, content = self._client.send(operation.method, path, body, kind, who)
        assert status < 500, (status, content)
        assert judge.is_reply(status, found, content), (status, content)
        now = self._look(dialect)
        if not (with_session and judge.is_done(status, found, content)):
            assert now == self._known[dialect]
        self._known[dialect] = now


@pytest.fixture(scope="session")
def prober(suite, persons) -> Prober:
    """One prober for all tests."""
    return Prober(suite.urls["gateway"], persons)


def filled(operation: Operation, value: str = "5Vg2Xh9f") -> str:
    """Fill the variable parts of a path."""
    return re.sub(r"\{[^}]+\}", lambda _: value, operation.path)


def right(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values that a schema allows; hypothesis-jsonschema's own way with objects is broken."""
    if schema.get("type") == "object":
        needed = {key: right(schema["properties"][key]) for key in schema.get("required", ())}
        other = {key: right(one) for key, one in schema.get("properties", {}).items()}
        return st.fixed_dictionaries(
            needed, optional={key: one for key, one in other.items() if key not in needed}
        )
    if branches := schema.get("oneOf"):
        bounds = {key: value for key, value in schema.items() if key != "oneOf"}
        return st.one_of(*(right(bounds | branch) for branch in branches))
    if schema.get("type") == "array":
        return st.lists(right(schema.get("items", {})), max_size=4)
    return from_schema(schema)


@st.composite
def near_valid(draw: st.DrawFn, schema: dict[str, Any]) -> bytes:
    """A body of the right shape, or with one thing that is not."""
    body = draw(right(schema)) if schema else {}
    keys = sorted(body)
    for key in draw(st.sets(st.sampled_from(keys), max_size=2)) if keys else ():
        if draw(st.booleans()):
            body[key] = draw(VALUES)
        else:
            del body[key]
    return json.dumps(body).encode()


@BOUNDED
@given(data=st.data(), with_session=st.booleans())
def test_bodies_that_are_nearly_right(operations, prober, data, with_session):
    """A body of the documented shape, with or without a flaw, never is an error of ours."""
    operation = data.draw(st.sampled_from([one for one in operations if one.schema]))
    body = data.draw(near_valid(operation.schema))

    prober.probe(operation, filled(operation), body, "application/json", with_session)


@BOUNDED
@given(data=st.data(), value=VALUES, with_session=st.booleans())
def test_any_json(operations, prober, data, value, with_session):
    """Any JSON at all, in place of the body or of one of its values, never is an error of ours."""
    operation = data.draw(st.sampled_from([one for one in operations if one.method != "GET"]))
    body = json.dumps(value).encode()

    prober.probe(operation, filled(operation), body, "application/json", with_session)


@BOUNDED
@given(data=st.data(), body=HARD | st.binary(max_size=200), kind=KINDS, with_session=st.booleans())
def test_any_bytes(operations, prober, data, body, kind, with_session):
    """Bytes of any kind, announced as anything, never are an error of ours."""
    operation = data.draw(st.sampled_from(operations))

    prober.probe(operation, filled(operation), body, kind, with_session)


@BOUNDED
@given(data=st.data(), hard=HARD, with_session=st.booleans())
def test_hard_values_in_their_places(operations, prober, data, hard, with_session):
    """What is hard to read, in the place of a documented value, never is an error of ours."""
    operation = data.draw(
        st.sampled_from([one for one in operations if one.schema.get("properties")])
    )
    body = data.draw(right(operation.schema))
    key = data.draw(st.sampled_from(sorted(operation.schema["properties"])))
    text = json.dumps(body | {key: "@@"}).encode().replace(b'"@@"', hard or b" ")

    prober.probe(operation, filled(operation), text, "application/json", with_session)


@BOUNDED
@given(
    data=st.data(),
    value=st.binary(min_size=1, max_size=60) | st.text(min_size=1, max_size=30).map(str.encode),
    query=st.binary(max_size=60),
    with_session=st.booleans(),
)
def test_any_path_and_query(operations, prober, data, value, query, with_session):
    """Any bytes in the variable parts of a path and in its query never are an error of ours."""
    operation = data.draw(st.sampled_from([one for one in operations if one.method == "GET"]))
    path = filled(operation, quote_from_bytes(value, safe=""))
    names = data.draw(st.lists(st.sampled_from([*operation.queries, "id", "x"]), max_size=4))
    given = "&".join(f"{name}={quote_from_bytes(query, safe='')}" for name in names)
    bare = quote_from_bytes(query, safe="%&=+;/?:@!$'()*,~-._0123456789")

    prober.probe(operation, f"{path}?{given}&{bare}", None, None, with_session)
