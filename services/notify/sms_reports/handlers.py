"""What happens to a report: checked, read, and on record once."""

from collections.abc import Mapping

from services.notify.sms_reports import rules
from services.notify.sms_reports.receivers import Callback, Receiver
from services.notify.sms_reports.store import MongoSmsReports
from shared.contract import Table
from shared.contracts import sms_reports
from shared.settings import Key
from shared.telemetry import metrics


class SmsReports:
    """Takes what providers report; without a key, nothing."""

    def __init__(
        self, kept: MongoSmsReports, receivers: Mapping[str, Receiver], key: Key | None
    ) -> None:
        self._kept, self._receivers, self._key = kept, receivers, key

    async def take(self, ask: sms_reports.TakeReports) -> sms_reports.ReportsTaken:
        """Take the reports of one call."""
        receiver = self._receivers.get(ask.provider)
        if receiver is None or not rules.is_right_token(ask.token, self._key):
            raise sms_reports.NoSuchReceiver()
        reports = receiver.reports(Callback(ask.headers, ask.body))
        for one in await self._kept.keep(ask.provider, reports):
            metrics.DELIVERY_REPORTS.labels(ask.provider, one.fate).inc()
        return sms_reports.ReportsTaken(answer=receiver.thanks)

    def table(self) -> Table:
        """What can be asked."""
        return {sms_reports.take_reports: self.take}
