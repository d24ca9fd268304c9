# %%
import importlib
tensor = importlib.import_module("modules.01_tensor.01_tensor")
