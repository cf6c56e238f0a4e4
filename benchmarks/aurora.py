"""Speed of aurora, side by side with the chain that users have today: `python benchmarks/aurora.py`.

Compressed minute files to class probabilities, on one core, both chains in turns in one run. Today's chain is
themis-imager-readfile, OpenCV's CLAHE, resize, and a ResNet-50 in torch (random weights: only its cost
counts). Then without the network: our default chain, and the compatible one, whose pixels are today's.
"""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[name] = "1"

import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import cv2
import numpy as np
import themis_imager_readfile
import torch
from isal import isal_zlib
from torch import nn

import magnetoflow.aurora
from magnetoflow.archive.images import build_image_manifest
from magnetoflow.aurora.blocks import bin_blocks
from magnetoflow.aurora.clahe import clahe
from magnetoflow.aurora.light import light_flags
from magnetoflow.aurora.preprocessing import Preprocess, prepare
from magnetoflow.io.asi import FrameReader
from magnetoflow.io.pgm import decode_minute

SITE, DAY = "gill", date(2014, 3, 10)
REAL = Path(os.environ.get("MAGNETOFLOW_REAL", Path(__file__).parents[2] / "shared/real"))
SHIPPED = Path(magnetoflow.aurora.__file__).parent / "model" / "network"
ROUNDS = 7
NETWORK_ROUNDS = 3
FRAMES = 20
# as large as the sky above 15 degrees in a real camera: 48 % of the pixels
MASK = np.hypot(*np.mgrid[-129:127, -124:132]) <= 100


class Bottleneck(nn.Module):
    """1x1, 3x3, 1x1 convolutions and a shortcut."""

    def __init__(self, inside, width, stride):
        super().__init__()
        outside = 4 * width
        self.body = nn.Sequential(
            nn.Conv2d(inside, width, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True),
            nn.Conv2d(width, width, 3, stride, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True),
            nn.Conv2d(width, outside, 1, bias=False), nn.BatchNorm2d(outside),
        )  # fmt: skip
        self.shortcut = nn.Identity()
        if stride != 1 or inside != outside:
            self.shortcut = nn.Sequential(
                nn.Conv2d(inside, outside, 1, stride, bias=False), nn.BatchNorm2d(outside)
            )

    def forward(self, x):
        """Add the shortcut."""
        return torch.relu(self.body(x) + self.shortcut(x))


def resnet50(classes):
    """He et al. 2016, doi:10.1109/CVPR.2016.90."""
    layers = [
        nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(inplace=True),
        nn.MaxPool2d(3, 2, 1),
    ]  # fmt: skip
    inside = 64
    for width, count, stride in ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)):
        for k in range(count):
            layers.append(Bottleneck(inside, width, stride if k == 0 else 1))
            inside = 4 * width
    return nn.Sequential(
        *layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(inside, classes), nn.Softmax(1)
    )


def today(paths):
    """Read, equalise, 8 bit, mask, resize: as a user would with the published packages."""
    equal = cv2.createCLAHE(3.0, (8, 8))
    out = []
    for path in paths:
        images, _, problems = themis_imager_readfile.read(str(path))
        if problems:
            raise RuntimeError(problems)
        for k in range(images.shape[2]):
            eight = cv2.convertScaleAbs(equal.apply(np.ascontiguousarray(images[:, :, k])), alpha=255 / 65535)
            eight[~MASK] = 0
            out.append(cv2.resize(eight.astype(np.float32), (224, 224), interpolation=cv2.INTER_LINEAR))
    return np.stack(out)


def today_classified(paths, network):
    with torch.inference_mode():
        return network(torch.from_numpy(today(paths))[:, None].expand(-1, 3, -1, -1).contiguous()).numpy()


def ours(root, entries, options):
    """Read as a shard does, and preprocess."""
    for frames in FrameReader(entries, root, SITE, sky=MASK):
        yield prepare(frames, MASK, options)


def ours_classified(root, entries, options, network):
    from magnetoflow.aurora.classify import classify

    return np.concatenate([one.probabilities for one in classify(ours(root, entries, options), network)])


def our_network():
    """Read the shipped network."""
    from magnetoflow.io.aurora_models import read_network

    return read_network(SHIPPED), "shipped network"


def seconds(work: Callable[[], object]) -> float:
    """CPU seconds of this process: what other processes do counts little."""
    start = time.process_time()
    work()
    return time.process_time() - start


def in_turns(works: dict[str, tuple[Callable[[], object], int]], rounds: int) -> dict[str, np.ndarray]:
    """CPU seconds per frame of each work in each round; one round of all before, which does not count."""
    taken = {name: [] for name in works}
    for k in range(rounds + 1):
        for name, (work, frames) in works.items():
            spent = seconds(work) / frames
            if k:
                taken[name].append(spent)
    return {name: np.array(values) for name, values in taken.items()}


def show(title: str, taken: dict[str, np.ndarray], base: str) -> None:
    """Rates, and how many times faster than the base, round by round."""
    print(title)
    for name, values in taken.items():
        ratio = taken[base] / values
        print(
            f"  {name:<44} {1 / np.median(values):9.1f} images per CPU-second, {np.median(ratio):7.2f} times "
            f"({ratio.min():.2f} to {ratio.max():.2f})"
        )


def synthetic(root: Path) -> None:
    """Minute files with a bright arc and shot noise, where no real ones are at hand."""
    from magnetoflow.sample.aurora_minute import gzipped, minute_bytes

    rng = np.random.default_rng(1)
    row = np.arange(256)[:, None]
    for minute in range(4):
        begin = np.datetime64(f"2014-03-10T06:0{minute}:00.05", "us")
        times = [begin + np.timedelta64(3 * k, "s") for k in range(FRAMES)]
        level = [2700 * MASK + 4000 * np.exp(-(((row - 100 - k) / 12) ** 2)) * MASK for k in range(FRAMES)]
        images = [rng.normal(3300 + one, 10 + np.sqrt(one)).clip(0, 65535).astype(np.uint16) for one in level]
        name = f"20140310_060{minute}_gill_themis19_full.pgm.gz"
        path = root / "themis/asi/stream0/2014/03/10/gill_themis19/ut06" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzipped(minute_bytes(SITE, times, images, 1)))


def stages(paths: list[Path]) -> None:
    """Each step of our chains alone."""
    packed = [path.read_bytes() for path in paths]
    images = np.concatenate([decode_minute(path).images for path in paths])
    count, dark = len(images), np.full(len(images), 3300)
    default, compatible = Preprocess(), Preprocess("compatible")
    works = {
        "gunzip": lambda: [isal_zlib.decompress(data, 31, 2_700_000) for data in packed],
        "read, gunzip, parse": lambda: [decode_minute(path) for path in paths],
        "black and saturated": lambda: light_flags(images, dark, MASK),
        "blocks (default chain)": lambda: bin_blocks(images, MASK, default.size),
        "equalise (compatible chain)": lambda: clahe(images, needed=MASK),
    }
    taken = in_turns({name: (work, count) for name, work in works.items()}, ROUNDS)
    entries = [
        {"path": path.name, "kind": "minute", "slot": f"2014-03-10T{path.name[9:11]}:{path.name[11:13]}Z"}
        for path in paths
    ]
    whole = in_turns(
        {
            "default": (lambda: list(ours(paths[0].parent, entries, default)), count),
            "compatible": (lambda: list(ours(paths[0].parent, entries, compatible)), count),
        },
        ROUNDS,
    )
    both = {name: np.median(values) for name, values in whole.items()}
    print("stages of our chains without the network, share of the default and of the compatible chain")
    for name, values in taken.items():
        cost = np.median(values)
        shares = [f"{100 * cost / total:6.1f} %" for total in both.values()]
        if "default" in name:
            shares[1] = "       -"
        if "compatible" in name:
            shares[0] = "       -"
        print(f"  {name:<44} {1e6 * cost:9.1f} us per frame  {'  '.join(shares)}")
    gunzip = np.median(taken["gunzip"])
    for name, total in both.items():
        print(f"  {name} chain takes {total / gunzip:.2f} times as long as gunzip alone")


def main(root: Path, kind: str) -> None:
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    entries = build_image_manifest("folder-00000000", root, SITE, DAY)["files"]
    paths = [root / entry["path"] for entry in entries]
    count = FRAMES * len(paths)
    default, compatible = Preprocess(), Preprocess("compatible")
    same = np.concatenate([one.images[:, 0] for one in ours(root, entries, compatible)]) == today(paths)
    print(f"{count} {kind} frames in {len(paths)} files")
    print(f"  differing pixels of the compatible chain and today's: {np.count_nonzero(~same)}")
    taken = in_turns(
        {
            "today: readfile, OpenCV, resize": (lambda: today(paths), count),
            "ours, default chain": (lambda: list(ours(root, entries, default)), count),
            "ours, compatible chain": (lambda: list(ours(root, entries, compatible)), count),
        },
        ROUNDS,
    )
    show("without network", taken, "today: readfile, OpenCV, resize")
    stages(paths)
    torch.manual_seed(1)
    theirs, (mine, label) = resnet50(4).eval(), our_network()
    known = Preprocess.__dataclass_fields__.keys() & mine.preprocessing.keys()
    options = Preprocess(**{key: mine.preprocessing[key] for key in known})
    works = {
        "today, with ResNet-50": (lambda: today_classified(paths[:1], theirs), FRAMES),
        f"ours, {options.chain} chain, {label}": (
            lambda: ours_classified(root, entries, options, mine),
            count,
        ),
    }
    works["ours, without the network"] = (lambda: list(ours(root, entries, options)), count)
    taken = in_turns(works, NETWORK_ROUNDS)
    show("to probabilities", taken, "today, with ResNet-50")
    _, whole, without = (np.median(values) for values in taken.values())
    print(f"  the network and its temporal inputs take {100 * (1 - without / whole):.0f} % of ours")


if __name__ == "__main__":
    if (REAL / "themis/asi/stream0/2014/03/10").is_dir():
        main(REAL, "real")
    else:
        with tempfile.TemporaryDirectory() as folder:
            synthetic(Path(folder))
            main(Path(folder), "synthetic")
