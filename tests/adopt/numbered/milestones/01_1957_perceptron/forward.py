from oldpkg import Tensor, scale

print(scale(Tensor([1]), 2).values)
