"""What managers steer: settings and their bounds, what is dangerous, experiments, reviews. Pure."""
