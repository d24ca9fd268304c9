import pkg.core.last
from pkg.core.first import x
