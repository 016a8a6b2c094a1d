"""The demo: a made-up world of templates and faults, streamed through the whole loop."""
