"""The cellar: errors, files, declared text, table contracts. Imports no room."""
