"""The same network in software, and its weights written onto devices: what learning on the chip competes with."""
