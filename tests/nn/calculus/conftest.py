"""Networks of several depths."""

import pytest

from tests.nn.calculus.cases import Case


@pytest.fixture(params=[(4, 3), (4, 5, 3), (4, 6, 5, 3), (4, 6, 2, 5, 3)], ids=str)
def case(request: pytest.FixtureRequest) -> Case:
    return Case(request.param)
