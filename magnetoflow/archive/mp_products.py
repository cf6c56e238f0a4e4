"""Which products a magnetopause event reads. No numpy here: the Snakefile imports this module."""

from __future__ import annotations


def products_of(
    rate: str,
    *,
    ephemeris: str = "auto",
    electric: str = "fast",
    hpca: bool = True,
    potential: bool = True,
) -> dict[str, str]:
    """Name the archive product of each quantity of an event.

    Parameters
    ----------
    rate : str
        ``brst`` or ``fast``; field beside fast moments is survey, ions of HPCA are survey beside both.
    ephemeris : str
        ``auto`` (all that there are), ``mec``, ``defeph`` or ``fgm``.
    electric : str
        ``none``, ``fast`` or ``brst``.
    hpca, potential : bool

    Returns
    -------
    dict of str to str
        By ``field``, ``ions``, ``electrons``, ``hpca``, ``electric``, ``potential``, ``mec``, ``defeph``.
    """
    products = {
        "field": "mms_fgm_brst" if rate == "brst" else "mms_fgm_srvy",
        "ions": f"mms_fpi_{rate}_dis-moms",
        "electrons": f"mms_fpi_{rate}_des-moms",
    }
    if hpca:
        products["hpca"] = "mms_hpca_srvy"
    if electric != "none":
        products["electric"] = f"mms_edp_{electric}"
    if potential and electric != "none":
        products["potential"] = f"mms_edp_scpot_{electric}"
    if ephemeris in ("auto", "mec"):
        products["mec"] = "mms_mec_srvy"
    if ephemeris in ("auto", "defeph"):
        products["defeph"] = "mms_defeph"
    return products
