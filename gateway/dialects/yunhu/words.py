"""What a failure is called here: clients show `msg` to people, in Chinese."""

from gateway import errors as gateway_errors
from shared import errors
from shared.contracts import (
    accounts,
    bindings,
    bots,
    captchas,
    codes,
    friendships,
    groups,
    invitations,
    logins,
    module_settings,
    passwords,
    points,
    profile,
    push_devices,
    relations,
    remarks,
    sessions,
    tasks,
)
from shared.errors import AppError, Kind

_OF_KIND = {
    Kind.INVALID: "请求参数错误",
    Kind.UNAUTHENTICATED: "未登录",
    Kind.FORBIDDEN: "没有权限",
    Kind.NOT_FOUND: "内容不存在",
    Kind.CONFLICT: "当前状态无法进行此操作",
    Kind.EXHAUSTED: "操作过于频繁，请稍后再试",
    Kind.UNAVAILABLE: "服务繁忙，请稍后再试",
    Kind.INTERNAL: "服务器开小差了，请稍后再试",
}

VIPS_ONLY = "此功能仅限VIP用户使用"
"""As upstream says it (reference 0.5); so are those of `NOT_LOGGED_IN` and of contacts."""

NOT_LOGGED_IN = "未登录"
ALREADY_ADDED = "您已添加过对方"
NO_SUCH_USER, NO_SUCH_GROUP, NO_SUCH_BOT = "用户不存在", "群聊不存在", "机器人不存在"

_WORDS: dict[type[AppError], str] = {
    # the gateway's own
    gateway_errors.NotLoggedIn: NOT_LOGGED_IN,
    gateway_errors.NotFound: "接口不存在",
    gateway_errors.WrongMethod: "接口不存在",
    gateway_errors.TooLarge: "请求内容过大",
    errors.InvalidAddress: "手机号或邮箱格式不正确",
    errors.UnusableText: "内容为空或包含无法显示的字符",
    # signing in
    captchas.NoSuchCaptcha: "图片验证码已失效，请重新获取",
    captchas.WrongCaptcha: "图片验证码错误",
    codes.WrongCode: "验证码错误",
    codes.ExpiredCode: "验证码已过期，请重新获取",
    logins.WrongCredentials: "邮箱或密码错误",
    passwords.TooManyFailures: "失败次数过多，请稍后再试",
    accounts.AccountDisabled: "账号已被封禁",
    passwords.WeakPassword: "密码过于简单，请更换",
    accounts.NoSuchAccount: "账号不存在",
    sessions.NoSuchSession: "该设备未登录",
    accounts.LastRoot: "最后一位管理员无法注销账号",
    accounts.PhoneTaken: "该手机号已被其他账号绑定",
    accounts.EmailTaken: "该邮箱已被其他账号绑定",
    bindings.AlreadyBound: "您已绑定，如需更换请使用更改绑定",
    bindings.NothingBound: "您尚未绑定，请先绑定",
    # profiles and what belongs to them
    profile.NoSuchProfile: NO_SUCH_USER,
    profile.UnusablePictureUrl: "图片地址不正确",
    points.NotEnoughPoints: "金币不足",
    tasks.NoDrawLeft: "今天的抽奖次数已用完",
    invitations.CodeTaken: "该邀请码已被使用，请更换",
    invitations.NoSuchCode: "邀请码不存在",
    invitations.AlreadyInvited: "您已填写过邀请码",
    invitations.NotInvitedBy: "不能填写该邀请码",
    module_settings.VipsOnly: VIPS_ONLY,
    push_devices.NoSuchPushDevice: "该设备尚未登记",
    # contacts
    relations.NoSuchPerson: NO_SUCH_USER,
    groups.NoSuchGroup: NO_SUCH_GROUP,
    bots.NoSuchBot: NO_SUCH_BOT,
    remarks.NoSuchChat: "对象不存在",
    friendships.AlreadyFriends: ALREADY_ADDED,
    groups.AlreadyAMember: ALREADY_ADDED,
    bots.AlreadyAdded: ALREADY_ADDED,
    relations.Oneself: "不能添加自己",
    friendships.NoSuchFriend: "对方不是您的好友",
    friendships.NoSuchInvitation: "该申请不存在或已处理",
    groups.NotAMember: "您不在该群聊中",
    groups.NotTheCreator: "您无权操作此群聊，请联系群主",
    groups.GroupBanned: "该群聊已被封禁",
    groups.GroupFull: "该群聊人数已满",
    groups.TooManyGroups: "加入的群聊数量已达上限",
    relations.TooMany: "数量已达上限",
    groups.NoSuchCategory: "群聊分类不存在",
    bots.BotBanned: "该机器人已被封禁",
    bots.NotTheOwner: "您无权操作此机器人",
    bots.TooManyBots: "机器人数量已达上限",
}


FAILED = -1
"""The `code` of whatever has no number of its own."""


class Refused(AppError):
    """The dialect's own page forbids it, or has a number for it; the words are for people."""

    code, kind = "yunhu.refused", Kind.INVALID

    def __init__(self, words: str, number: int = FAILED) -> None:
        super().__init__(words, number=number)
        self.number = number


def of(error: AppError) -> str:
    """Say in Chinese what went wrong."""
    if isinstance(error, Refused):
        return error.message
    known = (_WORDS[kind] for kind in type(error).__mro__ if kind in _WORDS)
    return next(known, _OF_KIND[error.kind])


def has_own(kind: type[AppError]) -> bool:
    """Tell whether there are words for just this failure."""
    return kind in _WORDS
