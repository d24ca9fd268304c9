# %%
#| default_exp core.tensor

# %%
#| export
def a_rather_long_name_number_0(): pass
def a_rather_long_name_number_1(): pass
def a_rather_long_name_number_2(): pass
def a_rather_long_name_number_3(): pass
def a_rather_long_name_number_4(): pass
def a_rather_long_name_number_5(): pass
def a_rather_long_name_number_6(): pass
def a_rather_long_name_number_7(): pass
def a_rather_long_name_number_8(): pass
def a_rather_long_name_number_9(): pass
def a_rather_long_name_number_10(): pass
def a_rather_long_name_number_11(): pass
def a_rather_long_name_number_12(): pass
def a_rather_long_name_number_13(): pass
def a_rather_long_name_number_14(): pass
def a_rather_long_name_number_15(): pass
def a_rather_long_name_number_16(): pass
def a_rather_long_name_number_17(): pass
def a_rather_long_name_number_18(): pass
def a_rather_long_name_number_19(): pass
def a_rather_long_name_number_20(): pass
def a_rather_long_name_number_21(): pass
def a_rather_long_name_number_22(): pass
def a_rather_long_name_number_23(): pass
def a_rather_long_name_number_24(): pass
def a_rather_long_name_number_25(): pass
def a_rather_long_name_number_26(): pass
def a_rather_long_name_number_27(): pass
def a_rather_long_name_number_28(): pass
def a_rather_long_name_number_29(): pass
