"""Regions of a reconnection site, and the order of the network's inputs. No numpy."""

from __future__ import annotations

REGIONS = (
    "inflow_north",
    "outflow_earthward",
    "inflow_south",
    "separatrix_north",
    "outflow_tailward",
    "separatrix_south",
)
"""Name of each class, in the order of the published network's outputs."""

UNKNOWN = "unknown"
INFLOWS, OUTFLOWS, SEPARATRICES = (0, 2), (1, 4), (3, 5)

FEATURES = ("Bx", "By", "Bz", "Ex", "Ey", "Ez", "ni", "ne", "vix", "viy", "viz", "vex", "vey", "vez")
"""Inputs of the network: in B0, E0, n0, v_A and v_A (m_i/m_e)^1/2; x along the outflow, y normal to the sheet
and southward, z out of the plane."""

PROBABILITIES = tuple(f"p_{region}" for region in REGIONS)
