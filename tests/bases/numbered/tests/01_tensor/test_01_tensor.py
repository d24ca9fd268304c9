from oldpkg.core.tensor import zero


def test_zero():
    assert zero == 0
