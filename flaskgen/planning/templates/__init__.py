"""The catalogue of extensions, its layers and slots, and rendering."""
