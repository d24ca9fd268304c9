# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Where does the energy go?
#
# Moving a number from memory to the processor takes far more energy than adding it to another one. Horowitz (ISSCC 2014)
# gives, for 45 nm, about 0.9 pJ for a 32-bit floating-point addition and about 640 pJ for reading 32 bits from DRAM.

# %% nbgrader={"grade": false, "grade_id": "energy-of-add", "locked": false, "solution": true}
ADD_PJ = 0.9
READ_PJ = 640.0


def energy_of_add(count: int) -> float:
    """Energy of adding two arrays of `count` numbers that lie in DRAM.

    Args:
        count: how many numbers each array has.

    Returns:
        Picojoules: two reads and one addition for each result; writing it back costs as much as a read.
    """
    ### BEGIN SOLUTION
    moved = 3 * count
    return moved * READ_PJ + count * ADD_PJ
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test-energy-of-add", "locked": true, "points": 10, "solution": false}
# One addition moves three numbers: two come in, one goes out.
assert abs(energy_of_add(1) - 1920.9) < 1e-6, "one addition should cost 3 · 640 + 0.9 pJ"
assert abs(energy_of_add(1000) / energy_of_add(1) - 1000) < 1e-6, "twice the numbers, twice the energy"
