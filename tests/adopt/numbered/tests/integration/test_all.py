from oldpkg.core.layers import scale
from oldpkg.core.losses import squared

def test_all():
    assert scale and squared
