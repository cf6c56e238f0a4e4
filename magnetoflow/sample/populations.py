"""Ion populations of each region, drawn from ranges wider than one phase of the mission."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, ndtr

from magnetoflow.sample import sequence
from magnetoflow.sample.sequence import waves

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CM2_S2_PER_EV = 1.602176634e-12 / 1.67262192e-24  # energy per proton mass
MAXWELLIAN_KAPPA = 60.0  # above it the kappa form is replaced by its limit
KM2_S2_TO_EV = 1e10 / CM2_S2_PER_EV
DIFFUSE_EV = 15_000.0  # energy at which ions from the shock are compared with the background
QUIET_TO_BACKGROUND = (0.05, 2.5)  # suprathermal ions of the undisturbed wind
DIFFUSE_TO_BACKGROUND = 10.0  # fewer ions than this nobody could tell from the undisturbed wind
HOT_IN_LOBE = (0.02, 1.2)  # remains of the plasma sheet
LEAST_BEAM_RATIO = 20.0  # energy of the bulk flow over temperature upstream of the shock
MOST_SHEATH_RATIO = 16.0  # and downstream of it
KNOBS = 24  # random numbers that describe a region at one time


@dataclass(frozen=True)
class Population:
    """One drifting ion population, all fields (time,).

    Attributes
    ----------
    density : ndarray [cm^-3]
    temperature : ndarray [eV per proton mass]
        Thermal energy of a proton of equal thermal speed (alphas: a quarter of their temperature).
    speed : ndarray [km/s]
    kappa : ndarray
        Tail index; `MAXWELLIAN_KAPPA` or more means a Maxwellian.
    energy_per_charge : float
        Energy per charge over that of a proton of equal speed: 1 for protons, 2 for alphas.
    beam : bool
        The population moves with the bulk flow (otherwise it is isotropic in the spacecraft frame).
    """

    density: Floats
    temperature: Floats
    speed: Floats
    kappa: Floats
    energy_per_charge: float = 1.0
    beam: bool = True


@dataclass(frozen=True)
class Plasma:
    """Populations, field and background of one region, all fields (time,)."""

    populations: list[Population] = field(default_factory=list)
    b_nt: Floats = field(default_factory=lambda: np.zeros(0))
    b_spread: Floats = field(default_factory=lambda: np.zeros(0))
    background: Floats = field(default_factory=lambda: np.zeros(0))
    slope: Floats = field(default_factory=lambda: np.zeros(0))
    upturn: Floats = field(default_factory=lambda: np.zeros(0))


def energy_flux(population: Population, energy_ev: Floats) -> Floats:
    """Omnidirectional energy flux of a population.

    Parameters
    ----------
    population : Population
        Fields (time,).
    energy_ev : (time, ...) ndarray [eV/q]

    Returns
    -------
    (time, ...) ndarray [keV/(cm^2 s sr keV)]

    Notes
    -----
    ``v^4/2`` times the mean over directions of a drifting Maxwellian, or of a drifting kappa distribution
    ``[1 + |v - V|^2/(kappa theta^2)]^-(kappa + 1)``. A channel selects energy per charge: alphas of equal
    speed appear at twice the energy, and their ``v^4`` is that of half the channel energy.
    """
    wide = (slice(None),) + (None,) * (energy_ev.ndim - 1)
    n, t, kappa = population.density[wide], population.temperature[wide], population.kappa[wide]
    drift = np.maximum(population.speed, 1.0)[wide] * 1e5  # cm/s
    speed2 = 2.0 * CM2_S2_PER_EV * energy_ev / population.energy_per_charge
    speed = np.sqrt(speed2)
    if np.all(kappa >= MAXWELLIAN_KAPPA):
        thermal2 = CM2_S2_PER_EV * t
        x = 2.0 * speed * drift / thermal2
        mean = np.exp(-((speed - drift) ** 2) / (2.0 * thermal2)) * -np.expm1(-x) / x
        norm = n / (2.0 * np.pi * thermal2) ** 1.5
    else:
        theta2 = 2.0 * CM2_S2_PER_EV * t * (kappa - 1.5)  # kappa theta^2
        a, b = 1.0 + (speed2 + drift**2) / theta2, 2.0 * speed * drift / theta2
        mean = ((a - b) ** -kappa - (a + b) ** -kappa) / (2.0 * b * kappa)
        norm = n * np.exp(gammaln(kappa + 1.0) - gammaln(kappa - 0.5)) / (np.pi * theta2) ** 1.5
    return np.asarray(0.5 * speed2**2 * norm * mean)


class Knobs:
    """Random numbers of a day: one set for each stay, with a slow and a fast drift inside it."""

    def __init__(
        self, stay_region: Ints, stay_first: Ints, seconds: Floats, rng: np.random.Generator
    ) -> None:
        base = rng.standard_normal((stay_region.size, KNOBS))
        starts = seconds[stay_first]
        for stay, region in enumerate(stay_region.tolist()):
            before = [k for k in range(stay) if stay_region[k] == region]
            if before and starts[stay] - starts[before[-1] + 1] < 900.0:  # back after a short visit elsewhere
                base[stay] = (base[before[-1]] + 0.3 * base[stay]) / np.sqrt(1.09)
        slow = np.column_stack([waves(seconds, (1200.0, 9000.0), rng) for _ in range(KNOBS)])
        fast = np.column_stack([waves(seconds, (60.0, 600.0), rng, 8) for _ in range(KNOBS)])
        self.base, self.drift = base, 0.38 * slow + 0.10 * fast

    def at(self, stay: Ints, record: Ints) -> Draw:
        """Numbers of some records as if they lay in the given stays."""
        drifting = (self.base[stay] + self.drift[record]) / np.sqrt(1.0 + 0.38**2 + 0.10**2)
        return Draw(ndtr(drifting), ndtr(self.base[stay]))


class Draw:
    """Turns the numbers of a set of records into parameters; each call uses the next number."""

    def __init__(self, drifting: Floats, steady: Floats) -> None:
        self._drifting, self._steady, self._next = drifting, steady, 0

    def unit(self) -> Floats:
        """Uniform in 0 to 1, drifting."""
        self._next += 1
        return np.asarray(self._drifting[:, self._next - 1])

    def log(self, low: float, high: float) -> Floats:
        """Log-uniform."""
        return np.asarray(low * (high / low) ** self.unit())

    def flat(self, low: float, high: float) -> Floats:
        """Uniform."""
        return np.asarray(low + (high - low) * self.unit())

    def happens(self, probability: float) -> Floats:
        """1 in stays where it happens, else 0."""
        self._next += 1
        return np.asarray(np.where(self._steady[:, self._next - 1] < probability, 1.0, 0.0))


def _maxwellian(density: Floats, temperature: Floats, speed: Floats, beam: bool = True) -> Population:
    """Drifting Maxwellian protons."""
    return Population(density, temperature, speed, np.full(density.size, MAXWELLIAN_KAPPA), beam=beam)


def _isotropic(density: Floats, temperature: Floats, speed: Floats, kappa: Floats) -> Population:
    """Protons that do not move with the bulk flow, with a tail."""
    return Population(density, temperature, speed, kappa, beam=False)


def _alphas(protons: Population, share: Floats, ratio: Floats) -> Population:
    """Alphas of the protons' speed; `ratio` of their temperature to the protons'."""
    return Population(
        share * protons.density, ratio * protons.temperature / 4.0, protons.speed, protons.kappa, 2.0
    )


def _wind(draw: Draw) -> tuple[Population, Population]:
    """Protons and alphas of the solar wind; fast wind is hotter and thinner."""
    pace = draw.unit()
    speed = 270.0 * (800.0 / 270.0) ** pace
    temperature = 2.0 * 20.0 ** (0.45 * pace + 0.55 * draw.unit())
    density = 1.0 * 40.0 ** np.clip(0.75 * draw.unit() + 0.35 * (1.0 - pace), 0.0, 1.0)
    protons = _maxwellian(density, temperature, speed)
    return protons, _alphas(protons, draw.log(0.01, 0.1), draw.log(1.0, 6.0))


def _instrument(draw: Draw, level: tuple[float, float]) -> dict[str, Floats]:
    """Background and its shape."""
    return {
        "background": draw.log(*level),
        "slope": draw.flat(-0.08, 0.12),
        "upturn": draw.flat(-0.4, 1.0),
    }


def _above_background(one: Population, ratio: Floats, background: Floats, least: bool = False) -> Population:
    """Set the density so that the flux at 15 keV is `ratio` times the background, or at `least` that."""
    unit = energy_flux(replace(one, density=np.ones(ratio.size)), np.full((ratio.size, 1), DIFFUSE_EV))[:, 0]
    density = ratio * background / np.maximum(unit, 1.0)
    return replace(one, density=np.maximum(density, one.density) if least else density)


def solar_wind(draw: Draw) -> Plasma:
    """Beam, alphas, sometimes a suprathermal halo, and the quiet-time suprathermal ions."""
    protons, alphas = _wind(draw)
    halo = _maxwellian(protons.density * draw.log(1e-3, 1e-2), draw.log(40.0, 200.0), protons.speed)
    halo = _maxwellian(halo.density * np.maximum(draw.happens(0.3), 1e-6), halo.temperature, halo.speed)
    field_nt = draw.log(1.5, 22.0)
    spread, instrument = draw.log(0.01, 0.10), _instrument(draw, (2e3, 2.5e4))
    none, slow = np.zeros(field_nt.size), np.full(field_nt.size, 80.0)
    quiet = _isotropic(none, draw.log(2000.0, 6000.0), slow, draw.flat(2.0, 6.0))
    quiet = _above_background(quiet, draw.log(*QUIET_TO_BACKGROUND), instrument["background"])
    return Plasma([protons, alphas, halo, quiet], field_nt, spread, **instrument)


def ion_foreshock(draw: Draw) -> Plasma:
    """Slowed and heated beam of two speeds with diffuse or field-aligned ions from the shock."""
    protons, alphas = _wind(draw)
    slowed, heated = draw.flat(0.82, 1.0), draw.log(1.0, 6.0)
    second = draw.log(1e-4, 1.0)
    speed = protons.speed * slowed
    # not yet shocked: the beam stays supersonic
    warmest = 0.5 * speed**2 * KM2_S2_TO_EV / LEAST_BEAM_RATIO
    main = _maxwellian(
        protons.density / (1.0 + second), np.minimum(protons.temperature * heated, warmest), speed
    )
    other = _maxwellian(main.density * second, main.temperature * 2.0, main.speed * draw.flat(0.7, 1.0))
    slow = np.full(speed.size, 80.0)
    diffuse = _isotropic(draw.log(0.01, 0.3), draw.log(2000.0, 14000.0), slow, draw.log(4.0, 80.0))
    beam = _maxwellian(
        draw.log(0.003, 0.1) * np.maximum(draw.happens(0.35), 1e-6),
        draw.log(80.0, 900.0),
        draw.log(700.0, 2200.0),
        False,
    )
    field_nt = draw.log(1.0, 12.0)
    spread, instrument = draw.log(0.10, 0.5), _instrument(draw, (2e3, 2.5e4))
    diffuse = _above_background(
        diffuse, np.full(field_nt.size, DIFFUSE_TO_BACKGROUND), instrument["background"], least=True
    )
    return Plasma([main, alphas, other, diffuse, beam], field_nt, spread, **instrument)


def magnetosheath(draw: Draw) -> Plasma:
    """Shocked wind from the subsolar point (hot, slow) to the flanks (cool, fast), with a tail."""
    flank = np.sin(0.5 * np.pi * draw.unit()) ** 2  # most often near one of the ends
    temperature = (100.0 * 9.0 ** draw.unit()) ** (1.0 - flank) * (45.0 * 13.0 ** draw.unit()) ** flank
    speed = draw.flat(50.0, 250.0) * (1.0 - flank) + draw.flat(200.0, 650.0) * flank
    temperature = np.maximum(temperature, 0.5 * speed**2 * KM2_S2_TO_EV / MOST_SHEATH_RATIO)
    piled = draw.unit()
    density = 3.0 * 40.0 ** np.clip(0.8 * draw.unit() + 0.35 * (0.5 - piled) + 0.1, 0.0, 1.0)
    field_nt = 2.5 * 26.0 ** np.clip(0.45 * piled + 0.55 * draw.unit(), 0.0, 1.0)
    core = _maxwellian(density, temperature, speed)
    alphas = _alphas(core, draw.log(0.01, 0.08), draw.log(3.0, 8.0))
    strong = 1.0 + 2.0 * draw.happens(0.15)
    tail_density = density * draw.log(0.002, 0.04) * strong
    tail = _isotropic(tail_density, draw.log(800.0, 4000.0), speed, draw.log(4.0, 80.0))
    return Plasma([core, alphas, tail], field_nt, draw.log(0.05, 0.35), **_instrument(draw, (1.2e3, 2e4)))


def magnetosphere(draw: Draw) -> Plasma:
    """Hot ions, sometimes with cold ones, in a strong field and in penetrating radiation."""
    hot = _isotropic(
        draw.log(0.08, 3.0), draw.log(3000.0, 40000.0), draw.flat(5.0, 100.0), draw.log(3.0, 90.0)
    )
    cold_density = draw.log(0.01, 5.0) * np.maximum(draw.happens(0.35), 1e-7)
    cold = _maxwellian(cold_density, draw.log(5.0, 100.0), draw.flat(5.0, 150.0))
    field_nt = draw.log(15.0, 120.0)
    return Plasma([hot, cold], field_nt, draw.log(0.01, 0.08), **_instrument(draw, (6e3, 1e5)))


def plasma_sheet(draw: Draw) -> Plasma:
    """Hot ions, sometimes in fast flow, in a moderate field."""
    speed = draw.log(10.0, 500.0)
    hot = _isotropic(draw.log(0.05, 1.0), draw.log(2000.0, 25000.0), speed, draw.log(3.0, 90.0))
    return Plasma([hot], draw.log(3.0, 30.0), draw.log(0.02, 0.25), **_instrument(draw, (4e3, 4e4)))


def lobe(draw: Draw) -> Plasma:
    """Background, and hardly any ions."""
    cold = _maxwellian(draw.log(1e-4, 1e-2), draw.log(50.0, 1000.0), draw.flat(5.0, 100.0))
    field_nt, spread = draw.log(12.0, 40.0), draw.log(0.003, 0.02)
    instrument = _instrument(draw, (4e3, 4.5e4))
    hot = _isotropic(np.zeros(field_nt.size), draw.log(2000.0, 8000.0), cold.speed, draw.log(3.0, 90.0))
    hot = _above_background(hot, draw.log(*HOT_IN_LOBE), instrument["background"])
    return Plasma([cold, hot], field_nt, spread, **instrument)


PLASMAS: dict[int, Callable[[Draw], Plasma]] = {
    sequence.SOLAR_WIND: solar_wind,
    sequence.ION_FORESHOCK: ion_foreshock,
    sequence.MAGNETOSHEATH: magnetosheath,
    sequence.MAGNETOSPHERE: magnetosphere,
    sequence.PLASMA_SHEET: plasma_sheet,
    sequence.LOBE: lobe,
}
