"""The most certain frames of each class."""

import numpy as np
import pytest

from magnetoflow.aurora.classes import CLASSES
from magnetoflow.aurora.examples import Examples
from magnetoflow.aurora.frames import Frames

START = np.datetime64("2014-03-10T06:00:00", "ns")


def frames(seconds):
    time = START + np.array(seconds) * np.timedelta64(10**9, "ns")
    images = np.broadcast_to(np.array(seconds, np.uint16)[:, None, None], (len(seconds), 256, 256))
    return Frames("gill", time, images, np.zeros(len(seconds), np.uint16))


def chances(index, values):
    table = np.zeros((len(values), len(CLASSES)), np.float32)
    table[:, index] = values
    table[:, (index + 1) % 4] = 1 - np.array(values)
    return table


def test_the_most_probable_frames_are_kept_apart_in_time():
    seen = frames([0, 3, 30, 120, 240, 360])
    examples = Examples(most=3)
    examples.show(seen)
    examples.judge(seen.time[:3], chances(3, [0.7, 0.9, 0.8]), [True] * 3)
    examples.judge(seen.time[3:], chances(3, [0.95, 0.6, 0.99]), [True, True, False])
    time, classes, probability, images = examples.arrays()
    assert ((time - START) / np.timedelta64(1, "s")).tolist() == [120, 3, 240]
    assert classes.tolist() == [3, 3, 3]
    assert probability == pytest.approx([0.95, 0.9, 0.6])
    assert images[:, 0, 0].tolist() == [120, 3, 240]


def test_without_frames_the_arrays_are_empty():
    assert Examples().arrays()[3].shape == (0, 256, 256)


def test_a_frame_that_was_not_shown_cannot_be_judged():
    with pytest.raises(KeyError):
        Examples().judge(frames([0]).time, chances(1, [0.9]), [True])
