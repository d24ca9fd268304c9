"""The package."""
__version__ = "0.1.0"
from .core.tensor import Tensor
from .core.layers import scale
