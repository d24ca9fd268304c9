from pkg.core.one import x
from pkg.core.gone import y
