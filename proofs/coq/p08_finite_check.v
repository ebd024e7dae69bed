(** P08, finite check.

    Registry: two linear systems with p and q state dimensions whose outputs agree on the first p + q terms agree for ever.
    A network of N units without biases, h(0) = 0, has a task's values for all t > s iff it has those of t = s+1, ..., s+N+n on
    a basis; with biases or h(0), iff it has those of t = s+1, ..., s+N+n+1 on the zero input and a basis.
    Here: the first sentence over any commutative ring, the others over any field, all sizes. *)
From mathcomp Require Import all_ssreflect ssralg poly matrix mxpoly.
Require Import linear_tasks.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Import GRing.Theory.
Local Open Scope ring_scope.

Lemma power_exp (R : ringType) n (A : 'M[R]_n.+1) t : power A t = A ^+ t.
Proof. by elim: t => //= t ->; rewrite exprS. Qed.

(** Cayley-Hamilton: a power of size n is a combination of smaller ones. *)
Lemma power_size (R : comRingType) n (A : 'M[R]_n) : exists c : nat -> R, power A n = \sum_(i < n) c i *: power A i.
Proof.
case: n A => [|n] A; first by exists (fun _ => 0); apply/matrixP => -[].
have := Cayley_Hamilton A; set q := char_poly A.
have -> : horner_mx A q = \sum_(i < n.+2) q`_i *: A ^+ i.
  rewrite -{1}[q]coefK poly_def size_char_poly raddf_sum; apply: eq_bigr => i _ /=.
  by rewrite horner_mxZ rmorphX /= horner_mx_X.
rewrite big_ord_recr /=; have -> : q`_n.+1 = 1.
  by have /monicP := char_poly_monic A; rewrite lead_coefE size_char_poly.
rewrite scale1r addrC => /eqP; rewrite addr_eq0 => /eqP e; exists (fun i => - q`_i); rewrite -[LHS]/(power A n.+1) power_exp [LHS]e -sumrN.
by apply: eq_bigr => i _; rewrite scaleNr power_exp.
Qed.

Lemma zero_for_ever (R : comRingType) n k m (A : 'M[R]_n) (B : 'M[R]_(n, k)) (C : 'M[R]_(m, n)) :
  (forall t, (t < n)%N -> C *m power A t *m B = 0) -> forall t, C *m power A t *m B = 0.
Proof.
move=> h; have [c Ac] := power_size A; elim/ltn_ind => t IH; case: (ltnP t n) => tn; first exact: h.
rewrite -(subnK tn) powerD Ac mulmx_sumr mulmx_sumr mulmx_suml; apply: big1 => i _.
rewrite -!scalemxAr -scalemxAl -powerD IH ?scaler0 //.
by rewrite -{2}(subnK tn) ltn_add2l.
Qed.

Lemma power_block (R : ringType) p q (A : 'M[R]_p) (A' : 'M[R]_q) t :
  power (block_mx A 0 0 A') t = block_mx (power A t) 0 0 (power A' t).
Proof.
elim: t => [|t IH]; first exact: scalar_mx_block.
by rewrite /= IH mulmx_block !mulmx0 !mul0mx !addr0 !add0r.
Qed.

Theorem finite_check (R : comRingType) (p q k m : nat)
    (A : 'M[R]_p) (B : 'M[R]_(p, k)) (C : 'M[R]_(m, p)) (A' : 'M[R]_q) (B' : 'M[R]_(q, k)) (C' : 'M[R]_(m, q)) :
  (forall t, (t < p + q)%N -> C *m power A t *m B = C' *m power A' t *m B') ->
  forall t, C *m power A t *m B = C' *m power A' t *m B'.
Proof.
move=> h t; apply/eqP; rewrite -subr_eq0; apply/eqP.
have pair t' : row_mx C (- C') *m power (block_mx A 0 0 A') t' *m col_mx B B' = C *m power A t' *m B - C' *m power A' t' *m B'.
  by rewrite power_block mul_row_block !mulmx0 addr0 add0r mul_row_col !mulNmx.
by rewrite -pair; apply: zero_for_ever => t' /h; rewrite pair => ->; rewrite subrr.
Qed.

Section Networks.
Variables (K : fieldType) (p d : nat) (F : 'I_p.+1 -> 'M[K]_d) (w : network K d d).
Implicit Types u : nat -> 'cV[K]_d.

Definition right_on u t := output linear w (input p u) t = u t.

(** Inputs, continued by the task, of which all others are combinations. *)
Definition basis m (inputs : 'I_m -> nat -> 'cV[K]_d) :=
  (forall e, task F (inputs e)) /\
  (forall u, exists a : 'I_m -> K, forall t, (t <= p)%N -> u t = \sum_e a e *: inputs e t).

Lemma from_zero u t : (p <= t)%N -> output linear w (input p u) t
  = output linear w (fun _ => 0) t + \sum_(k < p.+1) W_hy w *m power (W_hh w) (t - k) *m W_uh w *m u k.
Proof.
move=> pt; pose G k := power (W_hh w) (t - k) *m W_uh w *m u k.
have written : \sum_(k < t.+1) power (W_hh w) (t.+1.-1 - k) *m W_uh w *m input p u k = \sum_(k < p.+1) G k.
  rewrite (big_ord_widen t.+1 G) ?ltnS // [RHS]big_mkcond; apply: eq_bigr => k _.
  by rewrite /input ltnS; case: ifP => _; rewrite ?mulmx0.
have silent : \sum_(k < t.+1) power (W_hh w) (t.+1.-1 - k) *m W_uh w *m (0 : 'cV[K]_d) = 0.
  by apply: big1 => k _; rewrite mulmx0.
rewrite /output !unrolled written silent addr0 [_ + \sum_(k < p.+1) _ + _]addrAC mulmxDr [RHS]addrAC; congr (_ + _ + _).
by rewrite mulmx_sumr; apply: eq_bigr => k _; rewrite !mulmxA.
Qed.

(** Right on the zero input and on a basis is right everywhere. *)
Lemma right_everywhere m (inputs : 'I_m -> nat -> 'cV[K]_d) t : basis inputs -> (p < t)%N ->
  right_on (fun _ => 0) t -> (forall e, right_on (inputs e) t) -> forall u, task F u -> right_on u t.
Proof.
move=> [task_of spans] pt zero right u ut; have [a ua] := spans u; have tp := ltnW pt.
have y0 : output linear w (fun _ => 0) t = 0.
  by move: zero; rewrite /right_on (from_zero _ tp) [X in _ + X]big1 ?addr0 // => k _; rewrite mulmx0.
rewrite /right_on (from_zero _ tp) y0 add0r -(subnK tp) (response_of_task _ ut).
have -> : \sum_(k < p.+1) W_hy w *m power (W_hh w) (t - p + p - k) *m W_uh w *m u k =
    \sum_e a e *: \sum_(k < p.+1) W_hy w *m power (W_hh w) (t - k) *m W_uh w *m inputs e k.
  transitivity (\sum_(k < p.+1) \sum_e a e *: (W_hy w *m power (W_hh w) (t - k) *m W_uh w *m inputs e k)).
    by apply: eq_bigr => k _; rewrite subnK // ua -1?ltnS // mulmx_sumr; apply: eq_bigr => e _; rewrite scalemxAr.
  by rewrite exchange_big; apply: eq_bigr => e _; rewrite scaler_sumr.
transitivity (\sum_e a e *: inputs e t).
  apply: eq_bigr => e _; congr (_ *: _); have := right e.
  by rewrite /right_on (from_zero _ tp) y0 add0r.
transitivity (\sum_e \sum_(k < p.+1) a e *: ((inject K d ord_max)^T *m power (companion F) (t - p) *m inject K d k *m inputs e k)).
  apply: eq_bigr => e _; rewrite -{1}(subnK tp) (response_of_task _ (task_of e)) scaler_sumr.
  by [].
rewrite exchange_big; apply: eq_bigr => k _; rewrite ua -1?ltnS // mulmx_sumr; apply: eq_bigr => e _.
by rewrite scalemxAr.
Qed.

Lemma after_inputs u t :
  state linear w (input p u) (t.+1 + p.+1) = W_hh w *m state linear w (input p u) (t + p.+1) + b_h w.
Proof. by rewrite addSn stateS /input addnS ltnNge leq_addl mulmx0 addr0. Qed.

Lemma from_the_inputs u t : task F u ->
  u (t.+1 + p)%N = (inject K d ord_max)^T *m power (companion F) t *m (companion F *m stack p u 0).
Proof. by move=> ut; rewrite -stack_newest (stack_power _ ut) powerSr !mulmxA. Qed.

(** One input sequence: once the inputs are over the network is a system of N dimensions, of N + 1 with biases. *)
Lemma check_one u : task F u -> b_h w = 0 -> b_y w = 0 ->
  (forall t, (p < t <= p + (units w + components p d))%N -> right_on u t) -> forall t, (p < t)%N -> right_on u t.
Proof.
move=> ut bh bo right t pt; rewrite -(subnK pt) addnS -addSn.
have run m : state linear w (input p u) (m.+1 + p.+1) = power (W_hh w) m *m state linear w (input p u) (1 + p.+1).
  by elim: m => [|m IH]; rewrite ?power0 ?mul1mx // after_inputs bh addr0 IH mulmxA.
rewrite /right_on /output bo addr0 -addnS run (from_the_inputs _ ut) mulmxA; apply: finite_check => m mH.
rewrite -mulmxA -run -(from_the_inputs _ ut) -[LHS]addr0 -bo [(_ + p.+1)%N]addnS; apply: right.
by rewrite addSn ltnS leq_addl addnC -addnS leq_add2l.
Qed.

Lemma check_one_biased u : task F u ->
  (forall t, (p < t <= p + (units w + 1 + components p d))%N -> right_on u t) -> forall t, (p < t)%N -> right_on u t.
Proof.
move=> ut right t pt; rewrite -(subnK pt) addnS -addSn.
pose A := block_mx (W_hh w) (b_h w) 0 (1%:M : 'M_1); pose C := row_mx (W_hy w) (b_y w).
pose pair m := col_mx (state linear w (input p u) (m.+1 + p.+1)) (1%:M : 'M_1).
have run m : pair m = power A m *m pair 0%N.
  elim: m => [|m IH]; first by rewrite power0 mul1mx.
  by rewrite [power A m.+1]/= -mulmxA -IH mul_block_col mul0mx !mulmx1 add0r -after_inputs.
have out m : output linear w (input p u) (m.+1 + p) = C *m power A m *m pair 0%N.
  by rewrite /output -mulmxA -run mul_row_col mulmx1 -addnS.
rewrite /right_on out (from_the_inputs _ ut); apply: finite_check => m mH.
by rewrite -out -(from_the_inputs _ ut); apply: right; rewrite addSn ltnS leq_addl addnC -addnS leq_add2l.
Qed.

End Networks.

Theorem finite_check_network (K : fieldType) (p d m : nat) (F : 'I_p.+1 -> 'M[K]_d) (w : network K d d)
    (inputs : 'I_m -> nat -> 'cV[K]_d) :
  basis F inputs -> b_h w = 0 -> b_y w = 0 -> h_0 w = 0 ->
  (forall t, (p < t)%N -> forall u, task F u -> right_on p w u t) <->
  (forall t, (p < t <= p + (units w + components p d))%N -> forall e, right_on p w (inputs e) t).
Proof.
move=> base bh bo h0; split=> [right t /andP[pt _] e|right t pt]; first by apply: right => //; case: base.
apply: (right_everywhere base) => // [|e].
  have s0 r : state linear w (input p (fun _ => 0)) r = 0.
    by elim: r => //= r IH; rewrite map_mx_id // IH bh /input if_same !mulmx0 !addr0.
  by rewrite /right_on /output bo s0 mulmx0 addr0.
by apply: (@check_one _ _ _ F) => // [|r rH]; [case: base | apply: right].
Qed.

Theorem finite_check_network_with_biases (K : fieldType) (p d m : nat) (F : 'I_p.+1 -> 'M[K]_d) (w : network K d d)
    (inputs : 'I_m -> nat -> 'cV[K]_d) :
  basis F inputs ->
  (forall t, (p < t)%N -> forall u, task F u -> right_on p w u t) <->
  (forall t, (p < t <= p + (units w + 1 + components p d))%N ->
    right_on p w (fun _ => 0) t /\ forall e, right_on p w (inputs e) t).
Proof.
move=> base; have zero : task F (fun _ => 0 : 'cV[K]_d) by move=> t; rewrite big1 // => k _; rewrite mulmx0.
split=> [right t /andP[pt _]|right t pt].
  by split=> [|e]; apply: right => //; case: base.
apply: (right_everywhere base) => // [|e]; apply: (@check_one_biased _ _ _ F) => //.
- by move=> r /right[].
- by case: base.
by move=> r /right[].
Qed.
