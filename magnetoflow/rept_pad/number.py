"""How many classes: what mixtures, their stability and mean shift say, put together by one written rule."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from magnetoflow.errors import InsufficientData
from magnetoflow.rept_pad.data import Scores
from magnetoflow.rept_pad.mean_shift import QUANTILES, SweepRow, choose_k, sweep
from magnetoflow.rept_pad.mixture import Mixture, bic, fit_mixture, icl, log_likelihood
from magnetoflow.rept_pad.stability import bootstrap_ari

ITERATIONS, RESAMPLE_STARTS = 100, 2


@dataclass(frozen=True)
class NumberOptions:
    """How the number of classes is chosen.

    Attributes
    ----------
    k_min, k_max : int
        Mixtures tried.
    patience : int
        The search ends when so many numbers in a row did not lower the least ICL.
    tested : int
        Numbers of classes whose stability is measured: those of smallest ICL without too small classes.
    max_rows : int
        Records that the mixtures are fitted to, drawn at random.
    n_init, reg : int, float
        As in :func:`magnetoflow.rept_pad.mixture.fit_mixture`.
    repeats : int
        Fits of resampled records for each stability.
    min_stability : float
        Least stability of a number of classes.
    min_share : float
        Least share of the smallest class.
    quantiles : tuple of float
        Of the sweep of mean shift.
    mean_shift_rows : int
    seed : int
    """

    k_min: int = 1
    k_max: int = 12
    patience: int = 3
    tested: int = 3
    max_rows: int = 3000
    n_init: int = 4
    reg: float = 1e-3
    repeats: int = 5
    min_stability: float = 0.9
    min_share: float = 0.01
    quantiles: tuple[float, ...] = QUANTILES
    mean_shift_rows: int = 3000
    seed: int = 0


@dataclass(frozen=True)
class NumberRow:
    """One number of classes.

    Attributes
    ----------
    k : int
    log_likelihood, bic, icl : float
        Per record.
    stability, stability_error : float
        Mean adjusted Rand index with fits of resampled records, and its standard deviation; NaN where not
        measured.
    share_of_smallest : float
    accepted : bool
    reason : str
        Why not.
    """

    k: int
    log_likelihood: float
    bic: float
    icl: float
    stability: float
    stability_error: float
    share_of_smallest: float
    accepted: bool
    reason: str


@dataclass(frozen=True)
class Choice:
    """Number of classes, with its range and grounds.

    Attributes
    ----------
    k : int
    low, high : int
        Range of the numbers that any of the criteria asks for.
    k_bic, k_icl, k_mean_shift : int
        What each criterion says alone.
    rows : tuple of NumberRow
    sweep : tuple of SweepRow
    reasons : tuple of str
        Sentences for the report.
    mixture : Mixture
        Of `k` classes, as fitted to a part of the records: a start for the fit to all.
    """

    k: int
    low: int
    high: int
    k_bic: int
    k_icl: int
    k_mean_shift: int
    rows: tuple[NumberRow, ...]
    sweep: tuple[SweepRow, ...]
    reasons: tuple[str, ...]
    mixture: Mixture


def choose_number(
    scores: Scores, options: NumberOptions | None = None, *, by_mean_shift: bool = False
) -> Choice:
    """Choose the number of classes.

    Parameters
    ----------
    scores : Scores
        Finite.
    options : NumberOptions, optional
    by_mean_shift : bool
        Take the number of mean shift, for clusterings that are no mixtures.

    Returns
    -------
    Choice
        `k` has the smallest ICL among the stable numbers whose smallest class is not too small; where there
        is none, it is the number of mean shift.

    Raises
    ------
    InsufficientData
        Too few records, or no number of classes is stable.
    """
    options = options or NumberOptions()
    part = _part(scores, options)
    fits = _fits(part, options)
    large = [fit for fit in fits if fit.weights.min() >= options.min_share]
    best = {fit.k for fit in sorted(large, key=lambda fit: icl(fit, part))[: options.tested]}
    rows = tuple(_row(part, fit, options, test=fit.k in best) for fit in fits)
    found = sweep(
        scores,
        options.quantiles,
        options.seed,
        options.mean_shift_rows,
        min_share=options.min_share,
    )
    accepted = [row for row in rows if row.accepted]
    k_shift = choose_k(found, min_stability=options.min_stability)
    if k_shift > 1 and (by_mean_shift or not accepted):
        return _by_shift(part, k_shift, fits, rows, found, options)
    if not accepted:
        raise InsufficientData(
            "no number of classes is stable",
            why="; ".join(f"{row.k}: {row.reason}" for row in rows),
            todo="add days, or give the number: rept_pad.cluster.classes",
        )
    k = min(accepted, key=lambda row: row.icl).k
    k_bic, k_icl = min(rows, key=lambda row: row.bic).k, min(rows, key=lambda row: row.icl).k
    said = [k, k_icl, *([k_shift] if k_shift > 1 else [])]
    reasons = _reasons(k, k_bic, k_icl, k_shift, rows)
    mixture = next(fit for fit in fits if fit.k == k)
    return Choice(k, min(said), max(said), k_bic, k_icl, k_shift, rows, found, reasons, mixture)


def _by_shift(
    part: Scores,
    k: int,
    fits: list[Mixture],
    rows: tuple[NumberRow, ...],
    found: tuple[SweepRow, ...],
    options: NumberOptions,
) -> Choice:
    """Take the number of mean shift."""
    k_bic, k_icl = min(rows, key=lambda row: row.bic).k, min(rows, key=lambda row: row.icl).k
    known = [fit for fit in fits if fit.k == k]
    mixture = known[0] if known else _fit(part, k, options.seed, options.n_init, options)
    said = (k, k_icl)
    reasons = (*_reasons(k, k_bic, k_icl, k, rows)[:-1], f"{k} is that of mean shift.")
    return Choice(k, min(said), max(said), k_bic, k_icl, k, rows, found, reasons, mixture)


def _part(scores: Scores, options: NumberOptions) -> Scores:
    if len(scores) <= options.max_rows:
        return scores
    rng = np.random.default_rng(options.seed)
    return scores.rows(np.sort(rng.choice(len(scores), options.max_rows, replace=False)))


def _fits(scores: Scores, options: NumberOptions) -> list[Mixture]:
    """Mixtures of more and more classes, until ICL has not fallen for some numbers."""
    fits: list[Mixture] = []
    lowest, since = np.inf, 0
    for k in range(options.k_min, options.k_max + 1):
        fits.append(_fit(scores, k, options.seed, options.n_init, options))
        reached = icl(fits[-1], scores)
        lowest, since = (reached, 0) if reached < lowest else (lowest, since + 1)
        if since == options.patience:
            break
    return fits


def _fit(scores: Scores, k: int, seed: int, n_init: int, options: NumberOptions) -> Mixture:
    return fit_mixture(scores, k, seed, n_init=n_init, reg=options.reg, max_iterations=ITERATIONS)


def _row(scores: Scores, mixture: Mixture, options: NumberOptions, *, test: bool) -> NumberRow:
    found = bootstrap_ari(
        scores,
        mixture.labels(scores),
        lambda drawn, seed: _fit(drawn, mixture.k, seed, RESAMPLE_STARTS, options).labels,
        options.repeats if test else 0,
        options.seed,
    )
    smallest = float(mixture.weights.min())
    reason = ""
    if smallest < options.min_share:
        reason = f"smallest class has a share of {smallest:.4f}"
    elif not test:
        reason = "larger ICL than others"
    elif found.mean < options.min_stability:
        reason = f"stability {found.mean:.2f}"
    n = len(scores)
    return NumberRow(
        mixture.k,
        log_likelihood(mixture, scores) / n,
        bic(mixture, scores) / n,
        icl(mixture, scores) / n,
        found.mean,
        found.error,
        smallest,
        not reason,
        reason,
    )


def _reasons(k: int, k_bic: int, k_icl: int, k_shift: int, rows: tuple[NumberRow, ...]) -> tuple[str, ...]:
    refused = [f"{row.k} ({row.reason})" for row in rows if not row.accepted]
    return (
        f"BIC is smallest for {k_bic}, ICL for {k_icl}.",
        f"Mean shift keeps {k_shift} modes over the longest range of bandwidth.",
        f"Refused: {', '.join(refused) or 'none'}.",
        f"{k} has the smallest ICL among the others.",
    )
