(** P07b, signs are easier.

    Registry: with damped feedback, last block row gamma F, the linear circuit has every sign right for all t > s if
    gamma + ... + gamma^m < 1, m the longest chain of reads within the input phase. If an output copies itself at a lag l < s, every linear
    network's margins at t = s + q l have a finite sum. A selection task; inputs are -1 and 1; gamma > 0; m <= s - 1, so
    gamma <= 1/2 suffices; exact arithmetic.
    Here: any ordered domain, any sizes, any basis with a left inverse; any biases and h(0) in the second part. *)
From mathcomp Require Import all_ssreflect ssralg ssrnum matrix.
Require Import linear_tasks neurons.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Import GRing.Theory Num.Theory Order.TTheory.
Local Open Scope ring_scope.

Section Definitions.
Variables (R : ringType) (p d : nat) (block : 'I_d -> 'I_p.+1) (component : 'I_d -> 'I_d).

(** How long ago what an output copies was an output. *)
Definition lag c := (p.+1 - block c)%N.

(** How many reads, one after another, lead from output c at time t back to the start of the inputs; at most [fuel] are counted. *)
Fixpoint chain_within fuel t c :=
  if fuel is fuel'.+1 then if (lag c <= t)%N then (chain_within fuel' (t - lag c)%N (component c)).+1 else 0%N else 0%N.
Definition chain t c := chain_within t t c.

(** The longest chain that begins in the input phase. *)
Definition longest_chain := (\max_(t < p.+1) \max_(c < d) chain t c)%N.

Definition damped (gamma : R) (F : 'I_p.+1 -> 'M[R]_d) k := gamma *: F k.
Definition powers_to m (gamma : R) := \sum_(i < m) gamma ^+ i.+1.

End Definitions.

Section Chains.
Variables (p d : nat) (block : 'I_d -> 'I_p.+1) (component : 'I_d -> 'I_d).
Local Notation lag := (lag block).
Local Notation chain := (chain block component).

Lemma lag0 c : (0 < lag c)%N. Proof. by rewrite subn_gt0. Qed.

Lemma chain_fuel fuel t c : (t <= fuel)%N -> chain_within block component fuel t c = chain t c.
Proof.
rewrite /chain; elim/ltn_ind: t fuel c => t IH [|fuel] c; first by rewrite leqn0 => /eqP ->.
case: t IH => [|t] IH tf /=; first by rewrite leqNgt lag0.
case: ifP => // lt; congr _.+1; have small : (t.+1 - lag c <= t)%N by rewrite leq_subLR -addn1 addnC leq_add2r lag0.
by rewrite !IH ?ltnS ?(leq_trans small) // (leq_trans small).
Qed.

Lemma chainE t c : chain t c = if (lag c <= t)%N then (chain (t - lag c)%N (component c)).+1 else 0%N.
Proof.
case: t => [|t]; first by rewrite leqNgt lag0.
rewrite {1}/chain /=; case: ifP => // _; rewrite chain_fuel //.
by rewrite leq_subLR -addn1 addnC leq_add2r lag0.
Qed.

Lemma chain_short t c : (chain t c <= t)%N.
Proof.
elim/ltn_ind: t c => t IH c; rewrite chainE; case: ifP => // lt.
have small : (t - lag c < t)%N by rewrite -subn_gt0 subKn ?lag0.
exact: leq_ltn_trans (IH _ small _) small.
Qed.
End Chains.

Section Powers.
Variables (R : realDomainType) (gamma : R).
Hypothesis gamma0 : 0 < gamma.

Lemma powers_step m : powers_to m.+1 gamma = gamma * (1 + powers_to m gamma).
Proof.
rewrite /powers_to big_ord_recl expr1 mulrDr mulr1 mulr_sumr.
by congr (_ + _); apply: eq_bigr => i _; rewrite -exprS.
Qed.

Lemma powers0 m : 0 <= powers_to m gamma.
Proof. by apply: sumr_ge0 => i _; rewrite exprn_ge0 // ltW. Qed.

Lemma powers_mono m k : (m <= k)%N -> powers_to m gamma <= powers_to k gamma.
Proof.
move=> mk; rewrite /powers_to -(subnKC mk) big_split_ord /= ler_addl.
by apply: sumr_ge0 => i _; rewrite exprn_ge0 // ltW.
Qed.
End Powers.

Section Damped.
Variables (R : realDomainType) (p d N : nat) (block : 'I_d -> 'I_p.+1) (component : 'I_d -> 'I_d) (flip : 'I_d -> bool).
Local Notation F := (selection R block component flip).
Local Notation lag := (lag block).
Variables (Psi : 'M[R]_(N, components p d)) (Dual : 'M[R]_(components p d, N)) (u : nat -> 'cV[R]_d) (gamma : R).
Hypotheses (DP : Dual *m Psi = 1%:M) (ut : task F u) (ub : binary p u) (gamma0 : 0 < gamma).
Local Notation w := (linear_circuit (damped gamma F) Psi Dual).
Local Notation h := (state linear w (input p u)).
Local Notation y := (output linear w (input p u)).

(** The memory is the last s outputs. *)
Definition last_outputs t (k : 'I_p.+1) : 'cV[R]_d := if (p.+1 <= t + k)%N then y (t + k - p.+1)%N else 0.

Lemma outputE t : y t = submxcol (Dual *m h t.+1) ord_max.
Proof. by rewrite /output [b_y _]/= addr0 [W_hy _]/= -mulmxA read_block. Qed.

Lemma memory_next t : Dual *m h t.+1 = companion (damped gamma F) *m (Dual *m h t) + inject R d ord_max *m input p u t.
Proof.
rewrite stateS [b_h _]/= addr0 mulmxDr [W_hh _]/= [W_uh _]/=; congr (_ + _); last by rewrite !mulmxA DP mul1mx.
by rewrite -!mulmxA [Dual *m (Psi *m _)]mulmxA DP mul1mx.
Qed.

Lemma memory_holds t k : submxcol (Dual *m h t) k = last_outputs t k.
Proof.
elim: t k => [|t IH] k; first by rewrite /= mulmx0 submxcol0 /last_outputs add0n leqNgt ltn_ord.
case: (ltnP k p) => kp; last first.
  by rewrite (last_block kp) -outputE /last_outputs addSn ltnS leq_addl subSS addnK.
rewrite memory_next blockD block_companion block_inject kp -[k == _]/(k == p :> nat) (ltn_eqF kp) addr0 IH.
by rewrite /last_outputs inordK ?ltnS // addnS addSn.
Qed.

(** An output is the input and gamma times an older output. *)
Lemma output_next t c : y t c ord0 = input p u t c ord0
  + gamma * (if (lag c <= t)%N then (-1) ^+ flip c * y (t - lag c)%N (component c) ord0 else 0).
Proof.
rewrite outputE memory_next blockD block_companion block_inject ltnn eqxx mxE addrC; congr (_ + _).
rewrite (eq_bigr (fun k => gamma *: (F k *m last_outputs t k))) => [|k _]; last by rewrite memory_holds -scalemxAl.
rewrite -scaler_sumr mxE selected /last_outputs /lag leq_subLR addnC; congr (_ * _); case: ifP => tb; last by rewrite mxE mulr0.
by rewrite [(block c + t)%N]addnC subnBA // ltnW.
Qed.

Local Notation chain := (chain block component).
Lemma near t c : (t <= p)%N -> `|y t c ord0 - u t c ord0| <= powers_to (chain t c) gamma.
Proof.
elim/ltn_ind: t c => t IH c tp; rewrite output_next /input tp addrAC subrr add0r chainE; case: ifP => lt; last first.
  by rewrite mulr0 normr0 powers0.
have small : (t - lag c < t)%N by rewrite -subn_gt0 subKn ?lag0.
have small_p : (t - lag c <= p)%N := leq_trans (ltnW small) tp.
rewrite powers_step normrM [`|gamma|]gtr0_norm // ler_pmul2l // sign_norm; last exact: sign_bool.
rewrite -[y _ _ _](subrK (u (t - lag c)%N (component c) ord0)) addrC; apply: le_trans (ler_norm_add _ _) _.
by rewrite (norm_sign (ub _ _)) // ler_add2l IH.
Qed.

Lemma task_next t c : (p < t)%N -> u t c ord0 = (-1) ^+ flip c * u (t - lag c)%N (component c) ord0.
Proof.
move=> pt; rewrite -{1}(subnK pt) ut selected; congr (_ * u _ _ _).
by rewrite /lag subnBA ?addnBAC // ltnW.
Qed.

Lemma damped_signs : powers_to (longest_chain block component) gamma < 1 -> forall t c, 0 < u t c ord0 * y t c ord0.
Proof.
move=> small t; elim/ltn_ind: t => t IH c; case: (leqP t p) => tp.
  have one := norm_sign (ub c tp); have close : `|u t c ord0 * (y t c ord0 - u t c ord0)| < 1.
    rewrite normrM one mul1r; apply: le_lt_trans (near c tp) (le_lt_trans _ small); apply: powers_mono => //.
    rewrite /longest_chain; have tp' : (t < p.+1)%N by [].
    apply: leq_trans (leq_bigmax (Ordinal tp')); exact: (@leq_bigmax _ (chain t) c).
  move: close; rewrite mulrBr (sign_sq (ub c tp)) ltr_norml => /andP[lo _].
  by move: lo; rewrite ltr_subr_addl subrr.
have lt : (lag c <= t)%N by rewrite (leq_trans (leq_subr _ _)).
have back : (t - lag c < t)%N by rewrite -subn_gt0 subKn ?lag0.
rewrite output_next /input leqNgt tp /= mxE add0r lt (task_next c tp) mulrCA mulrACA sign_sq; last exact: sign_bool.
by rewrite mul1r pmulr_rgt0 // IH.
Qed.
End Damped.

Theorem damped_circuit (R : realDomainType) (p d N : nat) (gamma : R)
    (block : 'I_d -> 'I_p.+1) (component : 'I_d -> 'I_d) (flip : 'I_d -> bool) (F := selection R block component flip)
    (Psi : 'M[R]_(N, components p d)) (Dual : 'M[R]_(components p d, N)) (u : nat -> 'cV[R]_d) :
  Dual *m Psi = 1%:M -> task F u -> binary p u ->
  0 < gamma -> powers_to (longest_chain block component) gamma < 1 ->
  forall t c, 0 < u t c ord0 * output linear (linear_circuit (damped gamma F) Psi Dual) (input p u) t c ord0.
Proof. by move=> DP ut ub gamma0 small t c; apply: damped_signs. Qed.

Theorem half_suffices (R : realDomainType) (p d : nat) (gamma : R) (block : 'I_d -> 'I_p.+1) (component : 'I_d -> 'I_d) :
  0 < gamma -> gamma *+ 2 <= 1 -> (longest_chain block component <= p)%N /\ powers_to (longest_chain block component) gamma < 1.
Proof.
move=> gamma0 half; split.
  by apply/bigmax_leqP => t _; apply/bigmax_leqP => c _; rewrite (leq_trans (chain_short _ _ _ _)) // -ltnS.
have gamma1 : gamma < 1 by rewrite (lt_le_trans _ half) // mulr2n ltr_addl.
elim: (longest_chain _ _) => [|m IH]; first by rewrite /powers_to big_ord0 ltr01.
rewrite powers_step; apply: lt_le_trans half; rewrite mulr2n -[X in _ < _ + X]mulr1 -[X in _ < X + _]mulr1 -mulrDr.
by rewrite ltr_pmul2l // ltr_add2l.
Qed.

(** The margins of a copy of itself. *)
Section Margins.
Variables (R : realDomainType) (p d : nat) (block : 'I_d -> 'I_p.+1) (component : 'I_d -> 'I_d) (flip : 'I_d -> bool) (c : 'I_d).
Local Notation F := (selection R block component flip).
Local Notation l := (lag block c).
Variable w : network R d d.
Hypothesis itself : component c = c.

Lemma copies_itself (u : nat -> 'cV[R]_d) q : task F u -> u (p + q * l)%N c ord0 = (-1) ^+ flip c ^+ q * u p c ord0.
Proof.
move=> ut; elim: q => [|q IH]; first by rewrite mul0n addn0 expr0 mul1r.
have bp : (block c <= p + q * l)%N by rewrite (leq_trans _ (leq_addr _ _)) // -ltnS.
have back : (p + q.+1 * l = (p + q * l - block c) + p.+1)%N.
  have later n : (block c <= n)%N -> (n + l = n - block c + p.+1)%N by move=> bn; rewrite /lag addnBA ?addnBAC // ltnW.
  by rewrite mulSn addnA addnAC later.
rewrite back ut selected itself exprS -mulrA -IH; congr (_ * u _ _ _).
by rewrite subnK.
Qed.

(** An output is a sum over the inputs, and a constant; [response m] is that to an input m steps earlier. *)
Definition response m : R := (W_hy w *m power (W_hh w) m *m W_uh w) c c.
Definition inputs_part t (u : nat -> 'cV[R]_d) := (\sum_(k < p.+1) W_hy w *m power (W_hh w) (t - k) *m W_uh w *m u k) c ord0.

Lemma output_parts t : exists C, forall u, (p <= t)%N -> output linear w (input p u) t c ord0 = inputs_part t u + C.
Proof.
exists ((W_hy w *m (power (W_hh w) t.+1 *m h_0 w + \sum_(k < t.+1) (power (W_hh w) k *m b_h w)) + b_y w) c ord0) => u pt.
pose G k := power (W_hh w) (t - k) *m W_uh w *m u k.
have written : \sum_(k < t.+1) power (W_hh w) (t.+1.-1 - k) *m W_uh w *m input p u k = \sum_(k < p.+1) G k.
  rewrite (big_ord_widen t.+1 G) ?ltnS // [RHS]big_mkcond; apply: eq_bigr => k _.
  by rewrite /input ltnS; case: ifP => _; rewrite ?mulmx0.
rewrite /output unrolled written [_ + \sum_(k < p.+1) _]addrC -addrA mulmxDr -addrA mxE; congr (_ + _).
by rewrite /inputs_part mulmx_sumr !summxE; apply: eq_bigr => k _; rewrite !mulmxA.
Qed.

(** Signs v and z of the two copies within the inputs, and 1 everywhere else. *)
Definition others k : 'cV[R]_d := \col_e if ((k == p) || (k == p - l)%N) && (e == c) then 0 else 1.
Definition chosen (v z : R) k : 'cV[R]_d :=
  v *: ((k == p)%:R *: delta_mx c ord0) + z *: ((k == p - l)%N%:R *: delta_mx c ord0) + others k.

Hypothesis short : (l < p.+1)%N.

Lemma chosen_signs v z k e : sign v -> sign z -> sign (chosen v z k e ord0).
Proof.
have s1 : sign (1 : R) by left.
move=> sv sz; rewrite !mxE eqxx andbT; case: (eqVneq k p) => [->|kp].
  have -> : (p == p - l)%N = false by rewrite gtn_eqF // -subn_gt0 subKn ?lag0.
  by rewrite /= mul0r mulr0 addr0 mul1r; case: (e == c); rewrite ?mulr1 ?mulr0 ?addr0 ?add0r.
rewrite /= mul0r mulr0 add0r; case: (eqVneq k (p - l)%N) => _; rewrite /= ?mul1r ?mul0r.
  by case: (e == c); rewrite ?mulr1 ?mulr0 ?addr0 ?add0r.
by rewrite mulr0 add0r.
Qed.

Lemma chosen_part q v z : inputs_part (p + q * l) (chosen v z)
  = v * response (q * l) + z * response (q.+1 * l) + inputs_part (p + q * l) others.
Proof.
have at_time j : (j <= p)%N ->
    inputs_part (p + q * l) (fun k => (k == j)%:R *: delta_mx c ord0) = response (p + q * l - j).
  move=> jp; have jp' : (j < p.+1)%N by [].
  rewrite /inputs_part (bigD1 (Ordinal jp')) //= eqxx scale1r big1 ?addr0 => [|k kj]; last first.
    by rewrite (_ : (k == j :> nat) = false) ?scale0r ?mulmx0 //; apply: contraNF kj => /eqP kj; apply/eqP/val_inj.
  by rewrite -colE mxE.
have -> : response (q * l) = response (p + q * l - p) by rewrite addKn.
have -> : response (q.+1 * l) = response (p + q * l - (p - l)).
  by congr response; rewrite mulSn subnBA // -addnA addKn addnC.
rewrite -!at_time ?leq_subr // /inputs_part !summxE !mulr_sumr -!big_split; apply: eq_bigr => k _ /=.
by rewrite /chosen !mulmxDr -!scalemxAr !mxE.
Qed.

Lemma margin_falls q e : (forall u, task F u -> binary p u ->
    e <= u (p + q * l)%N c ord0 * output linear w (input p u) (p + q * l) c ord0) ->
  e <= `|response (q * l)| - `|response (q.+1 * l)|.
Proof.
move=> margin; have [C part] := output_parts (p + q * l); set g := response _; set g' := response _.
pose s := (-1) ^+ flip c ^+ q : R; have s1 : sign s.
  by rewrite /s -exprM -signr_odd; exact: sign_bool.
pose rest := inputs_part (p + q * l) others + C.
have at_signs v z : sign v -> sign z -> e <= s * v * (v * g + z * g' + rest).
  move=> sv sz; have [u [ut ux]] := task_exists F (chosen v z).
  have ub : binary p u by move=> t i tp; rewrite ux //; exact: chosen_signs.
  have same : inputs_part (p + q * l) u = inputs_part (p + q * l) (chosen v z).
    by rewrite /inputs_part !summxE; apply: eq_bigr => k _; rewrite ux // -ltnS.
  have up : u p c ord0 = v.
    rewrite ux // !mxE !eqxx /= (_ : (p == p - l)%N = false) /= ?mulr1 ?mul0r ?mulr0 ?addr0 //.
    by rewrite gtn_eqF // -subn_gt0 subKn ?lag0.
  by have := margin u ut ub; rewrite (copies_itself _ ut) part ?leq_addr // same chosen_part up -addrA.
pose z : R := if 0 <= s * g' then -1 else 1; have sz : sign z by rewrite /z; case: ifP; [right|left].
have zg : s * (z * g') = - `|g'|.
  rewrite mulrCA -(sign_norm g' s1) /z; case: ifP => h; first by rewrite mulN1r ger0_norm.
  by rewrite mul1r ltr0_norm ?opprK // ltNge h.
have p1 : sign (1 : R) by left.
have sz' : sign (- z) by rewrite -mulN1r; apply: signM => //; right.
have sN1 : sign (-1 : R) by right.
have := ler_add (at_signs 1 z p1 sz) (at_signs (-1) (- z) sN1 sz').
have sum X : s * (X + rest) + s * -1 * (- X + rest) = s * X *+ 2.
  by rewrite mulrN1 mulNr -mulrBr opprD opprK addrACA subrr addr0 -mulr2n mulrnAr.
rewrite mulr1 mul1r mulN1r mulNr -opprD sum -mulr2n ler_muln2r /= mulrDr zg => /le_trans; apply.
by rewrite ler_add2r -(sign_norm g s1) ler_norm.
Qed.
End Margins.

Theorem linear_margins (R : realDomainType) (p d : nat)
    (block : 'I_d -> 'I_p.+1) (component : 'I_d -> 'I_d) (flip : 'I_d -> bool) (F := selection R block component flip)
    (c : 'I_d) (l := lag block c) (w : network R d d) (margin : nat -> R) :
  component c = c -> (l < p.+1)%N ->
  (forall q u, (0 < q)%N -> task F u -> binary p u ->
    margin q <= u (p + q * l)%N c ord0 * output linear w (input p u) (p + q * l) c ord0) ->
  exists B, forall Q, \sum_(1 <= q < Q) margin q <= B.
Proof.
move=> itself short right; exists `|response c w (1 * l)| => Q.
suff sum k : \sum_(1 <= q < k.+1) margin q <= `|response c w (1 * l)| - `|response c w (k.+1 * l)|.
  case: Q => [|Q]; first by rewrite big_geq.
  by apply: le_trans (sum Q) _; rewrite ler_subl_addr ler_addl.
elim: k => [|k IH]; first by rewrite big_geq // subrr.
rewrite big_nat_recr //=; have := margin_falls itself short (fun u ut ub => right k.+1 u isT ut ub).
by move/(ler_add IH); rewrite addrA subrK.
Qed.
