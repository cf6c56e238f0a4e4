"""The code, the libraries and the system behind a crate."""

from __future__ import annotations

import platform
from pathlib import Path

import magnetoflow
from magnetoflow.io.crate.graph import Graph, entity, links
from magnetoflow.io.provenance import code_state, library_versions

CODE = "#magnetoflow"


def add_software(graph: Graph, code: str) -> str:
    """Enter magnetoflow, its commit and the libraries; give the id of magnetoflow.

    Parameters
    ----------
    graph : Graph
    code : str
        Hash of the code that writes the crate.
    """
    state = code_state(Path(magnetoflow.__file__).resolve().parents[1])
    facts = {"commit": state["commit"], "changed": state["changed"], "hash": code}
    values = [
        graph.add(entity(f"#code/{name}", "PropertyValue", name=name, value=value, description=WORDS[name]))
        for name, value in facts.items()
        if value is not None
    ]
    libraries = [_add_library(graph, name, one) for name, one in library_versions().items() if one]
    return graph.add(
        entity(
            CODE,
            "SoftwareApplication",
            name="magnetoflow",
            softwareVersion=magnetoflow.__version__,
            identifier=links(values),
            softwareRequirements=links(libraries),
            operatingSystem=platform.platform(),
        )
    )


WORDS = {
    "commit": "commit of the code",
    "changed": "whether files differ from the commit",
    "hash": "sha256 of the syntax trees behind the rule that writes this record",
}


def _add_library(graph: Graph, name: str, version: str) -> str:
    page = "https://www.python.org/" if name == "python" else f"https://pypi.org/project/{name}/{version}/"
    return graph.add(entity(page, "SoftwareApplication", name=name, softwareVersion=version, url=page))
