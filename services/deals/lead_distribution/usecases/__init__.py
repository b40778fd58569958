"""The use cases of the distribution: leads are passed on or picked, and the pool and the rounds are shown."""
