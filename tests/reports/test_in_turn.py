import numpy as np

from mnist_mlp.reports.in_turn import in_turn


def test_the_first_of_each_class_come_before_the_second_of_each() -> None:
    y = np.array([2, 2, 0, 2, 0, 7], np.uint8)
    assert in_turn(y, 6).tolist() == [2, 0, 5, 4, 1, 3]
    assert in_turn(y, 4).tolist() == [2, 0, 5, 4]
    assert in_turn(y, 99).tolist() == in_turn(y, 6).tolist()


def test_of_no_samples_none_is_chosen() -> None:
    assert in_turn(np.zeros(0, np.uint8), 3).tolist() == []
