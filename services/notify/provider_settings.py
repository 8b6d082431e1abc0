"""The settings of providers: what is not set is not used."""

import base64
from collections.abc import Callable
from typing import Annotated, Literal, TypeVar

import msgspec
from msgspec import Meta, field

from services.notify.email.letters import sender
from services.notify.email.smtp import SmtpSettings
from services.notify.push.apns import ApnsSettings
from services.notify.push.channel import Types
from services.notify.push.fcm import FcmSettings, ServiceAccount
from services.notify.push.jpush import JPushSettings
from services.notify.sms.aliyun import AliyunSettings
from services.notify.sms.own_templates import OwnTemplates
from services.notify.sms.routes import Routes
from services.notify.sms.tencent import TencentSettings
from services.notify.sms.twilio import TwilioSettings
from services.notify.sms.webhook import WebhookSettings
from shared.settings import Key, Stored

T = TypeVar("T")
Url = Annotated[str, Meta(pattern="^https?://[^/]+")]
TEMPLATES_HELP = "ids of the approved templates, by ours: `verification_code=…,new_device.en=…`"

CODE = "verification_code"
"""The template without which a provider is of no use."""

SMS = ("aliyun", "tencent", "twilio", "webhook")
PUSH = ("jpush", "fcm", "apns")


class ProviderSettings(Stored, frozen=True, kw_only=True):
    """Who delivers SMS, e-mail and push messages; used in production alone."""

    sms_reports_key: Annotated[
        Key | None,
        Meta(
            description="the secret end of the URLs at which SMS providers report whether messages "
            "arrived, `PUBLIC_URL/callbacks/sms/<provider>/<this>`; empty: none are taken"
        ),
    ] = field(name="SMS_REPORTS_KEY", default=None)
    public_url: Annotated[
        str,
        Meta(
            pattern="^https?://[^/?#]+$",
            description="how clients reach us, the same as the gateway's; Twilio reports there",
        ),
    ] = field(name="PUBLIC_URL", default="http://127.0.0.1:8000")
    sms_routes: Annotated[
        str,
        Meta(
            description="who sends SMS, in order, by country: `CN=aliyun,tencent;*=twilio` (also "
            "`webhook`); empty: nobody"
        ),
    ] = field(name="SMS_ROUTES", default="")
    aliyun_url: Annotated[Url, Meta(description="Alibaba Cloud's SMS API")] = field(
        name="ALIYUN_SMS_URL", default="https://dysmsapi.aliyuncs.com"
    )
    aliyun_key_id: Annotated[str, Meta(description="Alibaba Cloud: AccessKey ID")] = field(
        name="ALIYUN_SMS_KEY_ID", default=""
    )
    aliyun_key_secret: Annotated[str, Meta(description="Alibaba Cloud: AccessKey secret")] = field(
        name="ALIYUN_SMS_KEY_SECRET", default=""
    )
    aliyun_sign_name: Annotated[str, Meta(description="Alibaba Cloud: approved signature")] = field(
        name="ALIYUN_SMS_SIGN_NAME", default=""
    )
    aliyun_templates: Annotated[str, Meta(description=f"Alibaba Cloud: {TEMPLATES_HELP}")] = field(
        name="ALIYUN_SMS_TEMPLATES", default=""
    )
    tencent_url: Annotated[Url, Meta(description="Tencent Cloud's SMS API")] = field(
        name="TENCENT_SMS_URL", default="https://sms.tencentcloudapi.com"
    )
    tencent_region: Annotated[str, Meta(description="Tencent Cloud: region")] = field(
        name="TENCENT_SMS_REGION", default="ap-guangzhou"
    )
    tencent_secret_id: Annotated[str, Meta(description="Tencent Cloud: SecretId")] = field(
        name="TENCENT_SMS_SECRET_ID", default=""
    )
    tencent_secret_key: Annotated[str, Meta(description="Tencent Cloud: SecretKey")] = field(
        name="TENCENT_SMS_SECRET_KEY", default=""
    )
    tencent_app_id: Annotated[str, Meta(description="Tencent Cloud: SmsSdkAppId")] = field(
        name="TENCENT_SMS_APP_ID", default=""
    )
    tencent_sign_name: Annotated[str, Meta(description="Tencent Cloud: approved signature")] = (
        field(name="TENCENT_SMS_SIGN_NAME", default="")
    )
    tencent_templates: Annotated[
        str,
        Meta(
            description=f"Tencent Cloud: {TEMPLATES_HELP}; with the parameters in the order of its "
            "text: `verification_code=1234:code:minutes`"
        ),
    ] = field(name="TENCENT_SMS_TEMPLATES", default="")
    twilio_url: Annotated[Url, Meta(description="Twilio's API")] = field(
        name="TWILIO_URL", default="https://api.twilio.com"
    )
    twilio_account_sid: Annotated[str, Meta(description="Twilio: Account SID")] = field(
        name="TWILIO_ACCOUNT_SID", default=""
    )
    twilio_auth_token: Annotated[str, Meta(description="Twilio: Auth Token")] = field(
        name="TWILIO_AUTH_TOKEN", default=""
    )
    twilio_sender: Annotated[
        str, Meta(description="Twilio: number that sends, or a messaging service (`MG…`)")
    ] = field(name="TWILIO_SENDER", default="")
    webhook_url: Annotated[
        str, Meta(description="your own SMS gateway, called as Standard Webhooks 1.0 has it")
    ] = field(name="SMS_WEBHOOK_URL", default="")
    webhook_key: Annotated[Key | None, Meta(description="signs what that webhook gets")] = field(
        name="SMS_WEBHOOK_KEY", default=None
    )

    smtp_host: Annotated[str, Meta(description="SMTP server that takes e-mail; empty: none")] = (
        field(name="SMTP_HOST", default="")
    )
    smtp_port: Annotated[int, Meta(ge=1, le=65535, description="its port")] = field(
        name="SMTP_PORT", default=587
    )
    smtp_security: Annotated[
        Literal["tls", "starttls", "none"],
        Meta(description="`starttls` (port 587), `tls` from the first byte (465), or `none`"),
    ] = field(name="SMTP_SECURITY", default="starttls")
    smtp_username: Annotated[str, Meta(description="login there; empty: none")] = field(
        name="SMTP_USERNAME", default=""
    )
    smtp_password: Annotated[str, Meta(description="password of that login")] = field(
        name="SMTP_PASSWORD", default=""
    )
    smtp_ca_file: Annotated[
        str, Meta(description="certificates to trust beside the system's, in PEM")
    ] = field(name="SMTP_CA_FILE", default="")
    email_from: Annotated[
        str, Meta(description="who sends e-mail: `Name <no-reply@example.com>`")
    ] = field(name="EMAIL_FROM", default="")

    push_types: Annotated[
        str,
        Meta(
            description="push service by the `type` that a device registers with: `2=jpush,3=fcm`"
        ),
    ] = field(name="PUSH_TYPES", default="1=apns,2=jpush,3=fcm")
    jpush_url: Annotated[Url, Meta(description="JPush's API")] = field(
        name="JPUSH_URL", default="https://api.jpush.cn"
    )
    jpush_app_key: Annotated[str, Meta(description="JPush: AppKey")] = field(
        name="JPUSH_APP_KEY", default=""
    )
    jpush_master_secret: Annotated[str, Meta(description="JPush: Master Secret")] = field(
        name="JPUSH_MASTER_SECRET", default=""
    )
    jpush_production: Annotated[
        bool, Meta(description="JPush: iOS devices have the app from the store")
    ] = field(name="JPUSH_PRODUCTION", default=True)
    fcm_url: Annotated[Url, Meta(description="Firebase Cloud Messaging's API")] = field(
        name="FCM_URL", default="https://fcm.googleapis.com"
    )
    fcm_account_secret: Annotated[
        str, Meta(description="FCM: the service account's JSON file, its content in one line")
    ] = field(name="FCM_ACCOUNT_SECRET", default="")
    apns_url: Annotated[Url, Meta(description="Apple's push service")] = field(
        name="APNS_URL", default="https://api.push.apple.com"
    )
    apns_secret_key: Annotated[
        str, Meta(description="APNs: content of the `.p8` file; `\\n` stands for a line break")
    ] = field(name="APNS_SECRET_KEY", default="")
    apns_key_id: Annotated[str, Meta(description="APNs: id of that key")] = field(
        name="APNS_KEY_ID", default=""
    )
    apns_team_id: Annotated[str, Meta(description="APNs: team id")] = field(
        name="APNS_TEAM_ID", default=""
    )
    apns_topic: Annotated[str, Meta(description="APNs: the app's bundle id")] = field(
        name="APNS_TOPIC", default=""
    )

    def check_providers(self) -> None:
        """Refuse what cannot be read, and names of providers that nothing is set for."""
        self.routes()
        self.types()
        for name in sorted(self.routes().names):
            if name not in SMS:
                raise ValueError(f"SMS_ROUTES names {name}, which is none of {', '.join(SMS)}")
            if not self.has(name):
                raise ValueError(f"SMS_ROUTES names {name}, which is not wholly set")
        for name, own in (("ALIYUN", self.aliyun()), ("TENCENT", self.tencent())):
            if name.lower() in self.routes().names and CODE not in own.templates.ids:
                raise ValueError(f"{name}_SMS_TEMPLATES has no {CODE}, so no code could be sent")
        for name in self.types().by_type.values():
            if name not in PUSH:
                raise ValueError(f"PUSH_TYPES names {name}, which is none of {', '.join(PUSH)}")
        if self.smtp_host:
            self.smtp()
        self.fcm()

    def has(self, provider: str) -> bool:
        """Tell whether all is set that a provider needs."""
        needed: dict[str, tuple[object, ...]] = {
            "aliyun": (self.aliyun_key_id, self.aliyun_key_secret, self.aliyun_sign_name),
            "tencent": (self.tencent_secret_id, self.tencent_secret_key, self.tencent_app_id),
            "twilio": (self.twilio_account_sid, self.twilio_auth_token, self.twilio_sender),
            "webhook": (self.webhook_url, self.webhook_key),
            "jpush": (self.jpush_app_key, self.jpush_master_secret),
            "fcm": (self.fcm_account_secret,),
            "apns": (self.apns_secret_key, self.apns_key_id, self.apns_team_id, self.apns_topic),
        }
        return all(needed[provider])

    def routes(self) -> Routes:
        """Who sends SMS where."""
        return _named("SMS_ROUTES", Routes.parse, self.sms_routes)

    def types(self) -> Types:
        """Who pushes to which type of device."""
        return _named("PUSH_TYPES", Types.parse, self.push_types)

    def aliyun(self) -> AliyunSettings:
        """Alibaba Cloud's part."""
        return AliyunSettings(
            self.aliyun_url,
            self.aliyun_key_id,
            self.aliyun_key_secret,
            self.aliyun_sign_name,
            _named("ALIYUN_SMS_TEMPLATES", OwnTemplates.parse, self.aliyun_templates),
        )

    def tencent(self) -> TencentSettings:
        """Tencent Cloud's part."""
        return TencentSettings(
            self.tencent_url,
            self.tencent_secret_id,
            self.tencent_secret_key,
            self.tencent_region,
            self.tencent_app_id,
            self.tencent_sign_name,
            _named("TENCENT_SMS_TEMPLATES", OwnTemplates.parse, self.tencent_templates),
        )

    def twilio(self) -> TwilioSettings:
        """Twilio's part."""
        return TwilioSettings(
            self.twilio_url,
            self.twilio_account_sid,
            self.twilio_auth_token,
            self.twilio_sender,
            self.reports_url("twilio"),
        )

    def reports_url(self, provider: str) -> str:
        """Where an SMS provider reports; empty if reports are not taken."""
        if self.sms_reports_key is None:
            return ""
        token = base64.urlsafe_b64encode(self.sms_reports_key.raw).decode().rstrip("=")
        return f"{self.public_url}/callbacks/sms/{provider}/{token}"

    def webhook(self) -> WebhookSettings:
        """The webhook's part."""
        assert self.webhook_key is not None  # `has` saw to it
        return WebhookSettings(self.webhook_url, self.webhook_key)

    def smtp(self) -> SmtpSettings:
        """The part of e-mail."""
        return SmtpSettings(
            self.smtp_host,
            self.smtp_port,
            self.smtp_security,
            self.smtp_username,
            self.smtp_password,
            _named("EMAIL_FROM", sender, self.email_from),
            self.smtp_ca_file,
        )

    def jpush(self) -> JPushSettings:
        """JPush's part."""
        return JPushSettings(
            self.jpush_url, self.jpush_app_key, self.jpush_master_secret, self.jpush_production
        )

    def fcm(self) -> FcmSettings | None:
        """FCM's part, if it is set."""
        if not self.fcm_account_secret:
            return None
        try:
            account = msgspec.json.decode(self.fcm_account_secret, type=ServiceAccount)
        except msgspec.MsgspecError:
            raise ValueError("FCM_ACCOUNT_SECRET is not a service account's JSON") from None
        return FcmSettings(self.fcm_url, account)

    def apns(self) -> ApnsSettings:
        """Apple's part."""
        return ApnsSettings(
            self.apns_url,
            self.apns_secret_key.replace("\\n", "\n"),
            self.apns_key_id,
            self.apns_team_id,
            self.apns_topic,
        )


def _named(name: str, parse: Callable[[str], T], text: str) -> T:
    """Read a setting, or say which one is wrong."""
    try:
        return parse(text)
    except ValueError as error:
        raise ValueError(f"{name} is wrong: it {error}") from None
