"""What people write: run files and device files, checked; units are stripped here, and nowhere else."""
