r"""The circuit as a program of about ten lines, and as LaTeX: for reading, and for papers.

>>> from emt_theory.tasks import compose_copy
>>> print(pseudocode(compose_copy(2)))
memory m[1..2], each of 2 numbers, all 0             # m[1] the oldest, m[2] the newest
for t = 1, 2, 3, …:
    f[0] = m[1][0]
    f[1] = m[2][1]
    m[1] = m[2]                                      # every block moves one towards the oldest
    if t ≤ 2:
        m[2] = u(t) + f                              # the network: f acts on half-loaded memory (P06)
    else:
        m[2] = f
        output m[2]                                  # scored
"""

from __future__ import annotations

from fractions import Fraction

from emt_theory.exact import blocks
from emt_theory.ground.rationals import RationalMatrix
from emt_theory.tasks import LinearTask
from emt_theory.tasks.linear import linear_task

_SHOWN = 6
_COMMENT = 53


def pseudocode(task: LinearTask) -> str:
    """The linear circuit of a task as a readable program; equal lines are written once, and long ones are cut.

    Args:
        task: any linear task.
    """
    s, d = linear_task(task).num_variables, task.dim
    newest, ends = f"m[{s}]", f"m[1] the oldest, m[{s}] the newest" if s > 1 else "one variable"
    lines = [
        _line(f"memory m[1..{s}], each of {d} number{'s' if d > 1 else ''}, all 0", ends),
        "for t = 1, 2, 3, …:",
        *(f"    {line}" for line in _writes(task)),
    ]
    if s > 1:
        few = {2: "m[1] = m[2]", 3: "m[1], m[2] = m[2], m[3]"}
        shift = few.get(s, f"m[1], …, m[{s - 1}] = m[2], …, m[{s}]")
        lines.append(_line(f"    {shift}", "every block moves one towards the oldest"))
    lines += [
        f"    if t ≤ {s}:",
        _line(f"        {newest} = u(t) + f", "the network: f acts on half-loaded memory (P06)"),
        "    else:",
        f"        {newest} = f",
        _line(f"        output {newest}", "scored"),
    ]
    return "\n".join(lines)


def _line(code: str, comment: str) -> str:
    return f"{code:<{_COMMENT - 1}} # {comment}"


def _writes(task: LinearTask) -> list[str]:
    """f = F_1 m[1] + … + F_s m[s]: by blocks where every block is a multiple of I, else component by component."""
    scalars = _scalar_blocks(task)
    if scalars is not None:
        terms = [(value, f"m[{block}]") for block, value in scalars]
        return [f"f = {_sum(terms)}"]
    shown = range(task.dim if task.dim <= _SHOWN + 2 else _SHOWN)
    lines = [f"f[{c}] = {_row(task, c)}" for c in shown]
    return lines if len(shown) == task.dim else [*lines, f"…                         ({task.dim} components)"]


def _row(task: LinearTask, c: int) -> str:
    named = [(value, *task.slots.place(j)) for j, value in task.F.row(c)]
    return _sum([(value, f"m[{block}]" + (f"[{k}]" if task.dim > 1 else "")) for value, block, k in named])


def _sum(terms: list[tuple[Fraction, str]]) -> str:
    """A linear combination as people write it, at most eight terms of it."""
    text = ""
    for value, name in terms[:8]:
        size = "" if abs(value) == 1 else f"{abs(value)} "
        text += (" − " if value < 0 else " + ") + size + name
    text = text[3:] if text.startswith(" + ") else "−" + text[3:] if text else "0"
    return text + (f" + … ({len(terms)} terms)" if len(terms) > 8 else "")


def _scalar_blocks(task: LinearTask) -> list[tuple[int, Fraction]] | None:
    """The (k, a) with F_k = a I, if every block is a multiple of I."""
    found: dict[int, list[Fraction]] = {}
    for i, j, value in task.F:
        block, component = task.slots.place(j)
        if i != component:
            return None
        found.setdefault(block, []).append(value)
    if any(len(values) != task.dim or len(set(values)) > 1 for values in found.values()):
        return None
    return [(block, values[0]) for block, values in sorted(found.items())]


def to_latex(task: LinearTask) -> str:
    r"""The circuit in LaTeX: the block companion matrix, its non-zero blocks, and the network that it makes.

    Needs `amsmath`. A sparse block is a sum of e_i e_jᵀ, components counted from 0; a dense one larger than 8×8 is named by its shape.

    >>> from emt_theory.tasks import fibonacci
    >>> print(to_latex(fibonacci()))
    \begin{align*}
    \Phi &= \begin{pmatrix} 0 & I_{1} \\ F_{1} & F_{2} \end{pmatrix} \in \mathbb{Q}^{2 \times 2}, \\
    F_{1} &= \begin{pmatrix} 1 \end{pmatrix}, \quad F_{2} = \begin{pmatrix} 1 \end{pmatrix}, \\
    h(t) &= \Phi\, h(t-1) + E_{2}\, u(t), \quad y(t) = E_{2}^{\top} h(t)
    \end{align*}
    """
    s, d = linear_task(task).num_variables, task.dim
    found = blocks(task.F, d)
    kept = [f"F_{{{k}}} = {_matrix(block)}" for k, block in enumerate(found, start=1) if block.entries]
    named = ", \\quad ".join(kept).replace("=", "&=", 1) or "F &= 0"
    rest = ", \\quad F_k = 0 \\text{ otherwise}" if kept and len(kept) < s else ""
    companion = f"\\Phi &= {_companion(found, d)} \\in \\mathbb{{Q}}^{{{task.components} \\times {task.components}}}"
    run = f"h(t) &= \\Phi\\, h(t-1) + E_{{{s}}}\\, u(t), \\quad y(t) = E_{{{s}}}^{{\\top}} h(t)"
    return f"\\begin{{align*}}\n{companion}, \\\\\n{named}{rest}, \\\\\n{run}\n\\end{{align*}}"


def _companion(blocks: list[RationalMatrix], d: int) -> str:
    """Φ in blocks, the shift I_d above the diagonal; written with dots for s > 6."""
    s = len(blocks)
    if s > 6:
        rows = [
            f"0 & I_{{{d}}} & & \\\\ & & \\ddots & \\\\ & & & I_{{{d}}}",
            f"F_{{1}} & F_{{2}} & \\cdots & F_{{{s}}}",
        ]
    else:
        rows = [" & ".join(f"I_{{{d}}}" if j == i + 1 else "0" for j in range(s)) for i in range(s - 1)]
        rows.append(" & ".join(f"F_{{{k}}}" if block.entries else "0" for k, block in enumerate(blocks, start=1)))
    return _pmatrix(rows)


def _matrix(block: RationalMatrix) -> str:
    d = block.shape[0]
    diagonal = {value for _, _, value in block}
    if d > 1 and len(block.entries) == d and len(diagonal) == 1 and all(i == j for i, j, _ in block):
        value = diagonal.pop()
        return f"{'' if value == 1 else '-' if value == -1 else _number(value) + ' '}I_{{{d}}}"
    if d > 3 and len(block.entries) <= d:
        return _units(block)
    if d > 8:
        return f"\\text{{a ${d} \\times {d}$ matrix with {len(block.entries)} non-zero entries}}"
    table = [["0"] * d for _ in range(d)]
    for i, j, value in block:
        table[i][j] = _number(value)
    return _pmatrix([" & ".join(row) for row in table])


def _units(block: RationalMatrix) -> str:
    """A sparse block as a sum of matrices e_i e_jᵀ, components counted from 0."""
    text = ""
    for i, j, value in block:
        size = "" if abs(value) == 1 else _number(abs(value)) + "\\, "
        text += f"{' - ' if value < 0 else ' + '}{size}e_{{{i}}} e_{{{j}}}^{{\\top}}"
    return text[3:] if text.startswith(" + ") else "-" + text[3:]


def _pmatrix(rows: list[str]) -> str:
    body = " \\\\ ".join(rows)
    return f"\\begin{{pmatrix}} {body} \\end{{pmatrix}}"


def _number(value: Fraction) -> str:
    if value.denominator == 1:
        return str(value)
    return f"{'-' if value < 0 else ''}\\tfrac{{{abs(value.numerator)}}}{{{value.denominator}}}"
