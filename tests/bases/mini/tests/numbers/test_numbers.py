from minipkg.numbers import numbers_of


def test_numbers():
    assert numbers_of([1, 2, 3]) > 0
