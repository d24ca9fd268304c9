"""law"""
print("law")
