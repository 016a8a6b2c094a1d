"""The routes for programs, a file a family; contract, section 8, names them."""
