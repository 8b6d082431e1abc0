"""The soak in small: what `python -m bench.soak` does with fewer changes and fewer kills."""

from bench.soak import Plan, soak


async def test_nothing_is_lost_or_out_of_order(tmp_path):
    """Relays and NATS are killed while people change: every event is seen, in order, once."""
    plan = Plan(changes=400, relay_kills=2, nats_kills=1, away_seconds=1.0, away_per_second=50)

    result = await soak(plan, tmp_path)

    assert (result.seen, result.out_of_order) == (result.changes, [])
    assert result.changes == 450
    assert result.backlog == 50
    assert result.is_good
