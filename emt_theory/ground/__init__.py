"""What every floor stands on and what knows no theory: arguments, texts, absence, exact numbers, files, JSON, colours, threads, processes.

arguments    one check for an integer, a seed, a number, a choice, an array, each with one wording
arrays       names for arrays of real and of complex numbers
text         names and values of a stranger as they may stand in a message: escaped, on one line, cut
brief        a value on one line: arrays by their shape, long lists cut
tables       rows as a table, in text and in HTML
progress     what `progress=True` writes, in a notebook and elsewhere
absent       `Absent(reason)`, the value of what could not be measured
rationals    `RationalMatrix` and fractions: floats are refused, never rounded
files        files that are written whole or not at all, and a lock between processes
json         any frozen result as JSON, and as HTML in a notebook
palette      the colours of all pictures
blas         one BLAS thread, for as long as anybody wants it
environment  what is installed, what is missing
signals      Ctrl-C, SIGTERM and SIGHUP as one thing, at once or between two steps
processes    work that is given to processes, and outlives them
"""
