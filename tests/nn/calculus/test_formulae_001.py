"""The general recipe at depth 3 with one output, against 001's own index sums, written down letter by letter.

Indices start at 0 here and at 1 there. The two misprints, in 001 (5e) and (6b), are written down as printed too, in
every reading they allow, and the same comparison rejects them.
"""
# ruff: noqa: E741, N802 (l, N, B and C are 001's own names)

from collections.abc import Callable
from functools import cached_property

import numpy as np
import pytest

from mnist_mlp.nn.activations import ACTIVATIONS, Activation
from mnist_mlp.nn.calculus.derivative_checks import relative_error
from mnist_mlp.nn.calculus.first_order import input_gradient, jacobian_forward, jacobian_reverse, sample_gradients
from mnist_mlp.nn.calculus.second_order import input_hessian, input_hvp, mixed_gradients, of_output, output_hessians
from mnist_mlp.nn.calculus.single_index import to_001_order
from mnist_mlp.nn.calculus.third_order import laplacian, laplacian_gradients, second_directional, third_order_gradients
from mnist_mlp.nn.network import MLP
from mnist_mlp.nn.types import FloatArray

BAR = 1e-12
SIZES = [(3, 4, 5), (4, 5, 2)]  # D, M1, M2: M1 < M2 and M1 > M2
SMOOTH = ["tanh", "sigmoid", "softplus"]


class Formulae:
    """001 for one x (D,), with a (M2,), w (M2, M1), c (M2,), v (M1, D), b (M1,)."""

    def __init__(
        self, f: Activation, x: FloatArray, a: FloatArray, w: FloatArray, c: FloatArray, v: FloatArray, b: FloatArray
    ) -> None:
        self.x, self.a, self.w, self.c, self.v, self.b = x, a, w, c, v, b
        self.D, self.M1, self.M2 = len(x), len(b), len(c)
        A1 = [sum(v[k, l] * x[l] for l in range(self.D)) + b[k] for k in range(self.M1)]  # (1c)
        O1 = f.phi(np.array(A1))
        A2 = [sum(w[j, k] * O1[k] for k in range(self.M1)) + c[j] for j in range(self.M2)]  # (1b)
        self.f1, self.f1p, self.f1pp, self.f1ppp = self._all(f, A1)
        self.f2, self.f2p, self.f2pp, self.f2ppp = self._all(f, A2)

    @staticmethod
    def _all(f: Activation, A: list[float]) -> list[FloatArray]:
        return [phi(np.array(A, np.float64)) for phi in (f.phi, f.prime, f.second, f.third)]

    def N(self) -> float:
        """(1a)"""
        return float(sum(self.a[j] * self.f2[j] for j in range(self.M2)))

    @cached_property
    def B(self) -> FloatArray:
        """B_ji, before (6a)"""
        sums = [
            [sum(self.w[j, m] * self.v[m, i] * self.f1p[m] for m in range(self.M1)) for i in range(self.D)]
            for j in range(self.M2)
        ]
        return np.array(sums)

    def C(self, j: int, i: int, l: int) -> float:
        """C_jil, before (6a)"""
        w, v = self.w, self.v
        return float(sum(w[j, m] * v[m, i] * v[m, l] * self.f1pp[m] for m in range(self.M1)))

    def flat(
        self,
        a: Callable[[int], float],
        w: Callable[[int, int], float],
        c: Callable[[int], float],
        v: Callable[[int, int], float],
        b: Callable[[int], float],
    ) -> FloatArray:
        """One number for each parameter, in the order of (7)."""
        theta = np.full(self.M1 * (1 + self.D + self.M2) + 2 * self.M2, np.nan)
        D, M1, M2 = self.D, self.M1, self.M2
        for j in range(1, M2 + 1):  # from here on as printed, from 1
            theta[j - 1] = a(j - 1)  # (7a)
            theta[M2 + M1 * M2 + j - 1] = c(j - 1)  # (7c)
            for k in range(1, M1 + 1):
                theta[M2 + M1 * (j - 1) + k - 1] = w(j - 1, k - 1)  # (7b)
        for k in range(1, M1 + 1):
            theta[2 * M2 + M1 * M2 + M1 * D + k - 1] = b(k - 1)  # (7e)
            for l in range(1, D + 1):
                theta[2 * M2 + M1 * M2 + D * (k - 1) + l - 1] = v(k - 1, l - 1)  # (7d)
        assert not np.isnan(theta).any()
        return theta

    def parameters(self) -> FloatArray:
        """Theta itself, in the order of (7)."""
        return self.flat(
            lambda j: self.a[j], lambda j, k: self.w[j, k], lambda j: self.c[j], lambda k, l: self.v[k, l],
            lambda k: self.b[k],
        )  # fmt: skip

    def gradient_by_theta(self) -> FloatArray:
        """(2a)-(2e)"""
        a, w, x, f1, f1p, f2, f2p = self.a, self.w, self.x, self.f1, self.f1p, self.f2, self.f2p

        def back(k: int) -> float:
            return float(sum(a[j] * f2p[j] * w[j, k] for j in range(self.M2)))

        return self.flat(
            lambda j: f2[j],
            lambda j, k: a[j] * f2p[j] * f1[k],
            lambda j: a[j] * f2p[j],
            lambda k, l: f1p[k] * x[l] * back(k),
            lambda k: f1p[k] * back(k),
        )

    def gradient_by_x(self) -> FloatArray:
        """(3d)"""
        a, w, v, f1p, f2p = self.a, self.w, self.v, self.f1p, self.f2p
        return np.array(
            [
                sum(a[j] * f2p[j] * sum(w[j, k] * f1p[k] * v[k, l] for k in range(self.M1)) for j in range(self.M2))
                for l in range(self.D)
            ]
        )

    def hessian(self, i: int, l: int) -> float:
        """(4)"""
        a, w, v = self.a, self.w, self.v
        total = 0.0
        for j in range(self.M2):
            for k in range(self.M1):
                inner = sum(w[j, m] * self.f1p[m] * v[m, i] for m in range(self.M1))
                bracket = self.f2p[j] * self.f1pp[k] * v[k, i] + self.f2pp[j] * self.f1p[k] * inner
                total += a[j] * w[j, k] * v[k, l] * bracket
        return total

    def mixed(self, i: int, by_b: Callable[[int, int], float] | None = None) -> FloatArray:
        """(5a)-(5e), (5e) corrected; or with another second term of (5e), a function of (k, i)."""
        a, w, v, x, B = self.a, self.w, self.v, self.x, self.B
        f1, f1p, f1pp, f2p, f2pp = self.f1, self.f1p, self.f1pp, self.f2p, self.f2pp

        def by_v(k: int, l: int) -> float:
            delta = float(l == i)
            first = f1pp[k] * v[k, i] * x[l] + f1p[k] * delta
            return float(
                first * sum(a[j] * w[j, k] * f2p[j] for j in range(self.M2))
                + f1p[k] * x[l] * sum(a[j] * w[j, k] * f2pp[j] * B[j, i] for j in range(self.M2))
            )

        second = by_b or self.second_term_of_5e
        return self.flat(
            lambda j: f2p[j] * B[j, i],
            lambda j, k: a[j] * (f2pp[j] * f1[k] * B[j, i] + f2p[j] * f1p[k] * v[k, i]),
            lambda j: a[j] * f2pp[j] * B[j, i],
            by_v,
            lambda k: f1pp[k] * v[k, i] * sum(a[j] * w[j, k] * f2p[j] for j in range(self.M2)) + second(k, i),
        )

    def second_term_of_5e(self, k: int, i: int) -> float:
        """Corrected (E1)."""
        a, w, f2pp, B = self.a, self.w, self.f2pp, self.B
        return float(self.f1p[k] * sum(a[j] * w[j, k] * f2pp[j] * B[j, i] for j in range(self.M2)))

    def third(self, i: int, l: int, factor_of_6b: Callable[[int, int, int, int], float] | None = None) -> FloatArray:
        """(6a)-(6e), (6b) corrected; or with another factor in its second term, a function of (j, k, i, l)."""
        a, w, v, x, B, C = self.a, self.w, self.v, self.x, self.B, self.C
        f1, f1p, f1pp, f1ppp = self.f1, self.f1p, self.f1pp, self.f1ppp
        f2p, f2pp, f2ppp, M2 = self.f2p, self.f2pp, self.f2ppp, range(self.M2)
        factor = factor_of_6b or (lambda j, k, i, l: v[k, i] * B[j, l] + v[k, l] * B[j, i])

        def by_w(j: int, k: int) -> float:
            return float(
                a[j]
                * (
                    f2ppp[j] * f1[k] * B[j, i] * B[j, l]
                    + f2pp[j] * f1p[k] * factor(j, k, i, l)
                    + f2pp[j] * f1[k] * C(j, i, l)
                    + f2p[j] * f1pp[k] * v[k, i] * v[k, l]
                )
            )

        def by_v(k: int, n: int) -> float:
            ni, nl = float(n == i), float(n == l)
            return float(
                (f1ppp[k] * v[k, l] * v[k, i] * x[n] + f1pp[k] * (v[k, i] * nl + v[k, l] * ni))
                * sum(a[j] * w[j, k] * f2p[j] for j in M2)
                + (f1pp[k] * v[k, i] * x[n] + f1p[k] * ni) * sum(a[j] * w[j, k] * f2pp[j] * B[j, l] for j in M2)
                + (f1pp[k] * v[k, l] * x[n] + f1p[k] * nl) * sum(a[j] * w[j, k] * f2pp[j] * B[j, i] for j in M2)
                + f1p[k]
                * x[n]
                * sum(a[j] * w[j, k] * (f2ppp[j] * B[j, l] * B[j, i] + f2pp[j] * C(j, i, l)) for j in M2)
            )

        def by_b(k: int) -> float:
            return float(
                f1ppp[k] * v[k, l] * v[k, i] * sum(a[j] * w[j, k] * f2p[j] for j in M2)
                + f1pp[k] * sum(a[j] * w[j, k] * f2pp[j] * (v[k, i] * B[j, l] + v[k, l] * B[j, i]) for j in M2)
                + f1p[k] * sum(a[j] * w[j, k] * (f2ppp[j] * B[j, l] * B[j, i] + f2pp[j] * C(j, i, l)) for j in M2)
            )

        return self.flat(
            lambda j: f2pp[j] * B[j, i] * B[j, l] + f2p[j] * C(j, i, l),
            by_w,
            lambda j: a[j] * (f2ppp[j] * B[j, i] * B[j, l] + f2pp[j] * C(j, i, l)),
            by_v,
            by_b,
        )


class Case:
    """A network without an output bias, two samples, and 001 for each of them."""

    def __init__(self, activation: str, D: int, M1: int, M2: int) -> None:
        generator = np.random.default_rng(D * M1)
        f = ACTIVATIONS[activation]
        self.network = MLP((D, M1, M2, 1), f, dtype="float64")
        self.network.theta[...] = generator.standard_normal(self.network.n_parameters)
        (v, b), (w, c), (a, b3) = self.network.layers
        assert b is not None
        assert c is not None
        assert b3 is not None
        b3[...] = 0
        self.X: FloatArray = generator.standard_normal((2, D))
        self.cache = self.network.forward(self.X)
        self.formulae = [Formulae(f, x, a[:, 0], w.T, c, v.T, b) for x in self.X]
        self.N_T = M1 * (1 + D + M2) + 2 * M2
        self.e: FloatArray = np.ones(1)
        self.scalar = of_output(self.cache, self.e)

    def ordered(self, rows: FloatArray) -> FloatArray:
        """001's part of gradients (n, N) in its own order."""
        return to_001_order(self.network, rows)[..., : self.N_T]

    def mixed(self, i: int) -> FloatArray:
        u = np.eye(len(self.X[0]))[i]
        return self.ordered(mixed_gradients(self.network, self.cache, self.scalar, u).each())

    def third(self, i: int, l: int) -> FloatArray:
        u, v = np.eye(len(self.X[0]))[[i, l]]
        return self.ordered(third_order_gradients(self.network, self.cache, self.scalar, u, v).each())


@pytest.fixture(params=[(f, *sizes) for f in SMOOTH for sizes in SIZES], ids=str)
def case(request: pytest.FixtureRequest) -> Case:
    return Case(*request.param)


def test_the_output_is_001_eq_1(case: Case) -> None:
    assert relative_error(case.cache.z[-1][:, 0], np.array([one.N() for one in case.formulae])) <= BAR


def test_the_parameter_gradient_is_001_eq_2(case: Case) -> None:
    G = np.ones_like(case.cache.z[-1])
    found = case.ordered(sample_gradients(case.network, case.cache, G).each())
    assert relative_error(found, np.array([one.gradient_by_theta() for one in case.formulae])) <= BAR


def test_the_input_gradient_is_001_eq_3_in_every_mode(case: Case) -> None:
    expected = np.array([one.gradient_by_x() for one in case.formulae])
    assert relative_error(input_gradient(case.network, case.cache, np.ones_like(case.cache.z[-1])), expected) <= BAR
    assert relative_error(jacobian_reverse(case.network, case.cache)[:, 0], expected) <= BAR
    assert relative_error(jacobian_forward(case.network, case.cache)[:, 0], expected) <= BAR


def test_the_input_hessian_is_001_eq_4_in_every_way(case: Case) -> None:
    D = case.X.shape[1]
    expected = np.array([[[one.hessian(i, l) for l in range(D)] for i in range(D)] for one in case.formulae])
    assert relative_error(input_hessian(case.network, case.cache, case.scalar), expected) <= BAR
    assert relative_error(output_hessians(case.network, case.cache)[:, 0], expected) <= BAR
    for l, e_l in enumerate(np.eye(D)):
        assert relative_error(input_hvp(case.network, case.cache, case.scalar, e_l), expected[:, l]) <= BAR
        for i, e_i in enumerate(np.eye(D)):
            found = second_directional(case.network, case.cache, e_i, e_l)[:, 0]
            assert relative_error(found, expected[:, i, l]) <= BAR
    trace = np.trace(expected, axis1=1, axis2=2)
    assert relative_error(laplacian(case.network, case.cache)[:, 0], trace) <= BAR


def test_the_mixed_derivatives_are_001_eq_5(case: Case) -> None:
    for i in range(case.X.shape[1]):
        assert relative_error(case.mixed(i), np.array([one.mixed(i) for one in case.formulae])) <= BAR


def test_the_third_order_derivatives_are_001_eq_6(case: Case) -> None:
    D = case.X.shape[1]
    for i in range(D):
        for l in range(D):
            assert relative_error(case.third(i, l), np.array([one.third(i, l) for one in case.formulae])) <= BAR


def test_the_gradient_of_the_laplacian_is_001_eq_6_summed_over_i_equal_to_l(case: Case) -> None:
    found = case.ordered(laplacian_gradients(case.network, case.cache, case.scalar).each())
    expected = np.array([sum(one.third(i, i) for i in range(one.D)) for one in case.formulae])
    assert relative_error(found, expected) <= BAR


# --- The misprints ----------------------------------------------------------------------------------------------------


def misprint_of_5e(one: Formulae, reading: str, j_free: int) -> Callable[[int, int], float]:
    """The second term of (5e) as printed: f'(A1k) sum_{m=1}^{M1} a_j w_jm f''(A2j) sum_m w_jm v_mi f'(A1m)."""
    a, w, f1p, f2pp, B, M1 = one.a, one.w, one.f1p, one.f2pp, one.B, range(one.M1)

    def inner(j: int, i: int) -> float:
        return float(sum(a[j] * w[j, m] * f2pp[j] * B[j, i] for m in M1))

    readings: dict[str, Callable[[int, int], float]] = {
        "letter by letter, j free": lambda k, i: f1p[k] * inner(j_free, i),
        "with a sum over j": lambda k, i: f1p[k] * sum(inner(j, i) for j in range(one.M2)),
        "m meant as j, limit M1 kept": lambda k, i: f1p[k] * sum(a[m] * w[m, k] * f2pp[m] * B[m, i] for m in M1),
    }
    return readings[reading]


def error_of_5e(case: Case, reading: str, j_free: int = 0) -> float:
    """The largest relative error over i."""
    return max(
        relative_error(
            case.mixed(i), np.array([one.mixed(i, misprint_of_5e(one, reading, j_free)) for one in case.formulae])
        )
        for i in range(case.X.shape[1])
    )


def test_001_eq_5e_as_printed_is_rejected_whichever_j_is_meant(case: Case) -> None:
    for j in range(case.formulae[0].M2):
        assert error_of_5e(case, "letter by letter, j free", j) > 1e-3


def test_001_eq_5e_with_a_sum_over_j_added_is_rejected(case: Case) -> None:
    assert error_of_5e(case, "with a sum over j") > 1e-3


def test_001_eq_5e_with_the_limit_m1_kept_is_rejected(case: Case) -> None:
    if case.formulae[0].M1 > case.formulae[0].M2:
        with pytest.raises(IndexError):
            error_of_5e(case, "m meant as j, limit M1 kept")
    else:
        assert error_of_5e(case, "m meant as j, limit M1 kept") > 1e-3


def test_equal_widths_would_hide_the_wrong_limit_of_001_eq_5e() -> None:
    assert error_of_5e(Case("tanh", 3, 4, 4), "m meant as j, limit M1 kept") <= BAR


def error_of_6b(case: Case, i: int, l: int) -> float:
    """With f''(A2j) f'(A1k) B_ji (v_ki + v_kl), as printed."""
    printed = [
        one.third(i, l, lambda j, k, i, l, one=one: one.B[j, i] * (one.v[k, i] + one.v[k, l]))  # type: ignore[misc]
        for one in case.formulae
    ]
    return relative_error(case.third(i, l), np.array(printed))


def test_001_eq_6b_as_printed_is_rejected_where_i_and_l_differ(case: Case) -> None:
    D = case.X.shape[1]
    for i in range(D):
        for l in range(D):
            if i != l:
                assert error_of_6b(case, i, l) > 1e-3


def test_001_eq_6b_as_printed_is_right_where_i_equals_l(case: Case) -> None:
    for i in range(case.X.shape[1]):
        assert error_of_6b(case, i, i) <= BAR
