# %%
#| default_exp core.chooser

# %%
from pkg.core.last import z
from pkg.core.extra import e

# %%
#| export
c = 1
