"""Fit the way of reduction that options ask for, on blocks that leave others unseen."""

from __future__ import annotations

import logging

import numpy as np

from magnetoflow.rept_pad.autoencoder import EncoderOptions, train_encoder
from magnetoflow.rept_pad.background import signal_counts
from magnetoflow.rept_pad.blocks import Split
from magnetoflow.rept_pad.data import Prepared, take
from magnetoflow.rept_pad.equator import mapped
from magnetoflow.rept_pad.fit_options import FitOptions
from magnetoflow.rept_pad.normalise import mean_vector, vectors
from magnetoflow.rept_pad.pca import fit_pca
from magnetoflow.rept_pad.subsample import choose
from magnetoflow.rept_pad.vector_reduction import VectorReduction
from magnetoflow.rept_pad.weighted import WeightedPca
from magnetoflow.rept_pad.weighted_fit import fit_weighted

LOG = logging.getLogger(__name__)
PUBLISHED_COMPONENTS = 3
WEIGHTED_ROWS = 6000
"""Records that weighted components are fitted to: more changed no label of the sample."""

Reduction = WeightedPca | VectorReduction


def fit_reduction(p: Prepared, split: Split, options: FitOptions) -> Reduction:
    """Fit a reduction.

    Parameters
    ----------
    p : Prepared
        Local records with data.
    split : Split
        Of `p`; records of ``test`` are not looked at.
    options : FitOptions

    Returns
    -------
    WeightedPca or VectorReduction

    Raises
    ------
    InsufficientData
        Too few records.
    """
    if options.method == "weighted":
        seen = take(p, split.train | split.validation)
        rows_of = choose(seen.state, seen.block, signal_counts(seen), WEIGHTED_ROWS, options.seed, seen.time)
        seen = take(seen, rows_of)
        model, rows = fit_weighted(
            seen, options.components, options.error_floor, options.seed, equator=options.equator
        )
        for row in rows:
            LOG.info("%d scores: deviance %.4f of unseen bins", row.components, row.deviance)
        return model
    return fit_vectors(p, split, options)


def fit_vectors(p: Prepared, split: Split, options: FitOptions) -> VectorReduction:
    """Fit principal components to normalised vectors, or to their codes in an autoencoder.

    Parameters
    ----------
    p, split, options
        As in :func:`fit_reduction`.

    Returns
    -------
    VectorReduction
    """
    seen = mapped(p) if options.equator and not p.equatorial else p
    training, validation = take(seen, split.train), take(seen, split.validation)
    fill = mean_vector(training, options.normalise, floor=options.log_floor)
    x = vectors(training, options.normalise, floor=options.log_floor, fill=fill)
    q = PUBLISHED_COMPONENTS if options.components == "auto" else int(options.components)
    encoder = None
    if options.method == "autoencoder":
        check = vectors(validation, options.normalise, floor=options.log_floor, fill=fill)
        encoder = train_encoder(x, check, encoder_options(options, x.shape[1]), _tell)
    pca = fit_pca(x if encoder is None else encoder.codes(x), q)
    return VectorReduction(
        options.normalise,
        options.log_floor,
        np.asarray(fill, np.float32),
        pca,
        encoder,
        equator=options.equator,
    )


def encoder_options(options: FitOptions, width: int) -> EncoderOptions:
    """Options of the autoencoder; a code is never longer than its vector."""
    return EncoderOptions(
        hidden=min(options.hidden, width),
        rate=options.rate,
        epochs=options.epochs,
        patience=options.patience,
        batch=options.batch,
        seed=options.seed,
    )


def _tell(epoch: int, training: float, validation: float) -> None:
    if epoch == 1 or epoch % 10 == 0:
        LOG.info("autoencoder, epoch %d: loss %.3e, of unseen blocks %.3e", epoch, training, validation)
