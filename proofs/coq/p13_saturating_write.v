(** P13, saturating write.

    Registry: W_hh = Phi, W_uh = g E_s, W_hy = E_s^T and sigma = clip(., -1, 1) give y(t) = u(t) for all t >= 1 if g >= 1 + rho',
    rho' the largest row 1-norm of [F_2 ... F_s]. Inputs are -1 and 1; rho <= 1 for the largest row 1-norm of F, which is
    necessary; Psi a signed permutation.
    Here: any ordered domain, any sizes. *)
From mathcomp Require Import all_ssreflect fingroup perm ssralg ssrnum matrix.
Require Import linear_tasks neurons.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Import GRing.Theory Num.Theory Order.TTheory.
Local Open Scope ring_scope.

Definition clip (R : realDomainType) (z : R) := Num.max (-1) (Num.min 1 z).

Definition saturating_circuit (R : realDomainType) p d (F : 'I_p.+1 -> 'M[R]_d) Psi (g : R) :=
  neuron_circuit Psi (Psi *m companion F *m Psi^T) g.

Section Clip.
Variable R : realDomainType.
Implicit Type z : R.
Lemma clip_id z : `|z| <= 1 -> clip z = z.
Proof. by rewrite ler_norml => /andP[l r]; rewrite /clip (min_idPr r) (max_idPr l). Qed.
Lemma clip_high z : 1 <= z -> clip z = 1.
Proof. by move=> h; rewrite /clip (min_idPl h) (max_idPr _) // (le_trans _ ler01) // oppr_le0. Qed.
Lemma clip_low z : z <= -1 -> clip z = -1.
Proof.
move=> h; rewrite /clip (min_idPr _) ?(max_idPl h) //.
by rewrite (le_trans h) // (le_trans _ ler01) // oppr_le0 ler01.
Qed.
Lemma clip_odd z : clip (- z) = - clip z.
Proof.
case: (lerP `|z| 1) => [h|]; first by rewrite !clip_id ?normrN.
case: (ger0P z) => z0 h; first by rewrite clip_low ?clip_high ?ler_opp2 // ltW.
have zm : z <= -1 by rewrite ler_oppr ltW.
by rewrite clip_high ?(clip_low zm) ?opprK // ltW.
Qed.
Lemma clip_small z : `|clip z| <= 1.
Proof.
case: (lerP `|z| 1) => h; first by rewrite clip_id.
move: h; case: (ger0P z) => z0 h; first by rewrite clip_high ?normr1 // ltW.
by rewrite clip_low ?normrN ?normr1 // ler_oppr ltW.
Qed.
End Clip.

Section Saturating.
Variables (R : realDomainType) (p d : nat) (F : 'I_p.+1 -> 'M[R]_d) (u : nat -> 'cV[R]_d).
Hypotheses (ut : task F u) (ub : binary p u).
Hypothesis rho : forall c, \sum_k row_norm (F k) c <= 1.

Lemma feed_bound (P : pred 'I_p.+1) (v : 'I_p.+1 -> 'cV[R]_d) c : (forall j e, P j -> `|v j e ord0| <= 1) ->
  `|\sum_(j | P j) (F j *m v j) c ord0| <= \sum_(j | P j) row_norm (F j) c.
Proof.
move=> small; apply: le_trans (ler_norm_sum _ _ _) _; apply: ler_sum => j Pj; rewrite mxE.
apply: le_trans (ler_norm_sum _ _ _) _; apply: ler_sum => e _.
by rewrite normrM ler_pimulr ?normr_ge0 // small.
Qed.

Lemma bounded t c : `|u t c ord0| <= 1.
Proof.
elim/ltn_ind: t c => t IH c; case: (leqP t p) => tp; first by rewrite norm_sign //; apply: ub.
rewrite -(subnK tp) ut summxE; apply: le_trans (rho c); apply: feed_bound => j e _; apply: IH.
by rewrite -[X in (_ < X)%N](subnK tp) ltn_add2l.
Qed.

Variables (g : R) (pi : 'S_(components p d)) (negative : 'I_(components p d) -> bool).
Hypothesis gain : forall c, 1 + \sum_(k < p.+1 | (0 < k)%N) row_norm (F k) c <= g.
Local Notation Psi := (signed_permutation R pi negative).
Local Notation h := (held (@clip R) pi negative (Psi *m companion F *m Psi^T) g (input p u)).

(** After t steps block k holds u(t + k - s), and 0 before that time has come. *)
Definition kept t (k : 'I_p.+1) : 'cV[R]_d := if (p.+1 <= t + k)%N then u (t + k - p.+1)%N else 0.

Lemma kept_bounded t k c : `|kept t k c ord0| <= 1.
Proof. by rewrite /kept; case: ifP => _; rewrite ?bounded // mxE normr0 ler01. Qed.

Lemma kept_newest t : kept t.+1 ord_max = u t.
Proof. by rewrite /kept /= addSn ltnS leq_addl subSS addnK. Qed.

Lemma holds t k : submxcol (h t) k = kept t k.
Proof.
elim: t k => [|t IH] k; first by rewrite held0 submxcol0 /kept add0n leqNgt ltn_ord.
have inner v : Psi^T *m (Psi *m companion F *m Psi^T *m v) = companion F *m (Psi^T *m v).
  by rewrite !mulmxA signed_left mul1mx.
rewrite heldS ?inner -/(h t); last exact: clip_odd.
rewrite block_map blockD blockZ block_companion block_inject.
case: (ltnP k p) => kp.
  rewrite IH -[k == _]/(k == p :> nat) (ltn_eqF kp) scaler0 addr0 (_ : kept t _ = kept t.+1 k).
    by apply/matrixP => c j; rewrite mxE ord1 clip_id ?kept_bounded.
  by rewrite /kept inordK ?ltnS // addnS addSn.
rewrite (last_block kp) eqxx kept_newest; apply/matrixP => c j; rewrite ord1 !mxE {j}.
have -> : (\sum_j F j *m submxcol (h t) j) c ord0 = \sum_j (F j *m kept t j) c ord0.
  by rewrite summxE; apply: eq_bigr => j _; rewrite IH.
rewrite /input; case: (leqP t p) => tp; last first.
  rewrite mxE mulr0 addr0 (_ : \sum_j _ = u t c ord0) ?clip_id ?bounded //.
  rewrite -[in RHS](subnK tp) ut summxE; apply: eq_bigr => j _; congr ((_ *m _) _ _).
  by rewrite /kept -{1}(subnK tp) -addnA [(p.+1 + _)%N]addnC addnA leq_addl -addnBAC.
have small : `|\sum_j (F j *m kept t j) c ord0| <= g - 1.
  rewrite ler_subr_addl; apply: le_trans (gain c); rewrite ler_add2l (bigID (fun j : 'I_p.+1 => (0 < j)%N)) /=.
  rewrite [X in `|_ + X|]big1 ?addr0 => [|j]; first by apply: feed_bound => j e _; exact: kept_bounded.
  by rewrite -eqn0Ngt => /eqP j0; rewrite /kept j0 addn0 ltnNge tp mulmx0 mxE.
move: small; rewrite ler_norml => /andP[lo hi]; case: (ub c tp) => ->.
  by rewrite mulr1 clip_high // -ler_subl_addr -opprB.
by rewrite mulrN1 clip_low // ler_subl_addr addrC.
Qed.
End Saturating.

Theorem saturating_write (R : realDomainType) (p d : nat) (F : 'I_p.+1 -> 'M[R]_d) (g : R)
    (pi : 'S_(components p d)) (negative : 'I_(components p d) -> bool) (Psi := signed_permutation R pi negative)
    (u : nat -> 'cV[R]_d) :
  task F u -> binary p u ->
  (forall c, \sum_k row_norm (F k) c <= 1) ->
  (forall c, 1 + \sum_(k < p.+1 | (0 < k)%N) row_norm (F k) c <= g) ->
  forall t, output (@clip R) (saturating_circuit F Psi g) (input p u) t = u t.
Proof.
move=> ut ub rho gain t; rewrite output_held.
by rewrite (holds ut ub rho pi negative gain) kept_newest.
Qed.

Theorem bound_is_necessary (R : realDomainType) (p d : nat) (F : 'I_p.+1 -> 'M[R]_d) (g : R)
    (pi : 'S_(components p d)) (negative : 'I_(components p d) -> bool) (Psi := signed_permutation R pi negative) :
  (forall u, task F u -> binary p u -> forall t, output (@clip R) (saturating_circuit F Psi g) (input p u) t = u t) ->
  forall c, \sum_k row_norm (F k) c <= 1.
Proof.
move=> right c; have [v [vt vx]] := task_exists F (fun t => \col_e if F (inord t) c e < 0 then -1 else 1 : R).
have vb : binary p v by move=> t e tp; rewrite vx // mxE; case: ifP; [right|left].
have -> : \sum_k row_norm (F k) c = v p.+1 c ord0.
  transitivity (v (0 + p.+1)%N c ord0); last by [].
  rewrite vt summxE; apply: eq_bigr => k _; rewrite mxE; apply: eq_bigr => e _.
  rewrite add0n vx -1?ltnS // mxE inord_val; case: ltrP => F0; last by rewrite mulr1 ger0_norm.
  by rewrite mulrN1 ltr0_norm.
rewrite -(right v vt vb) output_held.
rewrite heldS; last exact: clip_odd.
by rewrite block_map mxE (le_trans (ler_norm _)) ?clip_small.
Qed.
