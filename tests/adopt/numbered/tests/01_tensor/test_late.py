from oldpkg.core.tensor import Tensor
from oldpkg import scale

def test_scale():
    assert scale(Tensor([1]), 2).values == [2]
