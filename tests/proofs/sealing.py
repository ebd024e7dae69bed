"""Certificates as a stranger writes them: any claims, floats included, behind a right hash."""

import copy
import hashlib
import json
import random

from emt_theory._proofs import verify
from emt_theory.exact import Certificate


def sealed(kind, claims):
    """The text of a certificate of these claims."""
    content = {"claims": claims, "format": 1, "kind": kind}
    digest = hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
    return json.dumps({"format": 1, "kind": kind, "claims": claims, "sha256": digest}, indent=1)


def resealed(certificate, change):
    """The text of the certificate with claims that `change` alters in place, and a right hash."""
    claims = copy.deepcopy(certificate.claims)
    change(claims)
    return Certificate(certificate.kind, claims).to_json()


def leaves(value, path=()):
    """(path, value) of everything in a JSON value that holds nothing else."""
    if isinstance(value, dict | list):
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(part, (*path, key))
    else:
        yield path, value


def put(claims, path, value):
    """Change the leaf at a path, in place."""
    for key in path[:-1]:
        claims = claims[key]
    claims[path[-1]] = value


def judged(text):
    """What the verifier says of it; anything but an answer is an error here."""
    try:
        return verify.verify(text)
    except verify.FalseClaimError as error:
        return f"FALSE {error}"
    except verify.BadCertificateError as error:
        return f"refused {error}"


def mutated(value, chance):
    """The same JSON with one place changed."""
    if isinstance(value, dict) and value and chance.random() < 0.9:
        key = chance.choice(list(value))
        return {**value, key: mutated(value[key], chance)}
    if isinstance(value, list) and value and chance.random() < 0.9:
        k = chance.randrange(len(value))
        return [*value[:k], mutated(value[k], chance), *value[k + 1 :]]
    strange = [None, True, -1, 0, 2, 10**30, 0.5, "", "1/0", "-", "x", "\x1b[2J", "((", [], [[]], {}, {"a": 1}]
    return chance.choice([*strange, 10**9, "9" * 4000, "1" * 5000, [10**9] * 9, float("nan"), "\ud800"])


def mutated_certificates(pool, number, seed=8):
    """What the verifier says of so many, one place of each changed."""
    chance = random.Random(seed)
    for k in range(number):
        certificate = pool[k % len(pool)]
        yield judged(sealed(certificate.kind, mutated(certificate.claims, chance)))
