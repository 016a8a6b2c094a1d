"""Posts what happened to tickets to those who want to know; the only place that asks other hosts over HTTP."""
