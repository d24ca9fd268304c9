from demo.core import x

return x
