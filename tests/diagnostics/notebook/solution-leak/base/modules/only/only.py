# %% nbgrader={"grade": false, "grade_id": "a", "locked": false, "solution": true}
def f(values):
    ### BEGIN SOLUTION
    weighted_total = sum(w * v for w, v in values)
    return weighted_total
    ### END SOLUTION

# %% nbgrader={"grade": false, "grade_id": "b", "locked": false, "solution": true}
class Net:
    def __init__(self, vocab_size, embed_dim):
        ### BEGIN SOLUTION
        self.vocab_size = vocab_size
        self.embed_dim = embed_dim
        self.scale = embed_dim ** -0.5
        ### END SOLUTION

    def fit(self, loss):
        ### BEGIN SOLUTION
        # Backward pass
        loss.backward()
        ### END SOLUTION
