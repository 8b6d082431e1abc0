"""`userhub admin recommendations`: people who are shown as recommended."""

from typing import Any

from ops.admin.connection import Services, add_action, show
from shared.contracts import recommendations
from shared.contracts.recommendations import LONGEST_PAGE, MOST_RECOMMENDED


def add(areas: Any) -> None:
    """Add the area."""
    area = areas.add_parser("recommendations", help="people who are shown as recommended")
    actions = area.add_subparsers(title="actions", metavar="ACTION", required=True)
    add_action(actions, "list", "list them, the newest recommendation first", _list)
    for name, help_text, do in (
        ("add", "recommend a person", _add),
        ("remove", "recommend a person no more", _remove),
    ):
        add_action(actions, name, help_text, do).add_argument("user_id", type=int)


async def _list(services: Services, arguments: Any) -> None:
    rows = []
    for offset in range(0, MOST_RECOMMENDED, LONGEST_PAGE):
        ask = recommendations.ListRecommended(offset=offset, limit=LONGEST_PAGE)
        page = await services.ask(recommendations.list_recommended, ask)
        rows += [(one.user_id, f"{one.since:%Y-%m-%d %H:%M}") for one in page]
        if len(page) < LONGEST_PAGE:
            break
    show(rows, header=("PERSON", "SINCE (UTC)"), empty="Nobody is recommended.")


async def _add(services: Services, arguments: Any) -> None:
    await services.ask(
        recommendations.recommend, recommendations.Recommend(user_id=arguments.user_id)
    )


async def _remove(services: Services, arguments: Any) -> None:
    await services.ask(
        recommendations.unrecommend, recommendations.Recommend(user_id=arguments.user_id)
    )
