"""What holds for every endpoint: verbs, bodies, tokens, protobuf that is none."""

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from google.protobuf.descriptor import FieldDescriptor
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import gateway.dialects.yunhu.proto.yunhu_pb2 as pb
from gateway.dialects.yunhu import protobuf, words
from shared import contract, errors
from tests.gateway.yunhu import seed_messages
from tests.gateway.yunhu.together import data, failed, not_logged_in, refused

ROOT = Path(__file__).resolve().parents[3]
SPEAKS_PROTOBUF = [
    ("GET", "/v1/user/info"),
    ("POST", "/v1/user/get-user"),
    ("POST", "/v1/user/medal"),
    ("POST", "/v1/user/edit-nickname"),
    ("POST", "/v1/user/edit-avatar"),
]
NEEDS_TOKEN = [
    ("POST", f"/v1/user/{name}")
    for name in (
        "logout",
        "recommend-category-list",
        "recommend-list",
        "recommend",
        "module-ignore-info",
        "module-ignore",
        "notification-status",
        "notification-info",
        "gold-coin-increase-decrease-record",
        "bing-phone",
        "bing-email",
        "change-phone-check",
        "change-email-check",
        "save-user-data",
        "get-user-data",
        "get-user-show-adv",
    )
]
OPEN = [
    ("POST", f"/v1/user/{name}")
    for name in ("captcha", "verification-login", "email-login", "forget-password")
]


@pytest.mark.parametrize(("method", "path"), SPEAKS_PROTOBUF + NEEDS_TOKEN)
async def test_a_token_is_needed(citizens, method, path) -> None:
    """Without a token it is -101 in JSON, whatever the endpoint speaks and the body is."""
    client = citizens.stranger().http
    for content in (b"", b"{}", b"\x1a\x01x"):
        not_logged_in(await client.request(method, path, content=content))
    if path != "/v1/user/get-user":
        not_logged_in(await client.request(method, path, headers={"token": "made up"}))


def test_every_documented_endpoint_is_here() -> None:
    """There are 25, and 5 of them speak protobuf."""
    assert len({*SPEAKS_PROTOBUF, *NEEDS_TOKEN, *OPEN}) == 25


@pytest.mark.parametrize(("method", "path"), [*SPEAKS_PROTOBUF, *NEEDS_TOKEN, *OPEN])
async def test_a_wrong_verb_is_404(tom, method, path) -> None:
    """Another verb than the page's is 404, as an unknown path is."""
    other = "POST" if method == "GET" else "GET"
    refused(await tom.http.request(other, path, headers=tom.headers), status=404)
    refused(await tom.http.request("DELETE", path, headers=tom.headers), status=404)


@pytest.mark.parametrize("path", ["/v1/user", "/v1/user/x", "/v1/vip/x", "/v1/friend/apply/x"])
async def test_unknown_paths(tom, path) -> None:
    """What is not there is 404, in this dialect's words."""
    refused(await tom.post(path, {}), status=404)


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "application/x-protobuf", None])
async def test_json_is_json_whatever_it_is_called(citizens, kind) -> None:
    """The path decides how a body is read, never its type; unknown keys are passed over."""
    tom = await citizens.one()
    body = b'{"size":1,"page":1,"rememberMe":true}'
    headers = tom.headers | ({"content-type": kind} if kind else {})
    path = "/v1/user/gold-coin-increase-decrease-record"

    assert data(await tom.http.post(path, content=body, headers=headers))["total"] == 0


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'"x"', b"\xff", b"[" * 5000, b'{"size":null}', b"1e999"]
)
async def test_json_that_is_none(tom, body) -> None:
    """What cannot be read is -1."""
    path = "/v1/user/notification-info"

    refused(await tom.http.post(path, content=body, headers=tom.headers))


@pytest.mark.parametrize(
    "body",
    [
        b"\x1a\x05abc",  # cut off
        b"\x1a",
        b"\x1a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",  # a length without end
        b"\x1a\x01\xff",  # no UTF-8
        b"\x1b",  # a group that does not end
        b"\xff" * 30,
        b'{"name":"x"}',
        b"\x1a\x81\x80\x80\x08" + b"x",
        b"\x1a" + b"\x80\x80\x04" + b"x" * 2**16,  # more than is read
        b"\x12\x01x",  # another field than this message has
    ],
)
async def test_protobuf_that_is_none(tom, body) -> None:
    """Cut off, nonsense, too large or without a name: the dialect's error, and nothing changes."""
    before = (await tom.info()).data

    failed(await tom.send("/v1/user/edit-nickname", body))
    assert (await tom.info()).data == before


async def test_a_body_without_end(tom) -> None:
    """Past a megabyte nothing is read."""
    reply = await tom.send("/v1/user/edit-nickname", b"\x1a\x80\x80\x80\x01" + b"x" * 2**21)

    assert reply.status_code == 413


@given(st.binary(max_size=200))
def test_any_bytes_are_a_message_or_refused(content: bytes) -> None:
    """Nothing but `ValueError` comes of bytes that are no message."""
    for kind in (pb.get_user_send, pb.edit_group_send, pb.create_bot_send):
        try:
            read = protobuf.decode(content, kind)
        except ValueError:
            continue
        assert isinstance(read, kind)


@given(st.text(), st.text(), st.text())
def test_what_the_page_writes_we_read(name: str, url: str, user_id: str) -> None:
    """Messages made of the page's numbers are read as they are meant."""
    if any("\ud800" <= letter <= "\udfff" for letter in name + url + user_id):
        return
    for page, ours, fields in (
        ("edit_nickname_send", pb.edit_nickname_send, {"name": name}),
        ("edit_avatar_send", pb.edit_avatar_send, {"url": url}),
        ("get_user_send", pb.get_user_send, {"id": user_id}),
    ):
        content = seed_messages.write(page, **fields)
        if len(content) <= protobuf.MESSAGE_BYTES:
            read = protobuf.decode(content, ours)
            assert {one: getattr(read, one) for one in fields} == fields


INTEGERS = st.sampled_from([0, 1, -1, 2**31 - 1, -(2**31)])
TEXTS = (
    st.sampled_from(["", "x", "\x00", "\u202e", "好" * 700, "https://a.b/c", "9" * 19]) | st.text()
)
REQUESTS = {
    "/v1/user/get-user": "get_user_send",
    "/v1/user/edit-nickname": "edit_nickname_send",
    "/v1/user/edit-avatar": "edit_avatar_send",
    "/v1/group/create-group": "create_group_send",
    "/v1/group/edit-group": "edit_group_send",
    "/v1/bot/create-bot": "create_bot_send",
}


@st.composite
def damaged(draw: st.DrawFn) -> tuple[str, bytes]:
    """A message of the right shape with any values, and often with something wrong about it."""
    path, name = draw(st.sampled_from(sorted(REQUESTS.items())))
    fields = {
        field: draw(TEXTS if kind == "string" else INTEGERS)
        for field, (_, kind) in (seed_messages.PAGE | seed_messages.IMPLIED)[name].items()
        if draw(st.booleans())
    }
    content = seed_messages.write(name, **fields)
    cut = draw(st.integers(0, len(content)))
    how = draw(st.sampled_from(["whole", "whole", "cut", "torn", "longer"]))
    if how == "cut":
        content = content[:cut]
    elif how == "torn":
        content = content[:cut] + draw(st.binary(max_size=8)) + content[cut:]
    elif how == "longer":
        content += draw(st.binary(max_size=40))
    return path, content


@pytest.fixture(scope="module")
def plain_client(suite) -> Iterator[httpx.Client]:
    """A client for tests that cannot wait."""
    with httpx.Client(base_url=suite.urls["gateway"], timeout=15, verify=False) as client:
        yield client


@settings(max_examples=250, suppress_health_check=list(HealthCheck))
@given(message=damaged())
def test_no_message_is_an_error_of_ours(tom, plain_client, message: tuple[str, bytes]) -> None:
    """Whatever values a message has, and however it is torn, the reply is the dialect's own."""
    path, content = message
    reply = plain_client.post(path, content=content, headers=tom.headers)

    assert reply.status_code == 200
    status = seed_messages.read("edit_nickname", reply.content).status
    assert status.code
    assert status.msg


def test_the_compiled_messages_are_the_page_s() -> None:
    """Name, number, type and label of each field are as the page has them."""
    ours = {
        message.full_name.removeprefix("userhub.yunhu.").replace(".", "_"): message
        for top in pb.DESCRIPTOR.message_types_by_name.values()
        for message in (top, *top.nested_types)
    }
    for name, fields in seed_messages.PAGE.items():
        known = {one.name: one for one in ours[name].fields}
        assert set(fields) <= set(known), name
        for field, (number, kind) in fields.items():
            assert known[field].number == number, (name, field)
            assert known[field].is_repeated == kind.startswith("*"), (name, field)
            if (name, field) != ("Status", "code"):  # signed here, which small numbers do not show
                is_message = known[field].type == FieldDescriptor.TYPE_MESSAGE
                assert is_message == (kind.lstrip("*")[0].isupper() or "_Data" in kind)
                if not is_message:
                    expected = getattr(FieldDescriptor, f"TYPE_{kind.upper()}")
                    assert known[field].type == expected, (name, field)


@pytest.mark.parametrize("code", [1, -1, -101, 4402, 7100])
def test_a_code_is_read_by_every_client(code: int) -> None:
    """A code below 0 is written so that clients with 32 and with 64 bits read it right."""
    content = protobuf.status(code, "x").SerializeToString()
    read = seed_messages.read("Status", content)

    assert read.code == code % 2**64
    assert pb.Status.FromString(content).code == code


def _refusals_that_clients_may_see() -> set[type[errors.AppError]]:
    """Read from the handlers which calls they make, and from the contracts what these refuse."""
    folder = ROOT / "gateway/dialects/yunhu"
    found: set[type[errors.AppError]] = set()
    for file in folder.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                name = f"shared.contracts.{node.value.id}"
                if (ROOT / f"{name.replace('.', '/')}.py").exists():
                    what = getattr(importlib.import_module(name), node.attr, None)
                    found |= set(what.refuses) if isinstance(what, contract.Call) else set()
    return found


NEVER_SEEN = {
    # What this dialect does not ask for: sliders, proofs by token, names that may be taken.
    "HumanCheckNeeded",
    "UnknownVerification",
    "ResetNotBegun",
    "UsernameTaken",
    "UsernameReserved",
    # Of a person who is just being erased, at the same moment.
    "PersonIsGone",
    "NoSuchGuest",
    "NoSuchOwner",
    # A common failure with the words of its kind.
    "LimitReached",
}


def test_every_refusal_has_words() -> None:
    """Whatever a call may refuse, there is a Chinese sentence for just that."""
    refusals = _refusals_that_clients_may_see()

    assert len(refusals) > 30
    missing = {one.__name__ for one in refusals if not words.has_own(one)}
    assert missing <= NEVER_SEEN


async def test_the_document_shows_every_route(suite) -> None:
    """The API document has the 25 endpoints, protobuf bodies with their fields."""
    url = f"{suite.urls['gateway']}/docs/yunhu/openapi.json"
    async with httpx.AsyncClient(timeout=15) as client:
        paths = (await client.get(url)).json()["paths"]

    for method, path in (*SPEAKS_PROTOBUF, *NEEDS_TOKEN, *OPEN):
        assert method.lower() in paths[path], path
    content = paths["/v1/user/edit-nickname"]["post"]["requestBody"]["content"]
    assert list(content) == ["application/x-protobuf"]
