"""The exported setup."""

from tinytorch.core.setup import missing


def test_what_is_missing():
    assert missing(["sys", "no_such_package"]) == ["no_such_package"]
