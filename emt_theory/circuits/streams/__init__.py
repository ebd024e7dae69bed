"""Theory of tasks with an input at every step: minimal realizations of filters, circuits of machines (P26), and their weights."""
