from oldpkg.core.tensor import Tensor

def test_values():
    assert Tensor([1]).values == [1]
