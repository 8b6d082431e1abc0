"""Failures that arise at the gateway itself, before any service is asked."""

from shared.errors import AppError, Kind


class NotLoggedIn(AppError):
    """Log in first."""

    code, kind = "gateway.not_logged_in", Kind.UNAUTHENTICATED


class SessionExpired(NotLoggedIn):
    """The session's time is over."""

    code = "gateway.session_expired"


class BadRequest(AppError):
    """The request cannot be understood."""

    code, kind = "gateway.bad_request", Kind.INVALID


class ForeignOrigin(AppError):
    """A page of another site may not act here."""

    code, kind = "gateway.foreign_origin", Kind.FORBIDDEN


class NotFound(AppError):
    """There is nothing here."""

    code, kind = "gateway.not_found", Kind.NOT_FOUND


class WrongMethod(AppError):
    """This cannot be asked with this method."""

    code, kind = "gateway.wrong_method", Kind.INVALID


class TooLarge(AppError):
    """The request is larger than what is read."""

    code, kind = "gateway.too_large", Kind.INVALID


class NoUpload(AppError):
    """There is no file where one was expected, or the form around it cannot be read."""

    code, kind = "gateway.no_upload", Kind.INVALID
