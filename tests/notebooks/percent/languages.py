# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#       jupytext_version: 1.19.6
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% language="bash"
# ls -l

# %% language="R"
# x <- 1

# %% language="python"
y = 1

# %% language="html" magic_args="--isolated"
# <b>x</b>

# %% language="klingon"
# Qapla
