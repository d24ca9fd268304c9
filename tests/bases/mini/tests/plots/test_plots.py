from minipkg.plots import plots_of


def test_plots():
    assert plots_of([1, 2, 3]) > 0
