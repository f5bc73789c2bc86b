"""Files of other programs opened as tables of text, with nothing known of what they mean."""
