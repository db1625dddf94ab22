"""Journeys of clients that nobody here wrote, unmodified, each in an environment of its own (`make clients`)."""
