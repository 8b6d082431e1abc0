"""Which channels there are and who serves them, made of the settings."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from services.notify import web
from services.notify.config import Config
from services.notify.email.smtp import Smtp
from services.notify.inbox.store import MongoInbox
from services.notify.push.apns import Apns
from services.notify.push.channel import PushChannel, QuietInbox
from services.notify.push.fcm import Fcm
from services.notify.push.jpush import JPush
from services.notify.push_devices.store import MongoPushDevices
from services.notify.sending.breakers import Guarded, awake
from services.notify.sending.channels import Channel, Message, Only, Provider, Reporting
from services.notify.sms.aliyun import Aliyun
from services.notify.sms.routes import SmsChannel
from services.notify.sms.tencent import Tencent
from services.notify.sms.twilio import Twilio
from services.notify.sms.webhook import Webhook
from services.notify.sms_reports.receivers import Receiver
from shared.contracts import notify
from shared.telemetry import logs

CHANNELS = (notify.Channel.SMS, notify.Channel.EMAIL, notify.Channel.PUSH)
"""Those that messages are sent through; notices of instant messaging have a way of their own."""

log = logs.logger("notify")


@dataclass
class Chosen:
    """Channels, and by their names the providers that tell what became of a message.

    Those that can be asked, and those that call back.
    """

    channels: dict[notify.Channel, Channel] = field(default_factory=dict)
    reporting: dict[str, Reporting] = field(default_factory=dict)
    receivers: dict[str, Receiver] = field(default_factory=dict)


class _Resting:
    """A channel of one provider that rests after failures."""

    def __init__(self, provider: Provider) -> None:
        self._providers = [Guarded(provider)]

    async def providers(self, message: Message) -> Sequence[Provider]:
        return awake(self._providers)


def choose(config: Config, inbox: MongoInbox, devices: MongoPushDevices) -> Chosen:
    """Choose the channels; one without any provider fails its messages, and says so now."""
    if config.env == "dev":
        return Chosen(
            dict.fromkeys(CHANNELS, Only(inbox)) | {CHANNELS[2]: QuietInbox(devices, inbox)}
        )
    chosen = Chosen()
    if config.sms_routes:
        _add_sms(chosen, config)
    if config.smtp_host:
        chosen.channels[notify.Channel.EMAIL] = _Resting(Smtp(config.smtp()))
    if pushers := _pushers(config):
        types = config.types()
        chosen.channels[notify.Channel.PUSH] = PushChannel(devices, types, pushers)
    missing = sorted(set(CHANNELS) - chosen.channels.keys())
    if missing:
        log.warning("notify.no_provider", channels=missing)
    return chosen


def _add_sms(chosen: Chosen, config: Config) -> None:
    http, providers = web.client(), dict[str, Provider]()
    if config.has("aliyun"):
        aliyun = Aliyun(http, config.aliyun())
        chosen.reporting["aliyun"] = chosen.receivers["aliyun"] = providers["aliyun"] = aliyun
    if config.has("tencent"):
        tencent = Tencent(http, config.tencent())
        chosen.reporting["tencent"] = chosen.receivers["tencent"] = providers["tencent"] = tencent
    if config.has("twilio"):
        twilio = Twilio(http, config.twilio())
        chosen.reporting["twilio"] = chosen.receivers["twilio"] = providers["twilio"] = twilio
    if config.has("webhook"):
        chosen.receivers["webhook"] = providers["webhook"] = Webhook(http, config.webhook())
    chosen.channels[notify.Channel.SMS] = SmsChannel(config.routes(), providers)


def _pushers(config: Config) -> dict[str, Provider]:
    pushers: dict[str, Provider] = {}
    if config.has("jpush"):
        pushers["jpush"] = JPush(web.client(), config.jpush())
    if fcm := config.fcm():
        pushers["fcm"] = Fcm(web.client(), fcm)
    if config.has("apns"):
        pushers["apns"] = Apns(web.client(http2=True), config.apns())
    return pushers
