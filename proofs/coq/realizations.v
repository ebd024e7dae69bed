(** Least linear realizations; what P11, P15 and P20 share.

    Rows C A, C A^2, ... over a field: the space that they span, how few dimensions a system needs that shows the same. *)
From mathcomp Require Import all_ssreflect ssralg matrix mxalgebra.
Require Import linear_tasks p08_finite_check.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Import GRing.Theory.
Local Open Scope ring_scope.

Section Definitions.
Variable K : fieldType.

(** [C A; C A^2; ...; C A^L], L blocks of rows. *)
Definition seen m n (C : 'M[K]_(m, n)) (A : 'M[K]_n) L : 'M[K]_(\sum_(i < L) m, n) := \mxcol_(i < L) (C *m power A i.+1).

(** A linear system h(t+1) = A h(t), y = C h, whose start is linear in what it is given. *)
Record system m n := System { dimension : nat; step : 'M[K]_dimension; read : 'M[K]_(m, dimension); start : 'M[K]_(dimension, n) }.

(** It shows C A, C A^2, ..., the first of them [delay] steps after its start. *)
Definition realizes m n (C : 'M[K]_(m, n)) (A : 'M[K]_n) delay (S : system m n) :=
  forall t, read S *m power (step S) (delay + t) *m start S = C *m power A t.+1.

End Definitions.

Lemma stack_sub (K : fieldType) L k m n (B : 'I_L -> 'M[K]_(k, n)) (W : 'M[K]_(m, n)) :
  (\mxcol_i B i <= W)%MS <-> forall i, (B i <= W)%MS.
Proof.
rewrite eqmx_col; split=> [/sumsmx_subP sub i|sub]; first by have := sub i isT; rewrite genmxE.
by apply/sumsmx_subP => i _; rewrite genmxE.
Qed.

(** By Cayley-Hamilton n powers are enough. *)
Lemma row_stack (K : fieldType) m n (A : 'M[K]_n) (D : 'M[K]_(m, n)) L t : (n <= L)%N -> (D *m power A t <= \mxcol_(i < L) (D *m power A i))%MS.
Proof.
move=> nL; elim/ltn_ind: t => t IH; case: (ltnP t L) => tL.
  by have /stack_sub/(_ (Ordinal tL)) := submx_refl (\mxcol_(i < L) (D *m power A i)).
have nt := leq_trans nL tL; have [c Ac] := power_size A.
rewrite -(subnK nt) powerD Ac !mulmx_sumr; apply: summx_sub => i _.
rewrite -!scalemxAr -powerD; apply/scalemx_sub/IH.
by rewrite -[X in (_ < X)%N](subnK nt) ltn_add2l.
Qed.

Section Rows.
Variables (K : fieldType) (m n : nat) (C : 'M[K]_(m, n)) (A : 'M[K]_n).

Lemma row_seen L t : (n <= L)%N -> (C *m power A t.+1 <= seen C A L)%MS.
Proof.
move=> nL; have -> : seen C A L = \mxcol_(i < L) (C *m A *m power A i) by apply: eq_mxcol => i; rewrite -mulmxA.
by rewrite [power A _]/= mulmxA row_stack.
Qed.

Lemma seen_longer L : (n <= L)%N -> (seen C A L :=: seen C A n)%MS.
Proof. by move=> nL; apply/eqmxP/andP; split; apply/stack_sub => i; apply: row_seen. Qed.

Lemma seen_step : (seen C A n *m A <= seen C A n)%MS.
Proof. by rewrite mxcol_mul; apply/stack_sub => i; rewrite -mulmxA -powerSr; apply: row_seen. Qed.

Lemma rank_seen L : (n <= L)%N -> \rank (seen C A L) = \rank (seen C A n).
Proof. by move=> nL; rewrite (seen_longer nL). Qed.
Lemma rank_seen_step L : (n <= L)%N -> \rank (seen C A L *m A) = \rank (seen C A n *m A).
Proof. by move=> nL; rewrite (eqmxMr A (seen_longer nL)). Qed.

(** Least dimension, started one step before the first output. *)
Lemma at_least0 (S : system K m n) : realizes C A 0 S -> (\rank (seen C A n) <= dimension S)%N.
Proof.
move=> real; have -> : seen C A n = (\mxcol_(i < n) (read S *m power (step S) i)) *m start S.
  by rewrite mxcol_mul; apply: eq_mxcol => i; rewrite -real add0n.
by apply: leq_trans (mxrankM_maxr _ _) _; apply: rank_leq_row.
Qed.

(** Coordinates of the rows: V A = A1 V and C A = C1 V. *)
Local Notation r := (\rank (seen C A n)).
Local Notation V := (row_base (seen C A n)).
Definition coordinates_step : 'M[K]_r := V *m A *m pinvmx V.
Definition coordinates_read : 'M[K]_(m, r) := C *m A *m pinvmx V.
Local Notation A1 := coordinates_step.
Local Notation C1 := coordinates_read.

Lemma step_coordinates : A1 *m V = V *m A.
Proof.
apply: mulmxKpV; apply: submx_trans (_ : (seen C A n *m A <= _)%MS); last by rewrite eq_row_base seen_step.
by rewrite submxMr ?eq_row_base.
Qed.

Lemma read_coordinates : C1 *m V = C *m A.
Proof. by apply: mulmxKpV; rewrite eq_row_base -[A in C *m A](power1 A) row_seen. Qed.

Lemma power_coordinates t : power A1 t *m V = V *m power A t.
Proof.
elim: t => [|t IH]; first by rewrite !power0 mul1mx mulmx1.
by rewrite [power A1 _]/= -(mulmxA A1) IH (mulmxA A1) step_coordinates -mulmxA.
Qed.

Lemma attained0 : exists2 S : system K m n, dimension S = r & realizes C A 0 S.
Proof.
exists (System A1 C1 V) => // t; rewrite add0n [read _]/= [step _]/= [start _]/= -mulmxA power_coordinates mulmxA.
by rewrite read_coordinates -mulmxA.
Qed.

(** Started two steps before it, what the first step destroys has to be stored as well. *)
Local Notation q := (\rank (seen C A n *m A)).

Lemma at_least1 (S : system K m n) : realizes C A 1 S -> (r + r <= dimension S + q)%N.
Proof.
case: S => N B D X real; pose L := (N + n)%N; have nL : (n <= L)%N := leq_addl _ _.
have {}real t : D *m power B t.+1 *m X = C *m power A t.+1 := real t.
pose G := \mxcol_(i < L) (D *m power B i); rewrite [dimension _]/=.
have GBX : G *m (B *m X) = seen C A L.
  by rewrite mxcol_mul; apply: eq_mxcol => i; rewrite -real mulmxA powerSr !mulmxA.
have GBBX : G *m B *m (B *m X) = seen C A L *m A.
  by rewrite !mxcol_mul; apply: eq_mxcol => i; rewrite -[RHS]mulmxA -powerSr -real !powerSr !mulmxA.
have GB : (G *m B <= G)%MS.
  rewrite mxcol_mul; apply/stack_sub => i; rewrite -mulmxA -powerSr; apply: row_stack; exact: leq_addr.
(* the image of G loses no less than its image under the start *)
have lost : (r + \rank (G *m B) <= \rank G + q)%N.
  rewrite -(rank_seen nL) -(rank_seen_step nL) -GBBX -GBX -(mxrank_mul_ker G (B *m X)) -(mxrank_mul_ker (G *m B) (B *m X)).
  rewrite -addnA leq_add2l addnC leq_add2r.
  by apply: mxrankS; rewrite capmxS.
have kernel : (\rank G <= \rank (G *m B) + (N - \rank B))%N.
  by rewrite -(mxrank_mul_ker G B) leq_add2l -mxrank_ker mxrankS ?capmxSr.
have enough : (r <= \rank B)%N.
  rewrite -(rank_seen nL) -GBX; apply: leq_trans (mxrankM_maxr _ _) (mxrankM_maxl _ _).
have rN : (\rank B <= N)%N := rank_leq_row _.
rewrite -(leq_add2r (\rank (G *m B))) -addnA; apply: leq_trans (leq_add enough lost) _.
apply: leq_trans (leq_add (leqnn _) (leq_add kernel (leqnn q))) _.
by rewrite addnA [(\rank B + (_ + _))%N]addnCA subnKC // -addnA addnC.
Qed.

Lemma rank_step : \rank A1 = q.
Proof.
rewrite -(mxrankMfree A1 (row_base_free (seen C A n))) step_coordinates.
by rewrite (eqmxMr A (eq_row_base (seen C A n))).
Qed.

Lemma attained1 : exists2 S : system K m n, (dimension S + q = r + r)%N & realizes C A 1 S.
Proof.
(* B: columns that complete those of A1 *)
pose B := (row_base (A1^T^C)%MS)^T.
have [L full] : exists L, L *m (row_mx A1 B)^T = 1%:M.
  apply/row_fullP; rewrite tr_row_mx trmxK -sub1mx -addsmxE (adds_eqmx (eqmx_refl _) (eq_row_base _)).
  by rewrite sub1mx addsmx_compl_full.
have {}full : row_mx A1 B *m (L^T *m V) = V by rewrite mulmxA -[row_mx A1 B]trmxK -trmx_mul full trmx1 mul1mx.
have stay t k (W : 'M[K]_(r, k)) : power (block_mx A1 B 0 0) t *m col_mx W 0 = col_mx (power A1 t *m W) 0.
  elim: t => [|t IH]; first by rewrite !power0 !mul1mx.
  by rewrite [power (block_mx _ _ _ _) _]/= -mulmxA IH mul_block_col !mulmx0 !mul0mx !addr0 mulmxA.
exists (System (block_mx A1 B 0 0) (row_mx C1 0) (L^T *m V)) => [|t].
  by rewrite /= mxrank_compl mxrank_tr rank_step -addnA subnK ?rank_leq_row // -rank_step rank_leq_row.
rewrite [read _]/= [step _]/= [start _]/= (addnC 1%N t) powerD power1 -!mulmxA.
have -> : block_mx A1 B 0 0 *m (L^T *m V) = col_mx V (0 : 'M_(\rank (A1^T)^C, n)).
  by rewrite -[L^T *m V]vsubmxK mul_block_col !mul0mx addr0 -mul_row_col vsubmxK full.
by rewrite stay mul_row_col mulmx0 addr0 power_coordinates mulmxA read_coordinates -mulmxA.
Qed.
End Rows.
