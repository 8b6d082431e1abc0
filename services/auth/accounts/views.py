"""An account as its owner and administrators see it."""

from datetime import datetime

from services.auth.accounts.store import StoredAccount
from shared.contracts import accounts


def shown(account: StoredAccount, last_login_at: datetime | None = None) -> accounts.Account:
    """Show an account, addresses included."""
    return accounts.Account(
        user_id=account.user_id,
        username=account.username,
        created_at=account.created_at,
        phone=account.phone,
        email=account.email,
        role=accounts.Role(account.role),
        state=accounts.State(account.state),
        has_password=account.password is not None,
        last_login_at=last_login_at,
    )
