"""What is probably wrong with a model, before an evening is wasted: judged by what it does, never by names."""
