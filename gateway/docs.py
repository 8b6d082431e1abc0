"""The API documents: one per dialect, shown by a page that loads nothing from outside."""

from importlib import resources
from typing import Any

import msgspec
from litestar import Litestar, MediaType, Response, Router, get
from litestar.openapi import OpenAPIConfig

from gateway.core import Core
from gateway.dialects.dialect import Dialect
from gateway.errors import BadRequest, NotFound
from shared.version import VERSION

_ASSETS = {"swagger-ui-bundle.js": "text/javascript", "swagger-ui.css": "text/css"}
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<link rel="icon" href="data:,"><link rel="stylesheet" href="/docs/assets/swagger-ui.css"></head>
<body><div id="ui"></div>
<script src="/docs/assets/swagger-ui-bundle.js"></script>
<script src="/docs/{name}/start.js"></script></body></html>"""
_START = """SwaggerUIBundle({{url: "/docs/{name}/openapi.json", dom_id: "#ui", validatorUrl: null,
  deepLinking: true, docExpansion: "list"}});"""
_INDEX = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Userhub API</title></head>
<body style="font-family: sans-serif; max-width: 40em; margin: 3em auto">
<h1>Userhub API</h1><p>One user base, spoken to in several dialects:</p><ul>{items}</ul>
</body></html>"""
_CSP = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )
}


def document(core: Core, dialect: Dialect) -> dict[str, Any]:
    """Make the OpenAPI document of one dialect."""
    config = OpenAPIConfig(
        title=f"Userhub: {dialect.title}", version=VERSION, use_handler_docstrings=True
    )
    app = Litestar(route_handlers=dialect.routers(core), openapi_config=config)
    schema: dict[str, Any] = app.openapi_schema.to_schema()
    schema["servers"] = [{"url": core.config.public_url}]
    schema.setdefault("components", {})["securitySchemes"] = {"session": dialect.credential}
    schema["security"] = [{}, {"session": []}]  # most endpoints need it, some do not
    failed = _failed(dialect)
    for operations in schema["paths"].values():
        for operation in operations.values():
            operation["summary"] = operation.get("description", "").partition("\n")[0]
            operation["responses"].pop("400", None)  # the framework's own words, never sent
            operation["responses"]["default"] = failed
    return schema


def _failed(dialect: Dialect) -> dict[str, Any]:
    """Say once how anything that fails is answered."""
    scope: Any = {"type": "http", "method": "POST", "path": dialect.prefixes[0], "headers": []}
    reply = dialect.fail(BadRequest(), scope)
    example = msgspec.json.decode(msgspec.json.encode(reply.content))
    return {
        "description": "It failed, said in the words of this dialect",
        "content": {"application/json": {"schema": {"type": "object"}, "example": example}},
    }


def router(core: Core, dialects: tuple[Dialect, ...]) -> Router:
    """Mount `/docs`."""
    by_name = {dialect.name: dialect for dialect in dialects}
    documents: dict[str, bytes] = {}

    def known(name: str) -> Dialect:
        if name not in by_name:
            raise NotFound(f"There is no dialect {name!r}.")
        return by_name[name]

    @get("/", media_type=MediaType.HTML)
    async def index() -> Response[str]:
        """List the dialects."""
        items = "".join(f'<li><a href="/docs/{d.name}">{d.title}</a></li>' for d in dialects)
        return Response(_INDEX.format(items=items), headers=_CSP, media_type=MediaType.HTML)

    @get("/{name:str}")
    async def page(name: str) -> Response[str]:
        """Show the document of a dialect."""
        text = _PAGE.format(title=known(name).title, name=name)
        return Response(text, headers=_CSP, media_type=MediaType.HTML)

    @get("/{name:str}/start.js")
    async def start(name: str) -> Response[str]:
        """Start the viewer (a file of its own, as no script may stand in the page)."""
        return Response(_START.format(name=known(name).name), media_type="text/javascript")

    @get("/{name:str}/openapi.json")
    async def openapi(name: str) -> Response[bytes]:
        """Give the OpenAPI document of a dialect."""
        if name not in documents:
            documents[name] = msgspec.json.encode(document(core, known(name)))
        return Response(documents[name], media_type="application/json")

    @get("/assets/{file:str}")
    async def asset(file: str) -> Response[bytes]:
        """Give a file of the viewer."""
        if file not in _ASSETS:
            raise NotFound()
        content = resources.files("swagger_ui").joinpath("static", file).read_bytes()
        headers = {"cache-control": "public, max-age=86400"}
        return Response(content, media_type=_ASSETS[file], headers=headers)

    handlers: list[Any] = [index, page, start, openapi, asset]
    return Router(path="/docs", route_handlers=handlers, include_in_schema=False)
