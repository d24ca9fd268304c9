# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% nbgrader={"schema_version": 3, "grade": false, "locked": false, "solution": false, "grade_id": "n"}
print(1)

# %% nbgrader={"schema_version": 3, "grade": false, "locked": false, "solution": false, "grade_id": "n"}
print(2)

# %%
print(3)
