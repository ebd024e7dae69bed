"""A hypothesis about networks. Change it, and run `emt hypothesis run` on this file.

`emt hypothesis plan` says how many networks it needs, and trains none.
"""

import numpy as np

import emt_theory as emt

# Which networks: every task with every size and L2 term, and so many seeds of each. The fields are those of a sweep.
population = emt.studies.Population(
    tasks=emt.tasks.repeat_copy(num_variables=2, dim=1),
    hidden=8,
    seeds=8,
    protocols={"base": "fast", "steps": 300},
    check=False,  # True has every network checked; then run.check holds what was found, and run.solved whether it solves
)


def keeps_what_it_was_shown(run: emt.studies.StoredRun) -> bool:
    """What is claimed of one network: run.network() is the network, run.training and run.check say how it did."""
    sizes = np.abs(np.linalg.eigvals(emt.networks.state_space(run.network()).jacobian(np.zeros(8))))
    return bool((sizes > 0.9).sum() >= 2)


# What is claimed of them all. Instead of `holds`, `statistic` is a function that returns a number, with a bound on its median.
hypothesis = emt.studies.Hypothesis(
    claim="A network that repeats two numbers keeps two directions alive.",
    population=population,
    holds=keeps_what_it_was_shown,
    at_least=0.6,  # of all such networks
    confidence=0.95,
)
