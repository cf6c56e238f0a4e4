"""Options of a fit of classes, as plain values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FitOptions:
    """How classes are found.

    Attributes
    ----------
    method : str
        ``weighted``, ``pca`` or ``autoencoder``.
    normalise, log_floor : str, float
        Of the last two, see :func:`magnetoflow.rept_pad.normalise.vectors`.
    components : int or "auto"
        Number of scores.
    error_floor : float [1]
        Error of ln flux beside that of counts, for ``weighted``.
    equator : bool
        Compare records at equatorial pitch angles.
    validation, test : float [1]
        Shares of the blocks that end a training, and that judge reconstruction.
    hidden, epochs, batch, rate, patience : int, int, int, float, int
        Of the autoencoder.
    clustering : str
        ``mixture`` or ``kmeans``.
    classes : int or "auto"
    most : int
        Largest number tried.
    quantiles : tuple of float
        Bandwidths of mean shift.
    shift_rows, bootstrap, seeds, n_init : int
        Records of mean shift; resamples behind a stability; refits of the chosen model; starts of a fit.
    outlier_quantile : float [1]
        Share of the fitted records beyond the limit of outliers.
    min_counts : float [count]
        See :class:`magnetoflow.rept_pad.naming.NamingOptions`.
    compare : bool
        Also fit what the literature uses.
    seed : int
    """

    method: str = "weighted"
    normalise: str = "log"
    log_floor: float = 1e-4
    components: int | str = "auto"
    error_floor: float = 0.05
    equator: bool = True
    validation: float = 0.2
    test: float = 0.2
    hidden: int = 102
    epochs: int = 200
    batch: int = 256
    rate: float = 5e-4
    patience: int = 5
    clustering: str = "mixture"
    classes: int | str = "auto"
    most: int = 12
    quantiles: tuple[float, ...] = (0.02, 0.03, 0.04, 0.05, 0.07, 0.1, 0.14, 0.2, 0.3)
    shift_rows: int = 4000
    bootstrap: int = 5
    seeds: int = 20
    n_init: int = 10
    outlier_quantile: float = 0.001
    min_counts: float = 10.0
    compare: bool = True
    seed: int = 0
