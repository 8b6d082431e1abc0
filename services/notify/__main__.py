"""The process of the notify service: `python -m services.notify`."""

import functools
import os
import uuid

import httpx

from services.notify import providers
from services.notify.config import Config
from services.notify.im import store as im_store
from services.notify.im.handlers import Im
from services.notify.im.kept import KeptTokens
from services.notify.im.notices import consumer as im_consumer
from services.notify.im.notices import store as notices_store
from services.notify.im.notices.clouds import ImCloud, LocalCloud, RongCloudNotices
from services.notify.im.notices.handlers import Notices
from services.notify.im.notices.rules import Writer
from services.notify.im.providers import RongCloud
from services.notify.im.rongcloud import RongCloudApi
from services.notify.inbox import store as inbox_store
from services.notify.inbox.handlers import Inbox
from services.notify.listeners import Leaving
from services.notify.migrations import MIGRATIONS
from services.notify.push_devices import store as push_devices_store
from services.notify.push_devices.handlers import PushDevices
from services.notify.push_notices import consumer as push_notices
from services.notify.sending import dead_letters
from services.notify.sending import store as sending_store
from services.notify.sending.caps import Capped
from services.notify.sending.handlers import Sending
from services.notify.sending.worker import Worker
from services.notify.sms_reports import store as sms_reports_store
from services.notify.sms_reports.handlers import SmsReports
from services.notify.switches.channel import Switchable
from services.notify.switches.handlers import Switches
from services.notify.switches.store import MongoSwitches
from services.notify.templates.catalogue import Catalogue
from shared import runtime, settings
from shared.contracts import notify
from shared.leases import Lease
from shared.public_ids import PublicIds
from shared.runtime import Runtime

DURABLE = "notify-sending"
"""The place in the work stream, and after `dead.` the subject of what was given up."""


INDEXES = (
    sending_store.INDEXES,
    inbox_store.INDEXES,
    im_store.INDEXES,
    notices_store.INDEXES,
    push_devices_store.INDEXES,
    sms_reports_store.INDEXES,
)


async def main(config: Config) -> None:
    """Send, answer and listen until stopped."""
    templates = Catalogue()
    async with runtime.running("notify", "userhub_notify", config) as rt:
        await rt.prepare(MIGRATIONS, *INDEXES)
        deliveries = sending_store.MongoDeliveries(rt.mongo, config.lookup_key)
        inbox, tokens = inbox_store.MongoInbox(rt.mongo), im_store.MongoImTokens(rt.mongo)
        devices = push_devices_store.MongoPushDevices(rt.mongo)
        chosen = providers.choose(config, inbox, devices)
        switches = MongoSwitches(rt.mongo)
        channels = {
            name: Switchable(Capped(one, deliveries), switches)
            for name, one in chosen.channels.items()
        }
        reported = sms_reports_store.MongoSmsReports(rt.mongo, config.lookup_key)
        sending = Sending(
            deliveries, templates, channels, reporting=chosen.reporting, reported=reported
        )
        rongcloud = rongcloud_api(config) if config.im_provider == "rongcloud" else None
        im = Im(KeptTokens(RongCloud(rongcloud), tokens, rt.bus) if rongcloud else None)
        tables = [
            sending.table(),
            im.table(),
            PushDevices(devices).table(),
            Switches(switches).table(),
            SmsReports(reported, chosen.receivers, config.sms_reports_key).table(),
        ]
        if config.env == "dev":
            tables.append(Inbox(inbox, rt.js, DURABLE).table())
        await rt.serve(*tables)
        rt.consume(worker(rt, sending))
        if notify.Channel.PUSH in channels:
            rt.consume(push_notices.consumer(rt.js, devices))
        rt.consume(im_notices(rt, config, im_cloud(config, rongcloud, inbox)))
        forget = functools.partial(dead_letters.forget, rt.js, DURABLE)
        erasers = [deliveries.erase, inbox.erase, tokens.erase, devices.erase]
        rt.listen(Leaving(rt.mongo, rt.outbox, erasers, forget).listeners())
        await rt.until_stopped()


def worker(rt: Runtime, sending: Sending) -> Worker:
    """Make the consumer of the work stream."""
    return Worker(
        js=rt.js,
        stream="NOTIFY",
        durable=DURABLE,
        subjects=[notify.WORK],
        handle=sending.handle,
        give_up=sending.give_up,
    )


def rongcloud_api(config: Config) -> RongCloudApi:
    """Make the way to the application at RongCloud that is set."""
    return RongCloudApi(
        httpx.AsyncClient(trust_env=False),
        config.rongcloud_url,
        config.rongcloud_app_key,
        config.rongcloud_app_secret,
    )


def im_cloud(
    config: Config, rongcloud: RongCloudApi | None, inbox: inbox_store.MongoInbox
) -> ImCloud:
    """Give who keeps the groups of instant messaging, and takes its notices."""
    if rongcloud is not None:
        return RongCloudNotices(rongcloud)
    return LocalCloud(inbox if config.env == "dev" else None)


def im_notices(rt: Runtime, config: Config, cloud: ImCloud) -> im_consumer.NoticeConsumer:
    """Make the consumer of what instant messaging is told."""
    notices = notices_store.MongoNotices(rt.mongo)
    writer = Writer(PublicIds(config.sealtalk_id_alphabet, config.sealtalk_id_length))
    lease = Lease(rt.mongo, "im-notices", uuid.uuid4().hex)
    return im_consumer.consumer(rt.js, Notices(cloud, notices, writer, rt.bus), notices, lease)


if __name__ == "__main__":
    runtime.run(main(settings.read_or_exit(Config, os.environ, "notify")))
