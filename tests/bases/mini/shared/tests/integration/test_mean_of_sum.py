from minipkg.means import means_of
from minipkg.sums import sums_of


def test_both():
    assert means_of([1]) and sums_of([1])
