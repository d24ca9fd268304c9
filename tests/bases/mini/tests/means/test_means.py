from minipkg.means import means_of


def test_means():
    assert means_of([1, 2, 3]) > 0
