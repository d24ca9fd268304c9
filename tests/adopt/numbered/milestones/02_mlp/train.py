from oldpkg.core.losses import squared

URL = 'https://data.example/mnist.npz'
