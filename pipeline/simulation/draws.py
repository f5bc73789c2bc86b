"""Random numbers for a batch of organisations, each from its organisation's own generator.

So an organisation's people are the same whatever batch, order or process it is drawn in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

Generators = Sequence[np.random.Generator]


class Draws:
    """Draws for `counts[g]` rows of each organisation g, stacked in order: n rows in all."""

    def __init__(self, generators: Generators, counts: np.ndarray) -> None:
        self.generators = generators
        ends = np.cumsum(counts)
        self.slices = [slice(end - k, end) for end, k in zip(ends, counts, strict=True)]
        self.n = int(ends[-1]) if len(ends) else 0

    def over(self, counts: np.ndarray) -> Draws:
        """Return draws from the same generators for other numbers of rows."""
        return Draws(self.generators, counts)

    def normal(self, k: int) -> np.ndarray:
        """(n, k) standard normal numbers, single precision."""
        result = np.empty((self.n, k), dtype=np.float32)
        for generator, rows in zip(self.generators, self.slices, strict=True):
            generator.standard_normal(out=result[rows], dtype=np.float32)
        return result

    def uniform(self, k: int) -> np.ndarray:
        """(n, k) numbers between 0 and 1, single precision."""
        result = np.empty((self.n, k), dtype=np.float32)
        for generator, rows in zip(self.generators, self.slices, strict=True):
            generator.random(out=result[rows], dtype=np.float32)
        return result

    def per_organisation(self, k: int) -> np.ndarray:
        """(G, k) standard normal numbers, one row an organisation."""
        return np.array([generator.standard_normal(k) for generator in self.generators])

    def integers(self, low: int, high: int, k: int = 1) -> np.ndarray:
        """(n, k) whole numbers from `low` up to, without, `high`."""
        return self._each(lambda rng, rows: rng.integers(low, high, size=(rows, k)), k)

    def gamma(self, shape: np.ndarray) -> np.ndarray:
        """Gamma numbers of scale 1 with the shapes (n, k) or (k,)."""
        shapes = np.broadcast_to(shape, (self.n, np.shape(shape)[-1]))
        result = np.empty(shapes.shape)
        for generator, rows in zip(self.generators, self.slices, strict=True):
            result[rows] = generator.standard_gamma(shapes[rows])
        return result

    def poisson(self, mean: np.ndarray) -> np.ndarray:
        """(n,) counts with means (n,)."""
        result = np.empty(self.n, dtype=np.int64)
        for generator, rows in zip(self.generators, self.slices, strict=True):
            result[rows] = generator.poisson(mean[rows])
        return result

    def negative_binomial(self, mean: np.ndarray, theta: float) -> np.ndarray:
        """(n,) counts with means (n,) and variances mean + mean^2 / theta (NB2)."""
        return self.poisson(mean * self.gamma(np.full((self.n, 1), theta))[:, 0] / theta)

    def codes(self, shares: np.ndarray) -> np.ndarray:
        """(n,) positions drawn with the probabilities (k,) or (n, k)."""
        edges = np.cumsum(np.atleast_2d(shares), axis=1)[:, :-1]
        return (self.uniform(1) > edges).sum(axis=1).astype(np.int16)

    def _each(self, draw: Callable[[np.random.Generator, int], np.ndarray], k: int) -> np.ndarray:
        parts = [
            draw(generator, rows.stop - rows.start)
            for generator, rows in zip(self.generators, self.slices, strict=True)
        ]
        return np.concatenate(parts) if parts else np.empty((0, k), dtype=np.int64)
