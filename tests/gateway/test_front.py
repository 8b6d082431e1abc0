"""What the gateway serves beside the dialects: health, metrics, documents."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from gateway.dialects.registry import DIALECTS
from ops import ports, probe
from ops.plan import Addresses, userhub_programs
from tests.browser import browsing


async def test_alive_and_ready(http) -> None:
    """A gateway that reaches everything is alive and ready, and says of what."""
    alive, ready = await http.get("/healthz"), await http.get("/readyz")

    assert (alive.status_code, alive.json()) == (200, {"status": "ok"})
    assert ready.status_code == 200
    assert ready.json()["status"] == "ready"
    parts = ("auth", "profile", "social", "notify", "redis", "sessions")
    assert ready.json()["parts"] == dict.fromkeys(parts, True)


@pytest.mark.parametrize("name", ["auth", "profile", "social", "notify", "redis"])
async def test_not_ready_while_a_part_is_missing(http, suite, eventually, name) -> None:
    """While a part does not answer the gateway is not ready but alive, and ready again after."""
    suite.kill(name, signal.SIGSTOP)
    try:
        reply = await http.get("/readyz")
        alive = await http.get("/healthz")
    finally:
        suite.kill(name, signal.SIGCONT)

    assert reply.status_code == 503
    assert reply.json()["status"] == "not ready"
    assert reply.json()["parts"][name] is False
    assert alive.status_code == 200
    await suite.wait_ready()


async def test_ready_again_after_a_kill(http, suite) -> None:
    """A service that was killed comes back, and the gateway with it."""
    pid = suite.pids["social"]
    suite.kill("social")
    statuses = {(await http.get("/readyz")).status_code}

    await suite.wait_restarted("social", pid)
    await suite.wait_ready()

    assert statuses <= {200, 503}
    assert (await http.get("/readyz")).status_code == 200


@pytest.mark.parametrize("path", ["/nowhere", "/media/x", "/api/v1/upload/image", "/storage/x"])
async def test_whoever_is_refused_early_reads_it(http, path) -> None:
    """Who sends a form in pieces and is refused by its head gets the answer, not a cut line."""
    method = "PUT" if path == "/storage/x" else "POST"
    for _ in range(20):
        reply = await http.request(method, path, files={"image": ("a.png", bytes(300_000))})
        assert reply.content


@pytest.mark.parametrize(
    "path",
    [
        *("/healthz", "/user/regionlist", "/user/nobody00", "/user/login", "/nowhere"),
        *("/api/v2/bootstrappers", "/api/v1/user/1", "/v1/user/homepage", "/media/none"),
    ],
)
async def test_head_is_get_without_a_body(http, path) -> None:
    """The status and the headers are those of GET, and the connection is good for another."""
    head, reply = await http.head(path), await http.get(path)

    assert (head.status_code, head.content) == (reply.status_code, b"")
    for name in ("content-type", "content-length", "allow", "cache-control", "etag"):
        assert head.headers.get(name) == reply.headers.get(name)


async def test_metrics(http, people) -> None:
    """Metrics count requests by dialect, route, method and status, and name nobody."""
    tom = await people.one()
    await tom.get(f"/user/{tom.id}")
    await tom.get("/user/nobody00")
    await http.request("X-NONE", "/nowhere")

    text = (await http.get("/metrics")).text

    def count(**labels: str) -> float:
        wanted = {f'{name}="{value}"' for name, value in labels.items()}
        for line in text.splitlines():
            found = re.fullmatch(r"userhub_http_request_seconds_count\{(.*)\} (\S+)", line)
            if found and wanted == set(found[1].split(",")):
                return float(found[2])
        return 0

    shown = {"dialect": "sealtalk", "route": "/user/{user_id}", "method": "GET"}
    assert count(**shown, status="200") >= 1
    assert count(**shown, status="404") >= 1
    assert count(dialect="sealtalk", route="/user/register", method="POST", status="200") >= 1
    assert count(dialect="none", route="unknown", method="other", status="404") >= 1
    for secret in (tom.id, tom.phone, "nobody00"):
        assert secret not in text


async def test_documents(http, suite) -> None:
    """Each dialect has an OpenAPI document that names this gateway and each of its paths."""
    index = await http.get("/docs")
    assert index.status_code == 200
    for dialect in DIALECTS:
        assert f'href="/docs/{dialect.name}"' in index.text
        document = (await http.get(f"/docs/{dialect.name}/openapi.json")).json()
        assert document["openapi"].startswith("3.")
        assert document["servers"] == [{"url": suite.urls["gateway"]}]
        assert all(dialect.owns(path) for path in document["paths"])
        assert document["components"]["securitySchemes"]["session"] == dialect.credential
    for path in ("none", "none/openapi.json", "none/start.js", "assets/none.js", "assets/..%2fx"):
        assert (await http.get(f"/docs/{path}")).status_code == 404


@pytest.mark.parametrize("dialect", [dialect.name for dialect in DIALECTS])
async def test_the_page_in_a_browser(suite, http, tmp_path, dialect) -> None:
    """A real browser shows every endpoint, asks no other host for anything, and sees no error."""
    document = (await http.get(f"/docs/{dialect}/openapi.json")).json()
    operations = sum(len(methods) for methods in document["paths"].values())
    async with browsing(tmp_path) as page:
        await page.open(f"{suite.urls['gateway']}/docs/{dialect}")
        await page.until(f"document.querySelectorAll('.opblock').length >= {operations}")
        shown = await page.evaluate("document.body.innerText.replaceAll('\\u200b', '')")

        for path in document["paths"]:
            assert path in shown
        elsewhere = [
            url
            for url in page.requests
            if not url.startswith((f"{suite.urls['gateway']}/", "data:"))
        ]
        assert elsewhere == []
        assert len(page.requests) > 3
        problems = [text for text in page.problems if "favicon" not in text]
        assert problems == []


@asynccontextmanager
async def another(suite, log: Path, **told: str) -> AsyncIterator[httpx.AsyncClient]:
    """A gateway of its own on the suite's servers, but for what it is told, and a client of it."""
    port = ports.pick_free(set())
    addresses = Addresses({"gateway": port}, suite.urls)
    [program] = [one for one in userhub_programs(suite.config, addresses) if one.name == "gateway"]
    with log.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            *("setpriv", "--pdeathsig", "TERM", "--", sys.executable, "-m", "gateway"),
            env={**program.environment, **told},
            cwd=program.folder,
            stdout=out,
            stderr=out,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        async with httpx.AsyncClient(base_url=url, timeout=15, verify=False) as client:
            yield client
    finally:
        process.terminate()
        assert await asyncio.wait_for(process.wait(), 15) in (os.EX_OK, -signal.SIGTERM)


@pytest.fixture
async def production(suite, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A gateway in production on the suite's servers, and a client of it."""
    told = {"USERHUB_ENV": "production", "PUBLIC_URL": "https://users.example.com"}
    async with another(suite, tmp_path / "gateway.log", **told) as client:
        async with asyncio.timeout(120):
            await probe.until_ready(client.base_url.port or 0)
        yield client


async def test_a_gateway_that_has_heard_nothing_believes_no_token(
    suite, people, tmp_path, eventually
) -> None:
    """Before it knows which sessions ended it answers none, also not with what it makes alone."""
    tom = await people.one()
    [cookie] = tom.http.cookies.items()
    assert (await tom.post("/user/get_token")).status_code == 200
    assert (await tom.post("/user/logout")).status_code == 200
    assert (await tom.post("/user/get_token")).status_code == 403
    nowhere = f"nats://127.0.0.1:{ports.pick_free(set())}"

    async with another(suite, tmp_path / "gateway.log", NATS_URL=nowhere) as client:

        async def alive() -> bool:
            try:
                return (await client.get("/healthz")).status_code == 200
            except httpx.TransportError:
                return False

        await eventually(alive)
        reply = await client.post("/user/get_token", headers={"cookie": "=".join(cookie)})

    assert reply.status_code == 500, reply.text


async def test_production_shows_less(production, people) -> None:
    """In production there is no inbox, no captcha answer, no document, no metrics."""
    for path in (
        "/dev/inbox?to=%2B8613912345678",
        "/dev/captcha?id=x",
        "/docs",
        "/docs/sealtalk",
        "/docs/sealtalk/openapi.json",
        "/docs/assets/swagger-ui.css",
        "/metrics",
        "/schema",
    ):
        reply = await production.get(path)
        assert reply.status_code == 404, path
        assert list(reply.json()) == ["error", "message"]
    assert (await production.get("/readyz")).json() == {"status": "ready"}


async def test_production_tells_nobody_what_is_missing(production, suite) -> None:
    """Whoever asks hears that it is not ready; which part is missing is in the log."""
    suite.kill("social", signal.SIGSTOP)
    try:
        reply = await production.get("/readyz")
    finally:
        suite.kill("social", signal.SIGCONT)

    assert (reply.status_code, reply.json()) == (503, {"status": "not ready"})
    await suite.wait_ready()


async def test_pages_of_ours_that_come_by_http(production, people) -> None:
    """Where clients come by https, a page of the same host that came by http acts for nobody."""
    host = str(production.base_url).removeprefix("http://")
    body = {"region": "86", "phone": "13912345678", "password": "no password"}

    by_https = await production.post(
        "/user/login", json=body, headers={"origin": f"https://{host}"}
    )
    by_http = await production.post("/user/login", json=body, headers={"origin": f"http://{host}"})

    assert (by_https.status_code, by_http.status_code) == (200, 403)


async def test_production_sets_secure_cookies(production, people) -> None:
    """Where clients come by https the cookie is for https alone."""
    tom = await people.one()

    body = {"region": "86", "phone": tom.phone, "password": tom.password}
    reply = await production.post("/user/login", json=body)

    [cookie] = reply.headers.get_list("set-cookie")
    assert cookie.endswith("; Max-Age=2592000; Path=/; HttpOnly; SameSite=Lax; Secure")
