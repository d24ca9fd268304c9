# %%
#| default_exp core.tensor

# %%
#| export
from fastcore.basics import patch
@patch
def f(self: int): pass
@patch_to(int)
def g(self): pass
@wraps(f)
def h(): pass
@functools.patch
def i(): pass
