import numpy as np

from mnist_mlp.pictures.distance_transform import distance_transform


def test_distances_are_those_of_a_search_over_all_pixels() -> None:
    for seed in range(5):
        mask = np.random.default_rng(seed).random((13, 17)) < 0.05
        mask[3, 4] = True
        y, x = np.mgrid[:13, :17]
        there = np.argwhere(mask)
        expected = np.min([np.hypot(y - b, x - a) for b, a in there], axis=0)
        np.testing.assert_allclose(distance_transform(mask, 40), expected, rtol=1e-6)
        near = expected <= 4
        np.testing.assert_allclose(distance_transform(mask, 4)[near], expected[near], rtol=1e-6)
        assert (distance_transform(mask, 4)[~near] >= 4).all()


def test_without_a_pixel_to_reach_everything_is_far() -> None:
    assert distance_transform(np.zeros((5, 6), dtype=bool), 7).min() == 7
