(** P07, linear solvability.

    Registry: some linear time-invariant network, of any width, with or without biases and h(0), has the task's values for all
    t > s iff F_i F_j = 0 for all i and all j >= 2; the linear circuit is then one. An input component takes at least two values.
    At a horizon H such a network exists iff R_tau F_j = 0 for 1 <= tau < H and j >= 2; the circuit need not be it.
    Here: any field, any sizes; R_tau = E_s^T Phi^tau E_s. *)
From mathcomp Require Import all_ssreflect ssralg matrix.
Require Import linear_tasks p06_contamination.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Import GRing.Theory.
Local Open Scope ring_scope.

Section Definitions.
Variables (K : fieldType) (p d : nat) (values : 'I_d -> K -> Prop).

Definition varied := forall c, exists a b, [/\ values c a, values c b & a != b].

Definition allowed (u : nat -> 'cV[K]_d) := forall t c, (t <= p)%N -> values c (u t c ord0).

Definition right_at (F : 'I_p.+1 -> 'M[K]_d) (w : network K d d) t :=
  forall u, task F u -> allowed u -> output linear w (input p u) t = u t.

End Definitions.

Section Responses.
Variables (K : fieldType) (p d : nat) (F : 'I_p.+1 -> 'M[K]_d).
Local Notation Phi := (companion F).
Local Notation E := (@inject K p d).
Local Notation Es := (E ord_max).

Definition task_response tau k : 'M[K]_d := (inject K d ord_max)^T *m power (companion F) tau *m inject K d k.
Definition newest_response tau : 'M[K]_d := (inject K d ord_max)^T *m power (companion F) tau *m inject K d ord_max.
Local Notation M := task_response.
Local Notation Rsp := newest_response.

Lemma defect tau (k k' : 'I_p.+1) : k' = k.+1 :> nat -> M tau k - M tau.+1 k' = - (Rsp tau *m F k').
Proof.
move=> kk; rewrite /M /Rsp powerSr -!mulmxA [Phi *m _](column F kk) !mulmxDr opprD addrA subrr add0r.
by rewrite !mulmxA.
Qed.

(** The response depends on elapsed time alone, up to the horizon H. *)
Lemma elapsed_time H : (forall tau (j : 'I_p.+1), (0 < tau < H)%N -> (0 < j)%N -> Rsp tau *m F j = 0) <->
  (forall tau (k k' : 'I_p.+1), (0 < tau < H)%N -> k' = k.+1 :> nat -> M tau k = M tau.+1 k').
Proof.
split=> h tau.
  by move=> k k' tH kk; apply/eqP; rewrite -subr_eq0 defect // h ?oppr0 // kk.
move=> j tH j0; have jp : (j.-1 < p.+1)%N by rewrite (leq_ltn_trans (leq_pred _)).
have jj : j = (Ordinal jp).+1 :> nat by rewrite /= prednK.
by have := defect tau jj; rewrite (h _ _ _ tH jj) subrr => /esym/eqP; rewrite oppr_eq0 => /eqP.
Qed.

Lemma slide H tau m (k k' : 'I_p.+1) : (forall tau (j : 'I_p.+1), (0 < tau < H)%N -> (0 < j)%N -> Rsp tau *m F j = 0) ->
  (0 < tau)%N -> (tau + m <= H)%N -> k' = (k + m)%N :> nat -> M tau k = M (tau + m) k'.
Proof.
move/elapsed_time => h; elim: m tau k => [|m IH] tau k t0 tH kk.
  by rewrite addn0; congr M; apply: val_inj; rewrite /= kk addn0.
have kp : (k.+1 < p.+1)%N by rewrite (leq_trans _ (ltn_ord k')) // kk ltnS addnS ltnS leq_addr.
rewrite (h tau k (Ordinal kp)) // ?t0 ?(leq_trans _ tH) ?addnS ?ltnS ?leq_addr // -addSn.
by apply: IH; rewrite ?addSn -?addnS.
Qed.

(** While the products vanish, a written F_j travels through the shift. *)
Lemma travels j m : (forall l : 'I_p.+1, (p - m < l)%N -> F l *m F j = 0) -> (m <= p)%N ->
  power Phi m *m (Es *m F j) = E (inord (p - m)) *m F j.
Proof.
move=> h; elim: m h => [|m IH] h mp.
  by rewrite subn0 power0 mul1mx; congr (E _ *m _); apply: val_inj; rewrite /= inordK.
have kk : (inord (p - m) : 'I_p.+1) = (inord (p - m.+1) : 'I_p.+1).+1 :> nat.
  by rewrite !inordK ?ltnS ?leq_subr // subnSK.
rewrite [power Phi m.+1]/= -mulmxA IH ?(ltnW mp) // => [|l lp]; last by apply: h; rewrite (leq_ltn_trans _ lp) // leq_sub2l.
rewrite mulmxA (column F kk) mulmxDl -[Es *m _ *m _]mulmxA h ?mulmx0 ?addr0 //.
by rewrite kk inordK ?ltnS ?leq_subr.
Qed.

Lemma read_travelling j m : (forall l : 'I_p.+1, (p - m < l)%N -> F l *m F j = 0) -> (m <= p)%N ->
  Rsp m.+1 *m F j = F (inord (p - m)) *m F j.
Proof.
move=> h mp; rewrite /Rsp [power Phi m.+1]/= -!mulmxA (travels h mp) [Phi *m _]mulmxA.
case: (posnP (p - m)) => e; rewrite ?e.
  have -> : (inord 0 : 'I_p.+1) = ord0 by apply: val_inj; rewrite /= inordK.
  by rewrite column_oldest -mulmxA mulmxA read_newest mul1mx.
have kk : (inord (p - m) : 'I_p.+1) = (inord (p - m).-1 : 'I_p.+1).+1 :> nat.
  have lt : ((p - m).-1 < p.+1)%N by rewrite (leq_ltn_trans (leq_pred _)) // ltnS leq_subr.
  by rewrite !inordK ?lt ?ltnS ?leq_subr ?prednK.
rewrite (column F kk) mulmxDl mulmxDr !mulmxA read_older ?mul0mx ?add0r ?read_newest ?mul1mx //.
have lt : ((p - m).-1 < p)%N by rewrite prednK // leq_subr.
by rewrite inordK // ltnW.
Qed.

Lemma products_and_responses : (forall i j : 'I_p.+1, (0 < j)%N -> F i *m F j = 0) <->
  (forall tau (j : 'I_p.+1), (0 < tau)%N -> (0 < j)%N -> Rsp tau *m F j = 0).
Proof.
split=> h.
  move=> tau j; case: tau => // m _ j0; case: (leqP m p) => mp; first by rewrite read_travelling // => *; apply: h.
  have -> : m.+1 = (m - p + p.+1)%N by rewrite addnS subnK // ltnW.
  rewrite /Rsp powerD [power Phi p.+1]/= -!mulmxA travels // => [|*]; last exact: h.
  rewrite subnn; have -> : (inord 0 : 'I_p.+1) = ord0 by apply: val_inj; rewrite /= inordK.
  by rewrite [Phi *m _]mulmxA column_oldest -mulmxA h // !mulmx0.
move=> i j j0; suff zero m : (m <= p)%N -> F (inord (p - m)) *m F j = 0.
  by have := zero (p - i)%N (leq_subr _ _); rewrite subKn ?inord_val // -ltnS.
elim/ltn_ind: m => m IH mp; rewrite -read_travelling ?h // => l pl.
have lp : (l <= p)%N by rewrite -ltnS.
have := IH (p - l)%N; rewrite subKn // inord_val; apply; rewrite ?leq_subr //.
have l0 : (0 < l)%N := leq_ltn_trans (leq0n _) pl.
have m0 : (0 < m)%N by rewrite lt0n; apply: contraTneq pl => ->; rewrite subn0 -leqNgt.
by rewrite ltn_subLR // addnC -ltn_subLR.
Qed.

End Responses.

Section Solvability.
Variables (K : fieldType) (p d : nat) (F : 'I_p.+1 -> 'M[K]_d) (values : 'I_d -> K -> Prop).
Local Notation Es := (@inject K p d ord_max).
Local Notation M := (task_response F).

(** Two inputs that differ in one component show the network's response to it. *)
Lemma network_response (w : network K d d) tau (k : 'I_p.+1) : varied values -> right_at values F w (tau + p) ->
  W_hy w *m power (W_hh w) (tau + p - k) *m W_uh w = M tau k.
Proof.
move=> vary right; have [a [b ab]] : exists a, exists b, forall c, [/\ values c (a c), values c (b c) & a c != b c].
  have [a /fin_all_exists[b ab]] := fin_all_exists vary; by exists a, b.
apply/matrixP => i c.
have [u [ut ux]] := task_exists F (fun _ => \col_e a e).
have [v [vt vx]] := task_exists F (fun t => \col_e if (t == k :> nat) && (e == c) then b e else a e).
have ua : allowed p values u by move=> t e tp; rewrite ux // mxE; case: (ab e).
have va : allowed p values v by move=> t e tp; rewrite vx // mxE; case: ifP; case: (ab e).
have kp : (k <= p)%N by rewrite -ltnS.
have kt : (k < (tau + p).+1)%N by rewrite ltnS (leq_trans kp) ?leq_addl.
have same t : t != k :> nat -> (t <= p)%N -> v t = u t.
  by move=> tk tp; rewrite ux // vx //; apply/matrixP => e z; rewrite !mxE (negbTE tk).
have delta : v k - u k = (b c - a c) *: delta_mx c ord0.
  rewrite ux // vx //; apply/matrixP => e z; rewrite !mxE eqxx ord1 eqxx andbT /=.
  by case: eqP => [->|_]; rewrite ?mulr1 ?mulr0 ?subrr.
have : output linear w (input p v) (tau + p) - output linear w (input p u) (tau + p) = v (tau + p)%N - u (tau + p)%N.
  by rewrite right // right.
rewrite (response_of_task _ vt) (response_of_task _ ut) -sumrB (bigD1 k) //= [\sum_(i < _ | i != _) _]big1 => [|j jk]; last first.
  by rewrite same ?subrr // -ltnS.
rewrite addr0 -mulmxBr -/(M tau k) /output opprD addrACA subrr addr0 -mulmxBr !unrolled.
rewrite opprD addrACA subrr addr0 opprD addrACA subrr add0r -sumrB (bigD1 (Ordinal kt)) //= [\sum_(i < _ | i != _) _]big1 => [|j jk]; last first.
  rewrite /input; case: ifP => jp; last by rewrite !mulmx0 subrr.
  by rewrite same ?subrr //; apply: contraNneq jk => jk; apply/eqP/val_inj.
rewrite addr0 /input kp -mulmxBr delta -!scalemxAr !mulmxA -!colE => /(congr1 (fun X : 'cV[K]_d => X i ord0)).
have ba : b c - a c != 0 by rewrite subr_eq0 eq_sym; case: (ab c).
by rewrite !mxE => /(mulfI ba).
Qed.

Lemma necessary w H : varied values -> (forall t, (p < t <= p + H)%N -> right_at values F w t) ->
  forall tau (j : 'I_p.+1), (0 < tau < H)%N -> (0 < j)%N -> newest_response F tau *m F j = 0.
Proof.
move=> vary right; apply/elapsed_time => tau k k' /andP[t0 tH] kk.
have here t : (0 < t)%N -> (t <= H)%N -> right_at values F w (t + p).
  by move=> t1 t2; apply: right; rewrite -{1}[p]add0n ltn_add2r t1 addnC leq_add2l.
rewrite -(network_response k vary (here _ t0 (ltnW tH))) -(network_response k' vary (here _ (ltn0Sn _) tH)).
by rewrite kk addSn subSS.
Qed.

(** A network without biases that starts at 0 is right where its responses are the task's. *)
Lemma right_by_response (w : network K d d) tau : b_h w = 0 -> b_y w = 0 -> h_0 w = 0 -> (0 < tau)%N ->
  (forall k : 'I_p.+1, W_hy w *m power (W_hh w) (tau + p - k) *m W_uh w = M tau k) -> right_at values F w (tau + p).
Proof.
move=> bh bo h0 t0 h u ut _; rewrite (response_of_task _ ut) /output unrolled bh bo h0 mulmx0 add0r addr0.
rewrite [X in _ + X]big1 => [|k _]; last by rewrite mulmx0.
pose G k := power (W_hh w) (tau + p - k) *m W_uh w *m u k.
have -> : \sum_(k < (tau + p).+1) power (W_hh w) ((tau + p).+1.-1 - k) *m W_uh w *m input p u k = \sum_(k < p.+1) G k.
  rewrite (big_ord_widen (tau + p).+1 G) ?ltnS ?leq_addl // [RHS]big_mkcond; apply: eq_bigr => k _.
  by rewrite /input ltnS; case: ifP => _; rewrite ?mulmx0.
by rewrite addr0 mulmx_sumr; apply: eq_bigr => k _; rewrite !mulmxA h.
Qed.

Lemma sufficiency : (forall i j : 'I_p.+1, (0 < j)%N -> F i *m F j = 0) ->
  forall N (Psi : 'M[K]_(N, components p d)) (Dual : 'M[K]_(components p d, N)), Dual *m Psi = 1%:M ->
  forall t, (p < t)%N -> right_at values F (linear_circuit F Psi Dual) t.
Proof.
move=> products N Psi Dual DP t pt; have t0 : (0 < t - p)%N by rewrite subn_gt0.
rewrite -(subnK (ltnW pt)); apply: right_by_response => // k.
rewrite /= -2!mulmxA (mulmxA (power _ _)) -/(W_hh (linear_circuit F Psi Dual)) (circuit_power _ _ DP).
rewrite !mulmxA -[_ *m Dual *m Psi]mulmxA DP mulmx1.
have kp : (k <= p)%N by rewrite -ltnS.
rewrite (@slide _ _ _ F (t - p + (p - k)) _ (p - k) k ord_max) ?subnKC ?addnBA //.
by move=> tau j /andP[tau0 _]; move/products_and_responses: products; apply.
Qed.

(** A shift register of inputs has any responses one likes, for as long as it is. *)
Lemma register q (G : nat -> 'M[K]_d) : exists2 w : network K d d, [/\ b_h w = 0, b_y w = 0 & h_0 w = 0] &
  forall m, (m <= q)%N -> W_hy w *m power (W_hh w) m *m W_uh w = G m.
Proof.
exists {| W_hh := companion (fun _ : 'I_q.+1 => 0); W_uh := inject K d ord_max;
  W_hy := \mxrow_(j < q.+1) G (q - j)%N; b_h := 0; b_y := 0; h_0 := 0 |} => //= m mq.
rewrite -mulmxA (_ : power _ m *m _ = inject K d (inord (q - m))).
  rewrite mul_mxrow_mxcol sum_one_if inordK ?ltnS ?leq_subr // subKn //.
elim: m mq => [|m IH] mq; first by rewrite power0 mul1mx subn0; congr inject; apply: val_inj; rewrite /= inordK.
rewrite [power _ m.+1]/= -mulmxA IH ?(ltnW mq) // (@column _ _ _ _ (inord (q - m.+1))) ?mulmx0 ?addr0 //.
by rewrite !inordK ?ltnS ?leq_subr // subnSK.
Qed.

End Solvability.

Theorem solvable (K : fieldType) (p d : nat) (F : 'I_p.+1 -> 'M[K]_d) (values : 'I_d -> K -> Prop) : varied values ->
  (exists w, forall t, (p < t)%N -> right_at values F w t) <-> (forall i j : 'I_p.+1, (0 < j)%N -> F i *m F j = 0).
Proof.
move=> vary; split=> [[w right]|h].
  apply/products_and_responses => tau j t0 j0; apply: (@necessary _ _ _ _ _ w tau.+1 vary) => //; last by rewrite t0 ltnS leqnn.
  by move=> t /andP[pt _]; apply: right.
exists (linear_circuit F 1%:M 1%:M); apply: sufficiency => //; exact: mulmx1.
Qed.

Theorem circuit_is_one (K : fieldType) (p d N : nat) (F : 'I_p.+1 -> 'M[K]_d) (values : 'I_d -> K -> Prop)
    (Psi : 'M[K]_(N, components p d)) (Dual : 'M[K]_(components p d, N)) :
  (forall i j : 'I_p.+1, (0 < j)%N -> F i *m F j = 0) -> Dual *m Psi = 1%:M ->
  forall t, (p < t)%N -> right_at values F (linear_circuit F Psi Dual) t.
Proof. by move=> h; apply: sufficiency. Qed.

Theorem solvable_to_horizon (K : fieldType) (p d H : nat) (F : 'I_p.+1 -> 'M[K]_d) (values : 'I_d -> K -> Prop) :
  varied values ->
  (exists w, forall t, (p < t <= p + H)%N -> right_at values F w t) <->
  (forall tau (j : 'I_p.+1), (0 < tau < H)%N -> (0 < j)%N -> newest_response F tau *m F j = 0).
Proof.
move=> vary; split=> [[w right]|h]; first exact: (necessary vary right).
pose G m := if (m <= H)%N then task_response F m ord_max else task_response F H (inord (H + p - m)).
have [w [bh bo h0] answers] := register (H + p) G; exists w => t /andP[pt tH].
have t0 : (0 < t - p)%N by rewrite subn_gt0.
have tauH : (t - p <= H)%N by rewrite leq_subLR.
rewrite -(subnK (ltnW pt)); apply: right_by_response => // k; move: (t - p)%N t0 tauH => tau t0 tauH.
have kp : (k <= p)%N by rewrite -ltnS.
rewrite answers ?(leq_trans (leq_subr _ _)) ?leq_add2r // /G -addnBA //; case: leqP => e.
  by rewrite [RHS](slide h t0 e (k' := ord_max)) //= subnKC.
have eH : (tau + (H - tau) = H)%N by rewrite subnKC.
have kk : (inord (H + p - (tau + (p - k))) : 'I_p.+1) = (k + (H - tau))%N :> nat.
  rewrite inordK subnDA -addnBAC // -addnBA ?leq_subr // subKn // addnC //.
  by rewrite ltnS -leq_subRL // leq_subLR ltnW.
by rewrite [RHS](slide h t0 _ kk) eH.
Qed.

(** The task u(t) = u(t-1) with s = 2: some network has the first scored value, the circuit has not. *)
Theorem circuit_need_not_be_it (K : fieldType) (values : 'I_1 -> K -> Prop) (F := fun k : 'I_2 => (k == ord_max)%:R%:M : 'M[K]_1) :
  varied values ->
  (exists w, forall t, (1 < t <= 1 + 1)%N -> right_at values F w t) /\
  ~ right_at values F (linear_circuit F 1%:M 1%:M) 2.
Proof.
move=> vary; split=> [|right]; first by apply/solvable_to_horizon => // tau j /andP[t0]; rewrite ltnS leqNgt t0.
have := network_response (tau := 1) ord0 vary right; rewrite /task_response /=.
have kk : (ord_max : 'I_2) = (ord0 : 'I_2).+1 :> nat by [].
have [F0 F1] : F ord0 = 0 /\ F ord_max = 1%:M by rewrite /F /= raddf0.
rewrite !mul1mx !mulmx1 -!mulmxA (column F kk) F1 mulmx1 mulmxDr column_oldest F0 mulmx0 add0r (column F kk) F1 mulmx1.
rewrite mulmxDr read_newest read_older // add0r mulmx0 => /matrixP/(_ ord0 ord0).
by rewrite !mxE => /eqP; rewrite oner_eq0.
Qed.
