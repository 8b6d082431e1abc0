"""What the database says about how it answers a query."""

from collections.abc import Iterator, Mapping
from typing import Any


def stages(plan: Mapping[str, Any]) -> list[str]:
    """Name the stages of the winning plan, the last one first, an index scan with its index."""
    return list(_walk(plan["queryPlanner"]["winningPlan"]))


def _walk(stage: Mapping[str, Any]) -> Iterator[str]:
    yield f"{stage['stage']} {stage.get('indexName', '')}".strip()
    for below in (stage.get("inputStage"), *stage.get("inputStages", ())):
        if below:
            yield from _walk(below)
