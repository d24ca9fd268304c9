# ---
# jupyter:
#   course:
#     y: n
#     text: [y, N, 1e3, 0o7, 08, 1.19.6, 1:60, _1, '05', "no", 2027-1-2]
#     octal: 010
#     numbers: [0x1F, 0b101, 1_000, 1:30, 3.10, -1., .5, 1.0e+3, 1:30.5, +7, .inf, -.Inf, .nan]
#     truths: [yes, Off, TRUE, on]
#     nothing: [~, null, ]
#     counted: {2: two, 1: one}
#     said: {true: two}
#   kernelspec: {display_name: y, name: n}
# ---

# %%
1
