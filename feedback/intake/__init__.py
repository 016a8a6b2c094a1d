"""Every format in which failures arrive."""
