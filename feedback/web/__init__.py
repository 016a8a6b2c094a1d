"""The HTTP service: an API for programs and pages for people, over one store."""
