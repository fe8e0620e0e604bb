"""From what is wired to what to the complete text of every Brian2 object; no Brian2, and no values of parameters."""
