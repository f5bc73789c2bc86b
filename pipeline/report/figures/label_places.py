"""Labels of points that do not cover each other or the points."""

from __future__ import annotations

import numpy as np

STEPS = 400
NEAR = 0.085
FAR = 0.75


def label_places(x: np.ndarray, y: np.ndarray, width: float, height: float) -> np.ndarray:
    """Return the middle of each point's label, (k, 2), pushed apart from all points and labels.

    Parameters
    ----------
    x, y : (k,) places of points, in inches. width, height : size of a label, in inches.

    Returns
    -------
    The same for the same points: labels start above their point, away from the middle of all, and move
    by small steps until no two boxes touch, at most 400 times. One that still touches another, or was
    pushed far away, is put where there is room, as near to its point as can be.
    """
    points = np.column_stack([x, y])
    away = points - points.mean(axis=0) + np.array([1e-3, 2e-3])
    away /= np.maximum(np.linalg.norm(away, axis=1, keepdims=True), 1e-9)
    labels = points + away * (NEAR + height / 2)
    for _ in range(STEPS):
        push = _apart(labels, labels, (width, height), own=True)
        push += _apart(labels, points, (width / 2 + NEAR, height / 2 + NEAR), own=False)
        if not push.any():
            break
        labels = labels + 0.5 * push
    for k in range(len(labels)):
        is_far = np.linalg.norm(labels[k] - points[k]) > FAR
        if is_far or _covers(labels[k], np.delete(labels, k, axis=0), (width, height)):
            labels[k] = _free_place(k, labels, points, (width, height))
    return labels


def _free_place(
    k: int, labels: np.ndarray, points: np.ndarray, room: tuple[float, float]
) -> np.ndarray:
    """Return the place nearest to a point where its label covers neither labels nor points."""
    others = np.delete(labels, k, axis=0)
    clear = (room[0] / 2 + NEAR / 2, room[1] / 2 + NEAR / 2)
    angles = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    ring = np.column_stack([np.cos(angles), np.sin(angles)])
    for radius in np.arange(NEAR + room[1] / 2, FAR, NEAR / 4):
        for place in points[k] + radius * ring:
            if not _covers(place, others, room) and not _covers(place, points, clear):
                return np.asarray(place)
    return np.asarray(labels[k])


def _covers(place: np.ndarray, others: np.ndarray, room: tuple[float, float]) -> bool:
    return bool((np.abs(others - place) < room).all(axis=1).any())


def _apart(
    labels: np.ndarray, others: np.ndarray, room: tuple[float, float], *, own: bool
) -> np.ndarray:
    """Return how each label is to move so that `others` are at least `room` away from it."""
    gap = labels[:, None, :] - others[None, :, :]
    needed = np.array(room) - np.abs(gap)
    if own:
        needed[np.diag_indices(len(labels))] = -1
    touches = (needed > 0).all(axis=2)
    shorter = needed.argmin(axis=2)
    push = np.zeros_like(gap)
    for axis in (0, 1):
        sign = np.where(gap[..., axis] >= 0, 1.0, -1.0)
        move = np.where(touches & (shorter == axis), sign * (needed[..., axis] + 1e-3), 0.0)
        push[..., axis] = move
    return np.asarray(push.sum(axis=1))
