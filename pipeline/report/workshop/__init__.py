"""Workshop sheets: one page a gap, for a team that wants to do something about it."""
