from minipkg.sums import sums_of


def test_sums():
    assert sums_of([1, 2, 3]) > 0
