"""What stands out in the events up to a month, without any model.

One list of attacks or the months of regions in, sections out.
"""
