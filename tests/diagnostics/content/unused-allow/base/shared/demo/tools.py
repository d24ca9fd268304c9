from demo.native import fast
