"""Tests of the package that students build; `tito test averages` runs them."""

from @PACKAGE@.averages import mean


def test_the_mean_of_one_number_is_that_number():
    assert mean([7]) == 7
