"""Keeps a copy of who is there: python subscriber.py NAME DATABASE [SNAPSHOT].

NAME is the durable place that an operator made, SNAPSHOT what that printed; NATS_URL says where
NATS is. Stop it as you like: it goes on where it was.
"""

import asyncio
import json
import os
import sqlite3
import sys
from pathlib import Path
from typing import Any

import nats
from nats.errors import TimeoutError as NothingNew

TABLES = """
CREATE TABLE IF NOT EXISTS handled (subject TEXT, source TEXT, sequence INTEGER NOT NULL,
                                    PRIMARY KEY (subject, source));
CREATE TABLE IF NOT EXISTS people (user_id INTEGER PRIMARY KEY, username TEXT NOT NULL);
"""
PATIENCE = 60
"""How often an event that comes too soon is put off by a second, before it is handled anyway."""


def take_snapshot(db: sqlite3.Connection, path: str) -> None:
    """Read who was there at the beginning, unless that was done before."""
    with db, Path(path).open(encoding="utf-8") as lines:
        if db.execute("INSERT OR IGNORE INTO handled VALUES ('snapshot', '', 0)").rowcount:
            people = [json.loads(line) for line in lines]
            db.executemany("INSERT INTO people VALUES (:user_id, :username)", people)
            db.executemany(
                "INSERT INTO handled VALUES (:user_id, '/userhub/auth', :sequence)", people
            )


def comes_too_soon(db: sqlite3.Connection, event: dict[str, Any]) -> bool:
    """Tell whether an earlier event of the same person and service is still to come.

    What was under way when a connection broke comes again after a while, behind what is later. Who
    is not in the snapshot came after it, so their first event has number 1.
    """
    query = """
        SELECT sequence + 1 < :sequence FROM handled WHERE subject = :subject AND source = :source
        UNION ALL SELECT 1 < :sequence FROM handled WHERE subject = 'snapshot'
    """
    return bool((db.execute(query, event).fetchone() or [False])[0])


def handle(db: sqlite3.Connection, event: dict[str, Any]) -> None:
    """Do what an event asks for, once: its number and its effect are one transaction."""
    with db:
        noted = db.execute(
            "INSERT INTO handled VALUES (:subject, :source, :sequence) ON CONFLICT DO UPDATE"
            " SET sequence = excluded.sequence WHERE excluded.sequence > sequence",
            event,
        )
        if not noted.rowcount:
            return
        data = event["data"]
        if event["type"] in ("auth.user_registered", "auth.username_changed"):
            db.execute("INSERT OR REPLACE INTO people VALUES (:user_id, :username)", data)
        elif event["type"] == "auth.user_deleting":
            db.execute("DELETE FROM people WHERE user_id = :user_id", data)


async def follow(name: str, db: sqlite3.Connection) -> None:
    """Handle events for ever."""
    url = os.environ["NATS_URL"]
    client = await nats.connect(
        url, inbox_prefix="_INBOX.subscriber", tls_handshake_first=url.startswith("tls://")
    )
    subscription = await client.jetstream().pull_subscribe_bind(durable=name, stream="EVENTS")
    while True:
        try:
            messages = await subscription.fetch(100, timeout=5)
        except NothingNew:
            continue
        for message in messages:
            if message.headers and "Userhub-Replay-For" in message.headers:
                await message.ack()  # one of Userhub's own services had given up on it
                continue
            event = json.loads(message.data)
            if event["source"] != "/userhub/auth":  # nothing that others tell is kept here
                await message.ack()
                continue
            event["sequence"] = int(event["sequence"])
            if comes_too_soon(db, event) and message.metadata.num_delivered < PATIENCE:
                await message.nak(delay=1)
                continue
            handle(db, event)
            await message.ack()


if __name__ == "__main__":
    place, database, *snapshot = sys.argv[1:]
    kept = sqlite3.connect(database)
    kept.executescript(TABLES)
    if snapshot:
        take_snapshot(kept, snapshot[0])
    asyncio.run(follow(place, kept))
