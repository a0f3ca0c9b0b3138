"""Touch the world: disk, processes, network, virtual environments."""
