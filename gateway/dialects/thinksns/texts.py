"""Failures in the words of this dialect's users, and the fields that they are about."""

from gateway import errors as gateway_errors
from shared.contracts import (
    accounts,
    administration,
    bindings,
    captchas,
    codes,
    follows,
    human_checks,
    invitations,
    logins,
    passwords,
    pictures,
    postal_addresses,
    profile,
    relations,
    tokens,
    verification,
)
from shared.errors import AppError, InvalidAddress, Kind, LimitReached, UnusableText

UNAUTHENTICATED = "Unauthenticated."
TOO_OFTEN = "操作过于频繁,请稍后再试"
NOBODY = "用户不存在"
NO_ADDRESS = "地址不存在"
WRONG_CODE = "验证码错误或者已失效"
NO_FILE = "文件不存在"

OF_KIND = {
    Kind.INVALID: "提交的信息不正确",
    Kind.UNAUTHENTICATED: UNAUTHENTICATED,
    Kind.FORBIDDEN: "没有权限进行此操作",
    Kind.NOT_FOUND: "内容不存在",
    Kind.CONFLICT: "当前状态不允许此操作",
    Kind.EXHAUSTED: TOO_OFTEN,
    Kind.UNAVAILABLE: "服务暂时不可用,请稍后再试",
    Kind.INTERNAL: "服务器出错了,请稍后再试",
}
"""What is said where there is nothing more exact; 401 has the words that clients know."""

TEXTS: dict[type[AppError], str] = {
    gateway_errors.BadRequest: "请求无法识别",
    gateway_errors.WrongMethod: "请求方式不正确",
    gateway_errors.TooLarge: "请求内容过大",
    LimitReached: TOO_OFTEN,
    InvalidAddress: "手机号码或者邮箱地址不正确",
    UnusableText: "名称含有无法显示的字符",
    administration.Oneself: "不能对自己进行此操作",
    accounts.PhoneTaken: "该手机号码已被使用",
    accounts.EmailTaken: "该邮箱地址已被使用",
    accounts.UsernameTaken: "该用户名已被使用",
    accounts.UsernameReserved: "该用户名为系统保留,请换一个",
    logins.WrongCredentials: "账号或者密码不正确",
    passwords.WrongPassword: "密码不正确",
    passwords.WeakPassword: "密码过于简单,请换一个",
    passwords.TooManyFailures: "失败次数过多,请稍后再试",
    accounts.AccountDisabled: "账号已被禁用,请联系管理员",
    accounts.NoSuchAccount: NOBODY,
    codes.WrongCode: WRONG_CODE,
    codes.ExpiredCode: WRONG_CODE,
    human_checks.HumanCheckNeeded: "请先获取图形验证码: GET verifycodes/captcha",
    captchas.NoSuchCaptcha: "图形验证码已失效,请重新获取",
    captchas.WrongCaptcha: "图形验证码错误,请重新获取",
    accounts.LastRoot: "不能移除最后一位超级管理员",
    bindings.NothingBound: "尚未绑定,无需解除",
    bindings.LastAddress: "不能解除唯一的绑定方式",
    follows.NotWelcome: "对方不允许你关注",
    invitations.NoSuchCode: "邀请码不存在",
    invitations.AlreadyInvited: "已经设置过邀请码",
    invitations.NotInvitedBy: "不能使用该邀请码",
    pictures.UnusablePicture: "图片无法识别",
    pictures.PictureTooLarge: "图片过大",
    pictures.NotAsAnnounced: "上传的文件与申请的不一致",
    pictures.NoSuchPicture: NO_FILE,
    pictures.NotYourPicture: NO_FILE,
    profile.UnusablePictureUrl: NO_FILE,
    postal_addresses.NoSuchPostalAddress: NO_ADDRESS,
    postal_addresses.TooManyPostalAddresses: "最多只能添加 20 个收货地址",
    profile.NoSuchProfile: NOBODY,
    relations.NoSuchPerson: NOBODY,
    relations.Oneself: "不能对自己进行此操作",
    relations.TooMany: "数量已达上限",
    tokens.SessionOver: UNAUTHENTICATED,
    verification.NoVerification: "没有提交过认证",
    verification.AlreadySubmitted: "已经提交过认证,只有被拒绝后才能修改",
    verification.OtherType: "认证类型不能更改",
}

FIELDS: dict[type[AppError], str] = {
    UnusableText: "name",
    accounts.PhoneTaken: "phone",
    accounts.EmailTaken: "email",
    accounts.UsernameTaken: "name",
    accounts.UsernameReserved: "name",
    logins.WrongCredentials: "login",
    passwords.WrongPassword: "password",
    passwords.WeakPassword: "password",
    codes.WrongCode: "verifiable_code",
    codes.ExpiredCode: "verifiable_code",
    human_checks.HumanCheckNeeded: "captcha_code",
    captchas.NoSuchCaptcha: "captcha_code",
    captchas.WrongCaptcha: "captcha_code",
    invitations.NoSuchCode: "invite_code",
    invitations.AlreadyInvited: "invite_code",
    invitations.NotInvitedBy: "invite_code",
    pictures.NotYourPicture: "data",
    pictures.NotAsAnnounced: "file",
    pictures.UnusablePicture: "file",
    pictures.PictureTooLarge: "file",
}
"""Failures that belong to one field: told as 422, whatever their kind."""

STATUS: dict[type[AppError], int] = {
    gateway_errors.BadRequest: 400,
    gateway_errors.WrongMethod: 405,
    gateway_errors.TooLarge: 413,
}
"""Where a failure has another status than its kind."""
