"""Public ids as sealtalk's routes read them."""

from gateway.errors import BadRequest
from shared import public_ids
from shared.public_ids import NoSuchId

__all__ = ["NoSuchId", "PublicIds"]


class PublicIds(public_ids.PublicIds):
    """Turns numbers into words and back, and tells where in a request a word came from."""

    def given(self, word: str) -> int:
        """Give the number of a word that a body names, where a wrong one is a bad request."""
        try:
            return self.decode(word)
        except NoSuchId as error:
            raise BadRequest(error.message) from None
