"""The same network in software, and software-trained weights written onto devices: what learning on the chip competes with."""
