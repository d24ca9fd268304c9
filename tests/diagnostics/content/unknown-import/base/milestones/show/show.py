from pkg.core import one, none
import pkg.core.one.inner
