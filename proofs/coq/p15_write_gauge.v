(** P15, write gauge.

    Registry: two input matrices of a linear network give the same scored outputs iff they differ by columns in the kernel of
    [W_hy W; W_hy W^2; ...], which for the linear circuit has dimension N - rank O. An input component takes at least two values;
    sigma = id.
    Here: any field, any sizes, any biases and h(0); N powers are enough, by P08's reason. *)
From mathcomp Require Import all_ssreflect ssralg matrix mxalgebra.
Require Import linear_tasks p07_linear_solvability p08_finite_check realizations p11_minimal_dimension.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Import GRing.Theory.
Local Open Scope ring_scope.

Definition with_inputs_by (R : ringType) a d (w : network R a d) (B : 'M[R]_(units w, a)) : network R a d := {|
  W_hh := W_hh w; W_uh := B; W_hy := W_hy w; b_h := b_h w; b_y := b_y w; h_0 := h_0 w |}.

Section Gauge.
Variables (K : fieldType) (p d : nat) (w : network K d d) (B : 'M[K]_(units w, d)).
Local Notation w' := (with_inputs_by B).
Local Notation D := (W_uh w - B).

Lemma difference u t : (p <= t)%N -> output linear w (input p u) t - output linear w' (input p u) t =
  \sum_(k < p.+1) W_hy w *m power (W_hh w) (t - k) *m D *m u k.
Proof.
move=> pt; rewrite !from_zero // (_ : output linear w' (fun _ => 0) t = output linear w (fun _ => 0) t); last first.
  rewrite /output; congr (_ *m _ + _); elim: t.+1 => // r IH.
  by rewrite !stateS IH !mulmx0.
rewrite opprD addrACA subrr add0r -sumrB; apply: eq_bigr => k _.
by rewrite -mulmxBl -mulmxBr.
Qed.
End Gauge.

Theorem same_scored_outputs (K : fieldType) (p d : nat) (values : 'I_d -> K -> Prop) (w : network K d d) (B : 'M[K]_(units w, d)) :
  varied values ->
  (forall u, allowed p values u -> forall t, (p < t)%N ->
    output linear w (input p u) t = output linear (with_inputs_by B) (input p u) t) <->
  seen (W_hy w) (W_hh w) (units w) *m (W_uh w - B) = 0.
Proof.
move=> vary; split=> [same|zero u ua t pt]; last first.
  apply/eqP; rewrite -subr_eq0 difference 1?ltnW //; apply/eqP/big1 => k _.
  have kt : (k < t)%N by rewrite (leq_trans _ pt).
  have /submxP[X ->] : (W_hy w *m power (W_hh w) (t - k) <= seen (W_hy w) (W_hh w) (units w))%MS.
    by rewrite -(subnSK kt) row_seen.
  by rewrite -(mulmxA X) zero mulmx0 mul0mx.
have [a [b ab]] : exists a, exists b, forall c, [/\ values c (a c), values c (b c) & a c != b c].
  have [a /fin_all_exists[b ab]] := fin_all_exists vary; by exists a, b.
suff zero i : W_hy w *m power (W_hh w) i.+1 *m (W_uh w - B) = 0.
  by rewrite mxcol_mul -[RHS](@mxcol0 _ _ (fun=> d)); apply: eq_mxcol => i.
apply/matrixP => j c; rewrite [RHS]mxE.
pose u (t : nat) : 'cV[K]_d := \col_e a e.
pose v (t : nat) : 'cV[K]_d := \col_e if (t == p) && (e == c) then b e else a e.
have ua : allowed p values u by move=> t e _; rewrite mxE; case: (ab e).
have va : allowed p values v by move=> t e _; rewrite mxE; case: ifP; case: (ab e).
have pt : (p < i.+1 + p)%N by rewrite addSn ltnS leq_addl.
have : \sum_(k < p.+1) W_hy w *m power (W_hh w) (i.+1 + p - k) *m (W_uh w - B) *m (v k - u k) = 0.
  rewrite (eq_bigr _ (fun k _ => mulmxBr _ _ _)) sumrB -!difference 1?ltnW //.
  by rewrite same // same // !subrr.
rewrite big_ord_recr /= [\sum_(k < p) _]big1 ?add0r => [|k _]; last first.
  rewrite (_ : v k - u k = 0) ?mulmx0 //; apply/matrixP => e z; rewrite !mxE.
  by rewrite (ltn_eqF (ltn_ord k)) subrr.
have -> : v p - u p = (b c - a c) *: delta_mx c ord0.
  apply/matrixP => e z; rewrite !mxE eqxx ord1 eqxx andbT /=.
  by case: eqP => [->|_]; rewrite ?mulr1 ?mulr0 ?subrr.
rewrite addnK -scalemxAr -colE => /matrixP/(_ j ord0); rewrite !mxE => /eqP.
by rewrite mulf_eq0 subr_eq0 eq_sym; case: (ab c) => _ _ /negbTE -> /= /eqP.
Qed.

Theorem free_dimensions (K : fieldType) (p d N : nat) (F : 'I_p.+1 -> 'M[K]_d)
    (Psi : 'M[K]_(N, components p d)) (Dual : 'M[K]_(components p d, N)) (w := linear_circuit F Psi Dual) :
  Dual *m Psi = 1%:M ->
  \rank (kermx (seen (W_hy w) (W_hh w) N)^T) = (N - \rank (O F))%N.
Proof.
move=> DP; have free : row_free Dual by apply/row_freeP; exists Psi.
have nN : (components p d <= N)%N by rewrite -(eqP free) rank_leq_col.
have power_dual t : Dual *m power (Psi *m companion F *m Dual) t = power (companion F) t *m Dual.
  elim: t => [|t IH]; first by rewrite !power0 mul1mx mulmx1.
  by rewrite powerSr mulmxA IH powerSr -!mulmxA [Dual *m (Psi *m _)]mulmxA DP mul1mx.
have -> : seen (W_hy w) (W_hh w) N = seen (inject K d ord_max)^T (companion F) N *m Dual.
  by rewrite mxcol_mul; apply: eq_mxcol => i; rewrite [W_hy w]/= [W_hh w]/= -(mulmxA _ Dual) power_dual mulmxA.
by rewrite mxrank_ker mxrank_tr (mxrankMfree _ free) rank_seen.
Qed.
