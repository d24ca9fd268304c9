# %%
#| default_exp core.first

# %%
#| export
from pkg.core.last import z
x = 1
