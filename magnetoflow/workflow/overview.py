"""What the overview rules pass on: events of a study, and archive products that they ask for. No numpy."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from magnetoflow.workflow import aurora, mms_gmm, mms_mp, mms_rnn, rept_pad
from magnetoflow.workflow.canonical import canonical

Plan = mms_gmm.Plan | mms_mp.Plan | mms_rnn.Plan | rept_pad.Plan | aurora.Plan


def config_of(plan: Plan) -> str:
    """Canonical events of a study and the source of its data: what an overview table says of its rows."""
    source = plan.archive_text if isinstance(plan, rept_pad.Plan) else plan.archive.text
    if isinstance(plan, aurora.Plan):
        return canonical({"events": _camera_days(plan), "source": plan.text})
    return canonical({"events": [_event(plan, one) for one in plan.events.values()], "source": source})


def _event(plan: Plan, event: Any) -> dict[str, Any]:
    probes: Iterable[Any] = event.probes if hasattr(event, "probes") else [event.probe]
    about = {"id": event.id, "probes": list(map(str, probes)), "start": event.start, "stop": event.stop}
    return {**about, "products": products_of(plan, event)}


def products_of(plan: Plan, event: Any) -> list[str]:
    """Archive products that an event asks for."""
    if isinstance(plan, mms_gmm.Plan):
        return list(mms_gmm.PRODUCTS[event.rate].values())
    if isinstance(plan, mms_mp.Plan):
        return list(plan.products(event).values())
    if isinstance(plan, mms_rnn.Plan):
        return list(mms_rnn.PRODUCTS.values())
    return [rept_pad.PRODUCT] if isinstance(plan, rept_pad.Plan) and plan.array is None else []


def _camera_days(plan: aurora.Plan) -> list[dict[str, Any]]:
    days = []
    for site, day in plan.camera_days:
        parts = [part for hour in plan.hours[site, day] for part in plan.parts[site, day, hour]]
        seconds = sum((stop - start).total_seconds() for start, stop in parts)
        days.append(
            {
                "id": f"{site}_{day}",
                "probes": [site],
                "start": parts[0][0],
                "stop": parts[-1][1],
                "seconds": seconds,
            }
        )
    return days
