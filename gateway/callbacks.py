"""What providers call of their own accord: reports of whether SMS arrived.

The gateway knows nothing of them: it hands over what came, and notify says what it is worth.
"""

from typing import Any

from litestar import Request, Response, Router, post

from gateway.core import Core
from shared.contracts import sms_reports


def router(core: Core) -> Router:
    """Mount `/callbacks`."""

    @post("/sms/{provider:str}/{token:str}", request_max_body_size=sms_reports.MOST_BYTES)
    async def take_sms_reports(
        request: Request[Any, Any, Any], provider: str, token: str
    ) -> Response[str]:
        """Take delivery reports of an SMS provider, in its own words; 404 unless it is set up."""
        ask = sms_reports.TakeReports(
            provider=provider,
            token=token,
            headers={
                name: value for name in sms_reports.HEADERS if (value := request.headers.get(name))
            },
            body=await request.body(),
        )
        taken = await core.bus.ask(sms_reports.take_reports, ask)
        return Response(
            taken.answer,
            status_code=200 if taken.answer else 204,
            media_type="application/json",
        )

    return Router(path="/callbacks", route_handlers=[take_sms_reports], include_in_schema=False)
