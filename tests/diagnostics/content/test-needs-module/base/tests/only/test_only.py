from one.only import x
from one.sub.later import y
