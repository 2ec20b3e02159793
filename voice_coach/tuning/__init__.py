"""Tuning: finds the settings of the ears that understand one person in one room best."""
