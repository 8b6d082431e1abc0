"""Objects in a bucket of Amazon's S3, or of anything else that speaks its protocol.

The bucket must belong to this installation alone: what is in it under a key of our form, and has no
document in our database, is removed by the sweep.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from services.profile.pictures import rules
from services.profile.pictures.objects import StoredObject, check_key
from shared import errors
from shared.telemetry import logs

T = TypeVar("T")

THREADS = 16
"""Requests to the bucket under way at once; the client waits for each in a thread."""

CONNECT_SECONDS, ANSWER_SECONDS = 2.0, 4.0
"""How long one try may take: less than the five seconds of a request."""

TRIES = 2

NOT_THERE = frozenset(("NoSuchKey", "404"))

log = logs.logger("objects")


class S3Bucket:
    """Objects by their keys in a bucket."""

    def __init__(
        self, bucket: str, *, endpoint: str | None, region: str, access_key: str, secret_key: str
    ) -> None:
        self._bucket = bucket
        self._threads = ThreadPoolExecutor(THREADS, "s3")
        self._client = boto3.client(
            "s3",
            endpoint_url=endpoint,
            region_name=region,
            aws_access_key_id=access_key,
            aws_secret_access_key=secret_key,
            config=Config(
                connect_timeout=CONNECT_SECONDS,
                read_timeout=ANSWER_SECONDS,
                retries={"total_max_attempts": TRIES, "mode": "standard"},
                max_pool_connections=THREADS,
                # Others than Amazon's know neither hosts by bucket nor its newer checksums.
                s3={"addressing_style": "path" if endpoint else "virtual"},
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )

    def prepare(self) -> None:
        """Say in the log if the bucket is not there, or not ours to use; it may come later."""
        try:
            self._client.head_bucket(Bucket=self._bucket)
        except (BotoCoreError, ClientError) as error:
            log.error("objects.no_bucket", bucket=self._bucket, error=str(error))

    async def put(self, key: str, content: bytes) -> None:
        """Keep an object; the answer means that it is."""
        check_key(key)
        media_type = rules.media_type_of(key)
        await self._do(
            lambda: self._client.put_object(
                Bucket=self._bucket, Key=key, Body=content, ContentType=media_type
            )
        )

    async def get(self, key: str) -> bytes | None:
        """Read an object, or nothing if it is not there."""
        check_key(key)
        return await self._do(lambda: self._read(key))

    def _read(self, key: str) -> bytes | None:
        try:
            return self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        except ClientError as error:
            if _code(error) in NOT_THERE:
                return None
            raise

    async def delete(self, key: str) -> None:
        """Remove an object if it is there."""
        check_key(key)
        await self._do(lambda: self._client.delete_object(Bucket=self._bucket, Key=key))

    async def listing(self) -> AsyncIterator[StoredObject]:
        """List what has a key of our form, a page at a time."""
        pages = iter(self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket))
        while page := await self._do(lambda: next(pages, None)):
            for one in page.get("Contents", ()):
                if rules.is_key(one["Key"]):
                    yield StoredObject(one["Key"], one["LastModified"])

    async def _do(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        except (BotoCoreError, ClientError) as error:
            log.error("objects.unavailable", bucket=self._bucket, error=str(error))
            raise errors.Unavailable(part="objects") from error


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code"))
