"""Small models of classes of each kind, and records that they label."""

import numpy as np

from magnetoflow.rept_pad.autoencoder import Encoder
from magnetoflow.rept_pad.class_model import ClassModel, NamedClass
from magnetoflow.rept_pad.data import Prepared, take
from magnetoflow.rept_pad.kmeans import Centres
from magnetoflow.rept_pad.mixture import Mixture
from magnetoflow.rept_pad.normalise import mean_vector, vectors
from magnetoflow.rept_pad.pca import fit_pca
from magnetoflow.rept_pad.quality import BACKGROUND, DATA, NO_DATA
from magnetoflow.rept_pad.vector_reduction import VectorReduction
from magnetoflow.rept_pad.weighted import WeightedPca

ANGLES = np.linspace(10.0, 90.0, 9)
ENERGIES = np.array([1.8, 3.4, 5.2])
FALL = np.array([1.0, 0.5, 0.2])
ONE_COUNT = 35.0
REDUCTIONS, CLUSTERINGS = ("weighted", "pca", "autoencoder"), ("mixture", "kmeans")


def prepared(n=200, seed=0):
    """Records of two classes in turn, sin^0.4 and sin^2.5; at the end five of background, five empty."""
    rng = np.random.default_rng(seed)
    kind = np.arange(n) % 2
    exponent = np.where(kind, 2.5, 0.4) + 0.1 * rng.normal(size=n)
    sine = np.sin(np.deg2rad(ANGLES))
    level = np.exp(rng.normal(0, 0.5, n))[:, None, None] * 2000.0 * FALL
    counts = rng.poisson(sine[None, :, None] ** exponent[:, None, None] * level).astype(np.float32)
    state = np.full(n, DATA, np.uint8)
    state[-10:-5], state[-5:] = BACKGROUND, NO_DATA
    counts[state == BACKGROUND], counts[state == NO_DATA] = 0.0, np.nan
    counts[3, 0] = np.nan  # an angle that is not seen
    nan = np.full(n, np.nan)
    records = Prepared(
        time=np.datetime64("2013-03-17", "ns") + np.arange(n) * np.timedelta64(60, "s"),
        flux=counts * np.float32(ONE_COUNT),
        counts=counts,
        background=np.zeros((len(ANGLES), len(ENERGIES))),
        signal=np.repeat((state == DATA)[:, None], len(ENERGIES), axis=1),
        state=state,
        block=np.arange(n) // 10,
        angle_deg=ANGLES,
        energy_mev=ENERGIES,
        l=np.full(n, 4.5),
        l_star=nan,
        mlt=nan,
        mlat_deg=nan,
        b_ratio=np.ones(n),
        quality=np.zeros(n, np.uint16),
        equatorial=True,
        folded=True,
        one_count=np.full(len(ENERGIES), ONE_COUNT),
        floor=np.zeros(len(ENERGIES)),
    )
    return records, kind


def reduction(kind, records):
    """A reduction to two scores."""
    rows = records.state == DATA
    if kind == "weighted":
        slope = np.tile(np.log(np.sin(np.deg2rad(ANGLES)))[:, None], len(ENERGIES))
        slope -= slope.mean(axis=0)
        exposure = np.full(slope.shape, 1 / ONE_COUNT)
        components = np.stack([slope, (slope - slope[0]) * 0.1 * ENERGIES])
        return WeightedPca(1.4 * slope, components, exposure, ANGLES, ENERGIES, True, 0.05, 1.0)
    fill = mean_vector(take(records, rows), "max", floor=0.0).astype(np.float32)
    x = vectors(records, "max", floor=0.0, fill=fill.astype(float))[rows]
    if kind == "pca":
        return VectorReduction("max", 0.0, fill, fit_pca(x, 2))
    rng, (width, code) = np.random.default_rng(7), (x.shape[1], 6)
    w1, w2 = (rng.normal(0, 0.3, shape).astype(np.float32) for shape in ((width, code), (code, width)))
    b1, b2 = np.full(code, 0.5, np.float32), np.zeros(width, np.float32)
    encoder = Encoder(w1, b1, w2, b2, np.ones((3, 2)))
    return VectorReduction("max", 0.0, fill, fit_pca(encoder.codes(x), 2), encoder)


def class_model(way="pca", clustering="mixture"):
    """A model of each kind, and the records of its fit with their kinds."""
    records, kind = prepared()
    rows = records.state == DATA
    reduced = reduction(way, records)
    values = reduced.scores(records).values
    some = [values[rows & (kind == one)] for one in (0, 1)]
    means = np.stack([one.mean(axis=0) for one in some])
    groups = (
        Mixture(np.full(2, 0.5), means, np.stack([np.cov(one.T) + 1e-9 * np.eye(2) for one in some]))
        if clustering == "mixture"
        else Centres(means, float(np.sqrt(np.mean([one.var(axis=0) for one in some]))))
    )
    model = ClassModel(
        angle_deg=ANGLES,
        energy_mev=ENERGIES,
        equatorial=True,
        folded=True,
        options={"prepare": {"fold": True, "counts": [1.0, 2.0, 3.0]}, "reduce": {"method": way}},
        reduction=reduced,
        clustering=groups,
        classes=(NamedClass(1, "pancake", ("pancake",) * 3), NamedClass(4, "flattop", ("flattop",) * 3)),
        members=(4, 1),
        pads=np.full((2, len(ANGLES), len(ENERGIES)), np.nan),
        outlier_limit=5.0,
        trained_on="records of a test",
        recipe="none",
    )
    return model, records, kind
