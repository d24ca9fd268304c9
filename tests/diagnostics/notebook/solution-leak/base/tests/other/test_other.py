class Other:
    def __init__(self, vocab_size, embed_dim):
        self.vocab_size = vocab_size
        self.embed_dim = embed_dim


def test_it(loss):
    # Backward pass
    loss.backward()
