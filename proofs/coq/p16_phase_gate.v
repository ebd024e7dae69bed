(** P16, phase gate.

    Registry: with an input that is 1 during the input phase, 2d(s+1) ReLU units give y(t) = u(t) for all t >= 1, for every
    linear task; n + d units with biases do if the task is bounded. |u| <= U during the input phase and M >= rho' U;
    n + d units: |u(t)| <= B for all t, and M >= (1 + rho) B.
    Here: any ordered domain, any sizes. *)
From mathcomp Require Import all_ssreflect ssralg ssrnum matrix.
Require Import linear_tasks neurons.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Import GRing.Theory Num.Theory Order.TTheory.
Local Open Scope ring_scope.

Section Definitions.
Variables (R : realDomainType) (p d : nat) (F : 'I_p.+1 -> 'M[R]_d).
Local Notation n := (components p d).
Local Notation Es := (@inject R p d ord_max).

Definition relu (z : R) := Num.max 0 z.

(** The inputs and, last, the phase: 1 while inputs come. *)
Definition phase t : R := if (t <= p)%N then 1 else 0.
Definition with_phase (u : nat -> 'cV[R]_d) t : 'cV[R]_(d + 1) := col_mx (input p u t) (phase t)%:M.

Definition ones m : 'cV[R]_m := const_mx 1.

(** A number is a pair of units, relu v - relu (-v); the newest block is two pairs, the first of them gated. *)
Definition pairs : 'M[R]_(n, n + n + (d + d)) := row_mx (row_mx 1%:M (- 1%:M)) (row_mx Es (- Es)).
Definition gate M : 'cV[R]_n := - M *: (Es *m ones d).
Definition paired_circuit (M : R) : network R (d + 1) d := {|
  W_hh := col_mx (col_mx (companion F) (- companion F)) 0 *m pairs;
  W_uh := col_mx (col_mx (row_mx 0 (gate M)) (row_mx 0 (gate M))) (col_mx (row_mx 1%:M 0) (row_mx (- 1%:M) 0));
  W_hy := Es^T *m pairs; b_h := 0; b_y := 0; h_0 := 0 |}.

(** A number within B is one unit, v + B; the newest block is two units, the first of them gated. *)
Definition shifted : 'M[R]_(n, n + d) := row_mx 1%:M Es.
Definition shifted_circuit (M B : R) : network R (d + 1) d := {|
  W_hh := col_mx (companion F) 0 *m shifted;
  W_uh := col_mx (row_mx 0 (gate M)) (row_mx 1%:M (B *: ones d));
  W_hy := Es^T *m shifted; b_h := col_mx (B *: ones n - B *: (companion F *m ones n)) 0; b_y := - B *: ones d; h_0 := 0 |}.

End Definitions.

Section Relu.
Variable R : realDomainType.
Implicit Type z : R.
Lemma relu_id z : 0 <= z -> relu z = z. Proof. by move=> h; rewrite /relu (max_idPr h). Qed.
Lemma relu_0 z : z <= 0 -> relu z = 0. Proof. by move=> h; rewrite /relu (max_idPl h). Qed.
Lemma relu_pair z : relu z - relu (- z) = z.
Proof.
case: (lerP 0 z) => [h|/ltW h]; first by rewrite relu_id // relu_0 ?subr0 // oppr_le0.
by rewrite relu_0 // relu_id ?oppr_ge0 // sub0r opprK.
Qed.
End Relu.

Section Feed.
Variables (R : realDomainType) (p d : nat) (F : 'I_p.+1 -> 'M[R]_d).

Lemma feed_at_most (P : pred 'I_p.+1) (v : 'I_p.+1 -> 'cV[R]_d) c B : (forall j e, P j -> `|v j e ord0| <= B) ->
  `|\sum_(j | P j) (F j *m v j) c ord0| <= \sum_(j | P j) row_norm (F j) c * B.
Proof.
move=> small; apply: le_trans (ler_norm_sum _ _ _) _; apply: ler_sum => j Pj; rewrite mxE /row_norm mulr_suml.
apply: le_trans (ler_norm_sum _ _ _) _; apply: ler_sum => e _.
by rewrite normrM ler_wpmul2l ?normr_ge0 // small.
Qed.

Lemma block_gate (M : R) k c : submxcol (gate p d M) k c ord0 = if k == ord_max :> 'I_p.+1 then - M else 0.
Proof.
rewrite blockZ mxE block_inject; case: ifP => _; rewrite mxE ?mulr0 //.
by rewrite mulr1.
Qed.
End Feed.

Section Pairs.
Variables (R : realDomainType) (p d : nat) (F : 'I_p.+1 -> 'M[R]_d) (M U : R) (u : nat -> 'cV[R]_d).
Hypotheses (ut : task F u) (uU : forall t c, (t <= p)%N -> `|u t c ord0| <= U).
Hypothesis gated : forall c, \sum_(k < p.+1 | (0 < k)%N) row_norm (F k) c * U <= M.
Local Notation w := (paired_circuit F M).
Local Notation h := (state (@relu R) w (with_phase p u)).

Local Notation phase := (phase R p).

Lemma pairs_step t (v := pairs R p d *m h t) : pairs R p d *m h t.+1 =
  map_mx (@relu R) (companion F *m v + phase t *: gate p d M) - map_mx (@relu R) (- (companion F *m v) + phase t *: gate p d M)
  + inject R d ord_max *m input p u t.
Proof.
rewrite [state _ _ _ t.+1]/= addr0 -mulmxA -/v /with_phase !mul_col_mx !mul0mx !mul_row_col.
rewrite !mul0mx ?add0r ?addr0 mul1mx !mulNmx mul1mx.
rewrite !mul_mx_scalar !add_col_mx !add0r !map_col_mx !mul_row_col !mul1mx !mulNmx mul1mx; congr (_ + _).
rewrite -mulmxBr; congr (_ *m _); apply/matrixP => i j; rewrite !mxE; exact: relu_pair.
Qed.

Lemma pairs_entry t k c (v := pairs R p d *m h t) (a := submxcol (companion F *m v) k c ord0) :
  submxcol (pairs R p d *m h t.+1) k c ord0 = if k == ord_max
    then relu (a - phase t * M) - relu (- a - phase t * M) + input p u t c ord0 else a.
Proof.
have entry (A G X : 'cV[R]_(components p d)) :
    submxcol (map_mx (@relu R) (A + phase t *: G) - map_mx (@relu R) (- A + phase t *: G) + X) k c ord0 =
    relu (submxcol A k c ord0 + phase t * submxcol G k c ord0) - relu (- submxcol A k c ord0 + phase t * submxcol G k c ord0)
    + submxcol X k c ord0 by rewrite !mxE.
rewrite pairs_step entry block_gate block_inject -/a; case: ifP => _; first by rewrite mulrN.
by rewrite mulr0 !addr0 mxE addr0 relu_pair.
Qed.

Definition filled t (k : 'I_p.+1) : 'cV[R]_d := if (p.+1 <= t + k)%N then u (t + k - p.+1)%N else 0.

Lemma filled_older t (k : 'I_p.+1) : (k < p)%N -> filled t (inord k.+1) = filled t.+1 k.
Proof. by move=> kp; rewrite /filled inordK ?ltnS // addnS addSn. Qed.

Lemma filled_newest t : filled t.+1 ord_max = u t.
Proof. by rewrite /filled addSn ltnS leq_addl subSS addnK. Qed.

Lemma filled_feed t : (p < t)%N -> \sum_j F j *m filled t j = u t.
Proof.
move=> tp; rewrite -[in RHS](subnK tp) ut; apply: eq_bigr => j _; congr (_ *m _).
by rewrite /filled -{1}(subnK tp) -addnA [(p.+1 + _)%N]addnC addnA leq_addl -addnBAC.
Qed.

Lemma pairs_hold t k c : submxcol (pairs R p d *m h t) k c ord0 = filled t k c ord0.
Proof.
elim: t k c => [|t IH] k c; first by rewrite /= mulmx0 submxcol0 /filled add0n leqNgt ltn_ord.
have IH' j : submxcol (pairs R p d *m h t) j = filled t j by apply/matrixP => e z; rewrite ord1 IH.
rewrite pairs_entry block_companion -[k == _]/(k == p :> nat); case: (ltnP k p) => kp.
  by rewrite (ltn_eqF kp) IH' filled_older.
rewrite (last_block kp) eqxx filled_newest (eq_bigr _ (fun j _ => congr1 (mulmx (F j)) (IH' j))).
rewrite /phase /input; case: (leqP t p) => tp; last first.
  by rewrite mul0r subr0 filled_feed // mxE addr0 subr0 relu_pair.
set v := \sum_j F j *m filled t j; suff : `|v c ord0| <= M.
  rewrite ler_norml mul1r => /andP[lo hi]; rewrite !relu_0 ?subrr ?add0r // ?subr_le0 //.
  by rewrite ler_oppl.
rewrite summxE (bigID (fun j : 'I_p.+1 => (0 < j)%N)) /= [X in _ + X]big1 ?addr0 => [|j]; last first.
  by rewrite -eqn0Ngt => /eqP j0; rewrite /filled j0 addn0 ltnNge tp mulmx0 mxE.
apply: le_trans (gated c); apply: feed_at_most => j e _.
have U0 : 0 <= U := le_trans (normr_ge0 _) (uU e (leq0n p)).
rewrite /filled; case: ifP => tj; last by rewrite mxE normr0.
by apply: uU; rewrite leq_subLR addSn ltnW // ltnS leq_add ?tp // -ltnS.
Qed.
End Pairs.

Section Shifted.
Variables (R : realDomainType) (p d : nat) (F : 'I_p.+1 -> 'M[R]_d) (M B : R) (u : nat -> 'cV[R]_d).
Hypotheses (ut : task F u) (uB : forall t c, `|u t c ord0| <= B).
Hypothesis gated : forall c, (1 + \sum_k row_norm (F k) c) * B <= M.
Local Notation n := (components p d).
Local Notation w := (shifted_circuit F M B).
Local Notation h := (state (@relu R) w (with_phase p u)).
Local Notation phase := (phase R p).

(** What the units hold: the numbers, from -B on. *)
Definition shown t : 'cV[R]_n := shifted R p d *m h t - B *: ones R n.

Lemma shown_step t : shown t.+1 =
  map_mx (@relu R) (companion F *m shown t + B *: ones R n + phase t *: gate p d M) - B *: ones R n
  + inject R d ord_max *m map_mx (@relu R) (input p u t + (phase t * B) *: ones R d).
Proof.
rewrite /shown [state _ _ _ t.+1]/= -mulmxA /with_phase !mul_col_mx !mul0mx !mul_row_col !mul0mx mul1mx !add0r.
rewrite !mul_mx_scalar !add_col_mx map_col_mx mul_row_col mul1mx addr0 [RHS]addrAC; congr (_ + _ - _).
  by congr map_mx; rewrite mulmxBr -scalemxAr [X in _ + X]addrC addrA [X in X + _]addrAC addrAC.
by rewrite add0r scalerA.
Qed.

Lemma shown_entry t k c (a := submxcol (companion F *m shown t) k c ord0) :
  submxcol (shown t.+1) k c ord0 = if k == ord_max
    then relu (a + B - phase t * M) - B + relu (input p u t c ord0 + phase t * B) else relu (a + B) - B.
Proof.
have entry (A G X : 'cV[R]_n) :
    submxcol (map_mx (@relu R) (A + B *: ones R n + phase t *: G) - B *: ones R n + X) k c ord0 =
    relu (submxcol A k c ord0 + B + phase t * submxcol G k c ord0) - B + submxcol X k c ord0 by rewrite !mxE mulr1.
rewrite shown_step entry block_gate block_inject -/a; case: ifP => _; last by rewrite mulr0 !mxE !addr0.
by rewrite mulrN; congr (_ + _); rewrite !mxE mulr1.
Qed.

Definition present t (k : 'I_p.+1) : 'cV[R]_d := if (p.+1 <= t + k)%N then u (t + k - p.+1)%N else - B *: ones R d.

Lemma B0 (c : 'I_d) : 0 <= B. Proof. exact: le_trans (normr_ge0 _) (uB 0 c). Qed.

Lemma present_small t k c : `|present t k c ord0| <= B.
Proof. by rewrite /present; case: ifP => _; rewrite ?uB // !mxE mulr1 normrN ger0_norm ?(B0 c). Qed.

Lemma shown_is t k c : submxcol (shown t) k c ord0 = present t k c ord0.
Proof.
elim: t k c => [|t IH] k c.
  by rewrite /shown /= mulmx0 sub0r /present add0n leqNgt ltn_ord !mxE !mulr1.
have IH' j : submxcol (shown t) j = present t j by apply/matrixP => e z; rewrite ord1 IH.
have fed : `|(\sum_j F j *m present t j) c ord0| <= \sum_k row_norm (F k) c * B.
  by rewrite summxE; apply: feed_at_most => j e _; exact: present_small.
rewrite shown_entry block_companion -[k == _]/(k == p :> nat); case: (ltnP k p) => kp.
  rewrite (ltn_eqF kp) IH' (_ : present t _ = present t.+1 k); last by rewrite /present inordK ?ltnS // addnS addSn.
  have := present_small t.+1 k c; rewrite ler_norml => /andP[lo _].
  by rewrite relu_id ?addrK // -ler_subl_addr sub0r.
have -> : present t.+1 k = u t by rewrite (last_block kp) /present addSn ltnS leq_addl subSS addnK.
rewrite (last_block kp) eqxx (eq_bigr _ (fun j _ => congr1 (mulmx (F j)) (IH' j))).
rewrite /phase /input; case: (leqP t p) => tp; last first.
  have -> : \sum_j F j *m present t j = u t.
    rewrite -[in RHS](subnK tp) ut; apply: eq_bigr => j _; congr (_ *m _).
    by rewrite /present -{1}(subnK tp) -addnA [(p.+1 + _)%N]addnC addnA leq_addl -addnBAC.
  have := uB t c; rewrite ler_norml => /andP[lo _].
  by rewrite !mul0r subr0 mxE addr0 (relu_0 (lexx 0)) addr0 relu_id ?addrK // -ler_subl_addr sub0r.
have := uB t c; rewrite ler_norml => /andP[lo _].
rewrite !mul1r [X in X - _ + _]relu_0 ?sub0r; last first.
  move: fed; rewrite ler_norml => /andP[_ hi]; rewrite subr_le0; apply: le_trans (gated c).
  by rewrite mulrDl mul1r addrC ler_add2l mulr_suml.
have uB0 : 0 <= u t c ord0 + B by rewrite -ler_subl_addr sub0r.
by rewrite relu_id // addrC addrK.
Qed.
End Shifted.

Theorem phase_gate (R : realDomainType) (p d : nat) (F : 'I_p.+1 -> 'M[R]_d) (M U : R) (w := paired_circuit F M) :
  (forall c, \sum_(k < p.+1 | (0 < k)%N) row_norm (F k) c * U <= M) ->
  units w = (2 * d * p.+2)%N /\
  forall u, task F u -> (forall t c, (t <= p)%N -> `|u t c ord0| <= U) ->
  forall t, output (@relu R) w (with_phase p u) t = u t.
Proof.
move=> gated; split=> [|u ut uU t].
  rewrite /= sum_nat_const card_ord addnn addnn -doubleD -mul2n -mulnA; congr (2 * _)%N.
  by rewrite mulnC -mulnSr.
apply/matrixP => c j; rewrite ord1 /output [b_y _]/= addr0 [W_hy _]/= -mulmxA read_block (pairs_hold ut uU gated).
by rewrite filled_newest.
Qed.

Theorem phase_gate_with_biases (R : realDomainType) (p d : nat) (F : 'I_p.+1 -> 'M[R]_d) (M B : R) (w := shifted_circuit F M B) :
  (forall c, (1 + \sum_k row_norm (F k) c) * B <= M) ->
  units w = (p.+1 * d + d)%N /\
  forall u, task F u -> (forall t c, `|u t c ord0| <= B) ->
  forall t, output (@relu R) w (with_phase p u) t = u t.
Proof.
move=> gated; split=> [|u ut uB t]; first by rewrite /= sum_nat_const card_ord.
apply/matrixP => c j; rewrite ord1 /output [b_y _]/= [W_hy _]/= -mulmxA.
have -> : shifted R p d *m state (@relu R) w (with_phase p u) t.+1 = shown F M B u t.+1 + B *: ones R _ by rewrite subrK.
rewrite read_block blockD [LHS]mxE [X in X + _]mxE (shown_is ut uB gated) /present addSn ltnS leq_addl subSS addnK !mxE.
by rewrite mulNr addrK.
Qed.
