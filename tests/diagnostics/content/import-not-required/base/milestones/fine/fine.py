import pkg.core.last
from pkg.core.first import x
from pkg.testing import check
