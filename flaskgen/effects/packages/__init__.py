"""Package sources, and uv, which resolves and installs."""
