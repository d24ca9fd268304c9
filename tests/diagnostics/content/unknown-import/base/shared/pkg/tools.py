from pkg.core.one import x
from pkg.core.oen import x
