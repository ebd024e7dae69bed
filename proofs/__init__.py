"""One module for each theorem: the derivation as steps that a machine checks, a certificate, and a saboteur that must fail.

`python -m proofs` prints the ledger; `proofs/verify.py`, which needs the standard library only, checks stored certificates again.
"""
