"""Use cases, a file a family: fetch, decide, append. The one place where the parts meet."""
