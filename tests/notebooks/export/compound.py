# %%
#| default_exp core.tensor

# %%
#| export
if True:
    a = 1
for b in []: c = 1
try:
    d = 1
except ValueError: pass
with x as y: z = 1
while False: w = 1
assert a, b == 1
del a
import q; r = 1
match = 1
print(end="")

# %%
#| export
def one_line(): inside = 1; also_inside = 2
class Tiny: inner = 1; other = 2
one = 1; two = 2
