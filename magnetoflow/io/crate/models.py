"""The models of a crate: which, trained on what, and which of its files hold them."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from magnetoflow.io.crate.graph import Graph, entity, link, links

NOT_MEASURED = ("synthetic", "analytic model", "particle-in-cell", "labelled cuts")
"""Words by which models say that they were trained on something that nobody measured."""
NOT_SAID = re.compile(r"|unknown data|folder\b.*|.*, sha256 [0-9a-f]+")
"""What a folder holds is not known, nor what is behind a file of weights."""
IDENTITIES = ("format", "kind", "recipe", "sha256", "arrays_sha256")


def kind_of_data(trained_on: str) -> str:
    """``synthetic``, ``measured``, or ``unknown`` where a model does not say what it was trained on."""
    if NOT_SAID.fullmatch(trained_on):
        return "unknown"
    return "synthetic" if any(word in trained_on for word in NOT_MEASURED) else "measured"


def add_model(graph: Graph, about: Path, files: Sequence[str]) -> str:
    """Enter a model, and give its id.

    Parameters
    ----------
    graph : Graph
    about : Path
        Its ``model.json`` or ``smoother.json``.
    files : sequence of str
        Ids of its files in the crate.
    """
    told = json.loads(about.read_text(encoding="utf-8"))
    trained_on = str(told.get("trained_on") or "")
    data = graph.add(
        entity(
            f"#training/{told['id']}",
            "CreativeWork",
            name=trained_on or "not said",
            keywords=kind_of_data(trained_on),
        )
    )
    values = [
        graph.add(entity(f"#model/{told['id']}/{name}", "PropertyValue", name=name, value=told[name]))
        for name in IDENTITIES
        if isinstance(told.get(name), str)
    ]
    return graph.add(
        entity(
            f"#model/{told['id']}",
            "CreativeWork",
            name=told["id"],
            description=f"trained on {trained_on or 'what is not said'}",
            isBasedOn=link(data),
            identifier=links(values),
            hasPart=links(files),
        )
    )


def files_of(about: str, files: Sequence[str]) -> list[str]:
    """Ids of a model's files: those beside its ``model.json``, or ``smoother.json`` alone."""
    folder = PurePosixPath(about).parent
    names = {about, f"{folder}/arrays.npz"} if about.endswith("model.json") else {about}
    return [one for one in files if one in names]
