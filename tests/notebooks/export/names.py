# %%
#| default_exp core.tensor

# %%
#| export
a = b = 1
c, (d) = 1, 2
_e = 3
f: int = 4
g: str
h += 1
x.y = 1
z[0] = 2
(i, j) = 1, 2
[k, l] = 1, 2
m, *n = o

# %%
#| export
def p(): q = 1
class R: s = 1
async def t(): pass
_all_ = ["_e", "other"]
