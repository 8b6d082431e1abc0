"""Every failure that the system knows, in the words of thinksns; no server."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from gateway import errors as gateway_errors
from gateway.dialects.thinksns import envelope, texts
from gateway.dialects.thinksns.checks import LABELS, Invalid
from shared import contracts
from shared.errors import AppError, Kind

SCOPE: Any = {"type": "http", "method": "GET", "path": "/api/v2", "headers": []}
STATUSES = {400, 401, 403, 404, 405, 413, 422, 429, 500, 503}
CHINESE = re.compile("[\u4e00-\u9fff]")


def failures() -> Iterator[type[AppError]]:
    """Every failure of the contracts and the gateway."""
    for module in pkgutil.iter_modules(contracts.__path__):
        importlib.import_module(f"{contracts.__name__}.{module.name}")
    waiting = [AppError]
    while waiting:
        one = waiting.pop()
        waiting += one.__subclasses__()
        if one.__module__.startswith(("shared.", "gateway.errors")):
            yield one


FAILURES: list[type[AppError]] = sorted(set(failures()), key=lambda one: (one.code, one.__name__))


@pytest.mark.parametrize("failure", FAILURES)
def test_every_failure_has_words(failure) -> None:
    """Each is told with a status that clients know, in Chinese, without a word of our own text."""
    reply = envelope.fail(failure("what nobody outside should read", retry_after=7), SCOPE)

    body = msgspec.json.decode(msgspec.json.encode(reply.content))
    assert reply.status_code in STATUSES
    assert CHINESE.search(body["message"]) or body["message"] == texts.UNAUTHENTICATED
    assert "nobody outside" not in str(body)
    assert reply.headers["retry-after"] == "7"
    if reply.status_code == 422 and "errors" in body:
        assert [body["message"]] in body["errors"].values()


def test_every_kind_has_words() -> None:
    """No kind of failure is without a status and words."""
    assert set(texts.OF_KIND) == set(envelope.STATUS) == set(Kind)


def test_faults_of_ours() -> None:
    """What is a fault of ours says nothing about itself."""
    assert envelope.fail(AppError("secret"), SCOPE).status_code == 500
    assert envelope.fail(gateway_errors.WrongMethod(), SCOPE).status_code == 405


def test_labels() -> None:
    """A text about a field names it as people call it."""
    assert Invalid.at("phone", "{field}不能为空").message == f"{LABELS['phone']}不能为空"
