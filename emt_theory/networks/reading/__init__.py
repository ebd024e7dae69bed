"""Files and foreign objects: hostile input ends here.

Whatever comes from outside becomes a `Content`, arrays by key and string metadata, and from there on there is one way to a network:

    file ── formats ──→ Content ── reparametrized ──→ Content ── namings, layouts ──→ Layout ── building ──→ network
    tree ── trees ────↗

formats      every format is one entry: its suffixes, how its files begin, what reads and writes them
foreign      files that are met and not read: every one is an entry, with the line that helps
reparametrized   weights that are there in parts (weight_norm, spectral_norm, pruning) are folded; every way is one entry
namings      every naming is one entry: the layers that it recognizes, the keys that it writes
layouts      which array is which weight, the read-out included
kinds        the kinds of network: class, names of the arrays, gates
loading      `load`
trees        `from_arrays`

`safetensors`, `npz` and `torchfiles` read one format each; `zips`, `pickles` and `tensors` stand below them and believe nothing; `modules` makes
arrays of whole modules, `stated` hears what settings and modules state, `statements` decides by it; `torchnames` and `flaxnames` know the names of
libraries.

What a message shows of a file is escaped and cut.
"""
