from oldpkg.core.losses import squared

def test_squared():
    assert callable(squared)
