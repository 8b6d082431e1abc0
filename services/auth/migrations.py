"""Changes to auth's stored data, in order."""

from services.auth.accounts import rules
from shared.migrations import Migration, Progress
from shared.mongo import ASCENDING, Collection, Document, Mongo, UpdateOne


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
    cursor = accounts.find(query, {"username_key": 1}).sort("_id", ASCENDING).limit(BATCH)
    return await cursor.to_list(BATCH)


async def _drop_refusals_of_codes(mongo: Mongo, _: Progress) -> None:
    """Let go of the refusals by hour and network: `code_decisions` has each of them."""
    await mongo["code_refusals"].drop()


MIGRATIONS = (
    Migration("0001_start_ids", _start_ids),
    Migration("0002_turns_of_roots", _turns_of_roots),
    Migration("0003_index_parts_of_usernames", _index_parts_of_usernames),
    Migration("0004_drop_refusals_of_codes", _drop_refusals_of_codes),
)
