"""The theory of finite tasks by definition, on dictionaries of states; shares no code with the package."""

import numpy as np

P = 1_000_003


def cycles(after):
    """{length: count} and the smallest state of each cycle, by walking from every state."""
    found = {}
    for start in after:
        seen, x = {}, start
        while x not in seen:
            seen[x] = len(seen)
            x = after[x]
        loop = [y for y, i in seen.items() if i >= seen[x]]
        found[min(loop)] = len(loop)
    counts = {}
    for length in found.values():
        counts[length] = counts.get(length, 0) + 1
    return tuple(sorted(counts.items()))


def images(after):
    """|X|, |GX|, … down to the recurrent states."""
    sets = [set(after)]
    while (smaller := {after[x] for x in sets[-1]}) != sets[-1]:
        sets.append(smaller)
    return tuple(map(len, sets))


def nerode(after, d):
    """How many classes of states have the same outputs for ever, from t = s+1 on: partition refinement."""
    label = {x: y[-d:] for x, y in after.items()}
    while True:
        finer = {x: (label[x], label[y]) for x, y in after.items()}
        numbers = {pair: i for i, pair in enumerate(sorted(set(finer.values()), key=repr))}
        finer = {x: numbers[pair] for x, pair in finer.items()}
        if len(set(finer.values())) == len(set(label.values())):
            return len(set(label.values()))
        label = finer


def rank(matrix):
    """Of an integer matrix modulo a prime, by elimination."""
    rows, found = np.array(matrix, dtype=np.int64) % P, 0
    for column in range(rows.shape[1]):
        below = np.flatnonzero(rows[found:, column])
        if not len(below):
            continue
        rows[[found, found + below[0]]] = rows[[found + below[0], found]]
        rows[found] = rows[found] * pow(int(rows[found, column]), P - 2, P) % P
        others = rows[:, column].copy()
        others[found] = 0
        rows = (rows - others[:, None] * rows[found]) % P
        found += 1
        if found == len(rows):
            break
    return found


def lift(after, d, word):
    """(dim V on X, dim V on R, rank of V on R and 1, 2 dim V − dim KV): the outputs at t = s+1, …, s+|X|, state by state."""
    states, steps = list(after), min(len(after), 80)
    recurrent = set(states)
    for _ in states:
        smaller = {after[x] for x in recurrent}
        if smaller == recurrent:
            break
        recurrent = smaller
    shown = []
    for x in states:
        row = []
        for _ in range(steps):
            x = after[x]
            row.append([number for symbol in x[-d:] for number in word(symbol)])
        shown.append(row)
    shown = np.array(shown)
    whole = rank(shown.reshape(len(states), -1).T)
    later = rank(shown[:, 1:].reshape(len(states), -1).T)
    lasting = shown.reshape(len(states), -1)[[x in recurrent for x in states]]
    constant = np.concatenate([lasting, np.ones((len(lasting), 1), dtype=int)], axis=1)
    return whole, rank(lasting.T), rank(constant.T), 2 * whole - later
