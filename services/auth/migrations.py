"""Changes to auth's stored data, in order."""

from services.auth.accounts import rules
from shared.migrations import Migration, Progress
from shared.mongo import ASCENDING, Collection, Document, DuplicateKeyError, Mongo, UpdateOne
from shared.telemetry import logs

log = logs.logger("migrations")


async def _start_ids(mongo: Mongo, _: Progress) -> None:
    """Begin ids at 10,001: small numbers look like test data, and some clients reserve them."""
    await mongo["sequences"].update_one(
        {"_id": "ids"}, {"$setOnInsert": {"last": 10_000}}, upsert=True
    )


async def _turns_of_roots(mongo: Mongo, _: Progress) -> None:
    """Make the document that transactions which take away the highest role come one by one at."""
    await mongo["account_turns"].update_one({"_id": "roots"}, {"$set": {"turn": 0}}, upsert=True)


BATCH = 500


async def _index_parts_of_usernames(mongo: Mongo, progress: Progress) -> None:
    """Give accounts that were made before it the pieces by which usernames are searched."""
    accounts, after = mongo["accounts"], progress.noted.get("after", 0)
    while found := await _named(accounts, after):
        await accounts.bulk_write(
            [
                UpdateOne(
                    {"_id": one["_id"], "username_key": one["username_key"]},
                    {"$set": {"username_parts": rules.parts(one["username_key"])}},
                )
                for one in found
            ],
            ordered=False,
        )
        after = found[-1]["_id"]
        await progress.note(after=after)


async def _named(accounts: Collection, after: int) -> list[Document]:
    query = {"_id": {"$gt": after}, "username_key": {"$exists": True}}
    cursor = (
        accounts.find(query, {"username": 1, "username_key": 1}).sort("_id", ASCENDING).limit(BATCH)
    )
    return await cursor.to_list(BATCH)


async def _drop_refusals_of_codes(mongo: Mongo, _: Progress) -> None:
    """Let go of the refusals by hour and network: `code_decisions` has each of them."""
    await mongo["code_refusals"].drop()


async def _pass_over_the_unseen(mongo: Mongo, progress: Progress) -> None:
    """Compare usernames without characters that show nothing.

    One that is somebody else's then stays as it is: it is shown, but leads to nobody any more.
    """
    accounts, after = mongo["accounts"], progress.noted.get("after", 0)
    while found := await _named(accounts, after):
        for one in found:
            key = rules.username_key(one["username"])
            if key in ("", one["username_key"]):
                continue
            try:
                await accounts.update_one(
                    {"_id": one["_id"], "username_key": one["username_key"]},
                    {"$set": {"username_key": key, "username_parts": rules.parts(key)}},
                )
            except DuplicateKeyError:
                log.warning("username.looks_like_another", user_id=one["_id"])
        after = found[-1]["_id"]
        await progress.note(after=after)


MIGRATIONS = (
    Migration("0001_start_ids", _start_ids),
    Migration("0002_turns_of_roots", _turns_of_roots),
    Migration("0003_index_parts_of_usernames", _index_parts_of_usernames),
    Migration("0004_drop_refusals_of_codes", _drop_refusals_of_codes),
    Migration("0005_pass_over_the_unseen", _pass_over_the_unseen),
)
