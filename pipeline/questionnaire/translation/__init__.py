"""The round trip with translators: strings out with context, translations and their status back."""
