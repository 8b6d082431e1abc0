"""Who gives instant-messaging tokens: RongCloud."""

import httpx
import msgspec

from services.notify.im.rongcloud import RongCloudApi
from shared.contracts.notify import ImRefused
from shared.encoding import UNREADABLE
from shared.telemetry import logs

LONGEST_TOKEN = 4096
"""Characters that a token may have, as the contract has it."""

log = logs.logger("im")


class _Answer(msgspec.Struct, frozen=True):
    code: int
    user_id: str = msgspec.field(name="userId", default="")
    token: str = ""


_decode_answer = msgspec.json.Decoder(_Answer).decode


class RongCloud:
    """RongCloud's tokens; whatever goes wrong with it, the caller hears `ImRefused`."""

    def __init__(self, api: RongCloudApi) -> None:
        self.name, self._api = api.name, api

    async def token(self, im_id: str, nickname: str, avatar: str) -> str:
        """Ask for a token; it registers the person, or renews their name and picture, as well."""
        form = {"userId": im_id, "name": nickname or im_id, "portraitUri": avatar}
        try:
            status, body = await self._api.post("/user/getToken.json", form)
            answer = _decode_answer(body)
        except (httpx.HTTPError, TimeoutError, *UNREADABLE) as error:
            log.warning("im.refused", provider="rongcloud", error=type(error).__name__)
            raise ImRefused from None
        right = answer.code == 200 and answer.user_id == im_id
        if not (right and 0 < len(answer.token) <= LONGEST_TOKEN):
            log.warning("im.refused", provider="rongcloud", status=status, code=answer.code)
            raise ImRefused
        return answer.token
