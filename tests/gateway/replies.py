"""Replies compared with stored ones to the byte, for the tests of every dialect.

`UPDATE_REPLIES=1` writes them anew; read the difference before committing it.
"""

import json
import os
import re
from pathlib import Path
from typing import Any

import httpx

HEADERS = ("content-type", "cache-control", "set-cookie", "retry-after", "location")
UPDATE = bool(os.environ.get("UPDATE_REPLIES"))

Stand = tuple[re.Pattern[str], str]
"""What differs from run to run, and what stands for it."""

SEALED: Stand = (re.compile(r"\bv1\.[0-9A-Za-z]+\.[0-9A-Za-z_-]+\.[0-9A-Za-z_-]+"), "<sealed>")
"""Tokens that we seal."""


class Replies:
    """Takes replies down, with placeholders for what differs from run to run."""

    shortest = 1
    """Characters of what is looked for within texts: a shorter word may be there by chance."""

    def __init__(self, folder: Path, *stands: Stand, **words: str) -> None:
        self._folder, self._stands = folder, stands
        self._words: dict[str, str] = {}
        self.known(**words)

    def known(self, **words: str) -> None:
        """Name words that are to be replaced, as `<name>`."""
        self._words |= {word: f"<{name}>" for name, word in words.items()}

    def _plain(self, text: str) -> str:
        # Within what is random, or in a longer word, a short one may be there by chance.
        for pattern, stand_in in self._stands:
            text = pattern.sub(stand_in, text)
        for word in sorted(self._words, key=len, reverse=True):
            if len(word) >= self.shortest:
                text = text.replace(word, self._words[word])
        return text

    def check(self, name: str, reply: httpx.Response) -> httpx.Response:
        """Compare a reply with the stored one of this name, and give it back."""
        path = reply.request.url.raw_path.decode()
        headers = {key: self._plain(reply.headers[key]) for key in HEADERS if key in reply.headers}
        if "retry-after" in headers:
            headers["retry-after"] = "<seconds>"
        found = {
            "request": f"{reply.request.method} {self._plain(path)}",
            "status": reply.status_code,
            "headers": headers,
            "body": self._body(reply),
        }
        text = json.dumps(found, ensure_ascii=False, indent=2) + "\n"
        file = self._folder / f"{name}.json"
        if UPDATE:
            self._folder.mkdir(exist_ok=True)
            file.write_text(text)
        # Text, not values: the order of keys is part of what clients were tested with.
        assert file.read_text() == text, f"{file.name}: UPDATE_REPLIES=1 writes it anew"
        return reply

    def _body(self, reply: httpx.Response) -> Any:
        text = self._plain(reply.text)
        if reply.headers.get("content-type") != "application/json":
            return text
        body = json.loads(text)
        compact = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        assert text == compact, "a reply is compact JSON"
        return body
