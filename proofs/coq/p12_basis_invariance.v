(** P12, basis invariance.

    Registry: Psi Phi Psi+ is similar to Phi (+) 0_(N-n), for every Psi (N x n) and every left inverse Psi+ of it.
    Here: any field, any matrix Phi of size n; N = n + k, because a left inverse needs N >= n. *)
From mathcomp Require Import all_ssreflect ssralg matrix mxalgebra.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Import GRing.Theory.
Local Open Scope ring_scope.

Theorem basis_invariance (K : fieldType) (n k : nat) (Psi : 'M[K]_(n + k, n)) (Dual : 'M[K]_(n, n + k)) (Phi : 'M[K]_n) :
  Dual *m Psi = 1%:M ->
  exists2 T : 'M[K]_(n + k), T \in unitmx & (Psi *m Phi *m Dual) *m T = T *m block_mx Phi 0 0 0.
Proof.
move=> DP; have rD : \rank Dual^T = n.
  by apply/eqP; rewrite eqn_leq rank_leq_col mxrank_tr -{1}(mxrank1 K n) -DP mxrankM_maxl.
(* Z: a basis of the kernel of Dual; its columns complete those of Psi. *)
have [Z [L LZ] DZ] : exists2 Z : 'M[K]_(n + k, k), exists L : 'M_(k, n + k), L *m Z = 1%:M & Dual *m Z = 0.
  have : \rank (kermx Dual^T) = k by rewrite mxrank_ker rD addKn.
  move: (row_base _) (row_base_free (kermx Dual^T)) (eq_row_base (kermx Dual^T)) => B + + rk; rewrite rk in B *.
  move=> /row_freeP[L BL] BK; exists B^T; first by exists L^T; rewrite -trmx_mul BL trmx1.
  have /sub_kermxP B0 : (B <= kermx Dual^T)%MS by rewrite BK.
  by rewrite -[Dual]trmxK -trmx_mul B0 trmx0.
have inverse : col_mx Dual (L *m (1%:M - Psi *m Dual)) *m row_mx Psi Z = 1%:M.
  rewrite mul_col_row DP DZ -!mulmxA !mulmxBl !mul1mx -!mulmxA DP DZ mulmx0 mulmx1 subrr subr0 mulmx0 LZ.
  by rewrite -scalar_mx_block.
exists (row_mx Psi Z); first by case: (mulmx1_unit inverse).
by rewrite mul_mx_row mul_row_block !mulmx0 !addr0 -!mulmxA DP DZ !mulmx0 mulmx1.
Qed.
