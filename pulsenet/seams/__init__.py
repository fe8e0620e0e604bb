"""The seams: where pulsenet can be taken apart. One folder per seam, one file per variant, equations as text."""
