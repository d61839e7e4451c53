"""The backoffice over many rows. Topics are modules with `cases(scene)`; `python -m bench.backoffice` runs them all."""
