"""Samples and labels."""
