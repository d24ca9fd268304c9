# %%
#| default_exp a.b.c.mod

# %%
#| export
from tinytorch.a.b import x
from tinytorch.a.b.c.d import y
from tinytorch.z import w
from tinytorch import v
