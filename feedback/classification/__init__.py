"""From a failure event to its category; the only place that imports scikit-learn beside attribution."""
