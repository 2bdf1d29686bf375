"""What `native.py` is made of: the works, the processes, the rounds, the table and the figure."""
